// A cluster of three nodes, and a primary with its replica behind a sentinel.
#include <gmock/gmock-more-matchers.h>
#include <signal.h>

#include <boost/json/object.hpp>
#include <charconv>
#include <chrono>
#include <set>
#include <sstream>
#include <thread>

#include "connectors/redis/connector.h"
#include "connectors/redis/nodes.h"
#include "connectors/redis/testing.h"
#include "core/catalog.h"
#include "core/loader.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;
using namespace std::literals;

class RedisCluster : public testing::Test {
 protected:
  // The node that keeps a slot, by a link that leads there.
  struct Owner {
    std::unique_ptr<Session> session;
    std::string id;
  };

  void SetUp() override {
    url_ = server_url("DBOPS_TEST_REDIS_CLUSTER");
    auto session = connect_to(url_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }

  std::string on(Session& session, std::string_view text) {
    auto shown = run(session, text);
    if (shown) return *std::move(shown);
    error_ = shown.error();
    return std::string(name(error_.code));
  }
  // Both nodes are told who keeps a slot.
  void tell(Owner& one, Owner& other, const std::string& text) {
    EXPECT_EQ(on(*one.session, text), "OK");
    EXPECT_EQ(on(*other.session, text), "OK");
  }

  std::vector<Owner> nodes() {
    std::vector<Owner> all;
    // Each line: id, host:port@bus, flags ...
    std::string text = on(*session_, "CLUSTER NODES");
    for (size_t begin = 0; begin < text.size();) {
      const std::string line = text.substr(begin, text.find('\n', begin) - begin);
      begin += line.size() + 1;
      const size_t colon = line.find(':');
      uint16_t port = 0;
      std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
      auto session = connect_to(at_database(url_, 0, port));
      EXPECT_TRUE(session);
      all.push_back({std::move(*session), line.substr(0, line.find(' '))});
    }
    return all;
  }
  // The owner of a key's slot comes first.
  std::vector<Owner> nodes_by(std::string_view key) {
    std::vector<Owner> all = nodes();
    const std::string slot = std::to_string(slot_of(key));
    for (size_t i = 0; i < all.size(); ++i) {
      const std::string counted = on(*all[i].session, "CLUSTER MYID");
      EXPECT_EQ(counted, all[i].id);
      const std::string info = on(*all[i].session, "CLUSTER COUNTKEYSINSLOT " + slot);
      if (info != "0") std::swap(all[0], all[i]);
    }
    return all;
  }

  std::string url_;
  std::unique_ptr<Session> session_;
  Error error_;
};

TEST_F(RedisCluster, SendsEachCommandToTheNodeOfItsKey) {
  std::string sets;
  std::string gets;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "many:" + std::to_string(i);
    sets += "SET " + key + " " + std::to_string(i) + "\n";
    gets += "GET " + key + "\n";
    expected += (i > 0 ? "\n" : "") + std::to_string(i);
  }
  EXPECT_EQ(on(*session_, sets).substr(0, 8), "OK\nOK\nOK");
  EXPECT_EQ(on(*session_, gets), expected);
  for (Owner& node : nodes()) EXPECT_NE(on(*node.session, "DBSIZE"), "0");
  EXPECT_EQ(on(*session_, "OBJECT ENCODING many:7"), "int");
  EXPECT_EQ(on(*session_, "EVAL \"return redis.call('GET', KEYS[1])\" 1 many:8"), "8");
}

TEST_F(RedisCluster, SaysWhatIsOfOneNodeAlone) {
  const auto warnings = [&](const char* text) {
    const auto script = connector().dialect().parse(text);
    const Parameters none;
    const auto results = session_->queries()->run({}, *script, none, Mode::read);
    EXPECT_TRUE(results);
    return (*(*results)->next({}))->summary().warnings;
  };
  EXPECT_THAT(warnings("LASTSAVE"), testing::ElementsAre(HasSubstr("alone, one of a cluster's")));
  EXPECT_THAT(warnings("SCAN 0"), testing::SizeIs(1));
  EXPECT_THAT(warnings("GET a"), testing::IsEmpty());
  EXPECT_THAT(warnings("PING"), testing::IsEmpty());
}

TEST_F(RedisCluster, CountsTheKeysOfAllNodes) {
  ASSERT_EQ(on(*session_, "SET a 1\nSET b 1\nSET c 1\nSET d 1"), "OK\nOK\nOK\nOK");
  int64_t sum = 0;
  for (const Owner& node : nodes()) {
    const std::string keys = info_field(on(*node.session, "INFO keyspace"), "db0");  // keys=7,...
    int64_t count = 0;
    if (!keys.empty()) std::from_chars(keys.data() + 5, keys.data() + keys.size(), count);
    sum += count;
  }
  const auto all = connector().dialect().parse("DBSIZE");
  const Parameters none;
  const auto results = session_->queries()->run({}, *all, none, Mode::read);
  ASSERT_TRUE(results);
  const auto stream = (*results)->next({});
  ASSERT_TRUE(stream);
  EXPECT_EQ(read_all({}, **stream).value_or("?"), std::to_string(sum));
  EXPECT_THAT((*stream)->summary().warnings, testing::ElementsAre(HasSubstr("3 primaries")));
  EXPECT_EQ(on(*session_, "DBSIZE 1"), "syntax");
  EXPECT_EQ(on(*session_, "DEL a\nDEL b\nDEL c\nDEL d"), "1\n1\n1\n1");
}

TEST_F(RedisCluster, ScansOneNodeAfterTheOther) {
  std::string sets;
  for (int i = 0; i < 100; ++i) sets += "SET scanned:" + std::to_string(i) + " 1\n";
  ASSERT_NE(on(*session_, sets), "");
  std::set<std::string> seen;
  std::string cursor;
  for (int calls = 0; calls < 1000; ++calls) {
    const auto& all = connector().operations();
    const auto scan = std::find_if(all.begin(), all.end(),
                                   [](const Operation& each) { return each.name == "scan_keys"; });
    boost::json::object given = {{"match", "scanned:*"}, {"count", 1000}};
    if (!cursor.empty()) given["cursor"] = cursor;
    // Another session begins at another node, and goes on where this one ended.
    const auto other = connect_to(url_);
    auto stream = scan->run({}, calls % 2 == 0 ? *session_ : **other,
                            *read_arguments(scan->arguments, given));
    ASSERT_TRUE(stream) << stream.error().message;
    std::stringstream rows(read_all({}, **stream).value_or("?"));
    for (std::string key; std::getline(rows, key);) seen.insert(key);
    const auto warnings = (*stream)->summary().warnings;
    if (warnings.empty()) break;
    cursor = warnings[0].substr(warnings[0].rfind(' ') + 1);
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(
      operate(connector(), *session_, "scan_keys", R"({"cursor": "127.0.0.1:1/5"})").error().code,
      Code::not_found);
  EXPECT_TRUE(operate(connector(), *session_, "big_keys", R"({"match": "scanned:*"})"));
  EXPECT_TRUE(operate(connector(), *session_, "delete_keys", R"({"match": "scanned:*"})"));
}

TEST_F(RedisCluster, ExplainsKeysOfSeveralSlots) {
  EXPECT_EQ(on(*session_, "MSET a 1 b 2"), "unsupported");
  EXPECT_EQ(error_.native_code, "CROSSSLOT");
  EXPECT_THAT(error_.hint, HasSubstr("{tag}"));
  EXPECT_EQ(on(*session_, "MSET {t}a 1 {t}b 2"), "OK");
}

TEST_F(RedisCluster, AsksWhereASlotIsOnItsWay) {
  ASSERT_EQ(on(*session_, "SET {ask}old 1"), "OK");
  std::vector<Owner> all = nodes_by("{ask}");
  const std::string slot = "CLUSTER SETSLOT " + std::to_string(slot_of("{ask}")) + ' ';
  ASSERT_EQ(on(*all[1].session, slot + "IMPORTING " + all[0].id), "OK");
  ASSERT_EQ(on(*all[0].session, slot + "MIGRATING " + all[1].id), "OK");
  EXPECT_EQ(on(*session_, "SET {ask}new 2"), "OK");
  EXPECT_EQ(on(*session_, "GET {ask}old\nGET {ask}new"), "1\n2");
  EXPECT_EQ(on(*session_, "DEL {ask}new\nDEL {ask}old"), "1\n1");
  tell(all[0], all[1], slot + "STABLE");
}

TEST_F(RedisCluster, RunsATransactionWhereItsKeysAre) {
  for (const char* tag : {"{a}", "{b}", "{c}", "{d}"}) {
    const std::string key = tag;
    EXPECT_EQ(on(*session_, "WATCH " + key + "w\nMULTI\nSET " + key + "x 1\nINCR " + key +
                                "x\nDEL " + key + "x\nEXEC"),
              "OK\n2\n1");
  }
  EXPECT_EQ(on(*session_, "MULTI\nPING\nEXEC"), "PONG");
  for (const char* text : {"MULTI\nSET a 1\nSET b 1\nEXEC", "WATCH a\nMULTI\nSET b 1\nEXEC",
                           "GET a\nMULTI\nSET b 1\nEXEC", "MULTI\nMSET a 1 b 1\nEXEC"}) {
    EXPECT_EQ(on(*session_, text), "unsupported") << text;
    EXPECT_EQ(error_.native_code, "CROSSSLOT");
    EXPECT_EQ(error_.effect, Effect::none);
    EXPECT_THAT(error_.hint, HasSubstr("{tag}"));
  }
  EXPECT_EQ(on(*session_, "EXISTS a\nEXISTS b"), "0\n0");
}

TEST_F(RedisCluster, TakesATransactionToWhereItsSlotHasGone) {
  const std::string transaction = "WATCH {gone}\nGET {gone}\nMULTI\nINCR {gone}\nEXEC";
  ASSERT_EQ(on(*session_, transaction), "null\n1");  // The slots are known by now.
  std::vector<Owner> all = nodes_by("{gone}");
  ASSERT_EQ(on(*session_, "DEL {gone}"), "1");
  const std::string slot = "CLUSTER SETSLOT " + std::to_string(slot_of("{gone}")) + ' ';
  for (int turn = 0; turn < 2; ++turn) {  // There and back.
    ASSERT_EQ(on(*all[1].session, slot + "IMPORTING " + all[0].id), "OK");
    ASSERT_EQ(on(*all[0].session, slot + "MIGRATING " + all[1].id), "OK");
    // ASK: the key is not on the old node.
    EXPECT_EQ(on(*session_, transaction), "null\n1");
    EXPECT_EQ(on(*session_, "MULTI\nDEL {gone}\nEXEC"), "1");
    tell(all[1], all[0], slot + "NODE " + all[1].id);
    // MOVED.
    EXPECT_EQ(on(*session_, transaction), "null\n1");
    EXPECT_EQ(on(*session_, "DEL {gone}"), "1");
    std::swap(all[0], all[1]);
  }
}

TEST_F(RedisCluster, EndsARedirectLoop) {
  ASSERT_EQ(on(*session_, "SET {loop} 1"), "OK");
  std::vector<Owner> all = nodes_by("{loop}");
  ASSERT_EQ(on(*session_, "DEL {loop}"), "1");
  const std::string slot = "CLUSTER SETSLOT " + std::to_string(slot_of("{loop}")) + " NODE ";
  ASSERT_EQ(on(*all[0].session, slot + all[1].id), "OK");
  ASSERT_EQ(on(*all[1].session, slot + all[0].id), "OK");
  EXPECT_EQ(on(*session_, "GET {loop}"), "busy");
  EXPECT_THAT(error_.message, HasSubstr("sent the command on to each other, 5 times"));
  EXPECT_TRUE(error_.retryable);
  EXPECT_FALSE(session_->broken());
  tell(all[0], all[1], slot + all[0].id);
  EXPECT_EQ(on(*session_, "GET {loop}"), "null");
}

TEST_F(RedisCluster, OpensANodesLinkAgain) {
  std::string sets;
  for (int i = 0; i < 20; ++i) sets += "SET again:" + std::to_string(i) + " 1\n";
  ASSERT_EQ(on(*session_, sets).substr(0, 2), "OK");
  for (Owner& node : nodes()) {
    if (node.id == on(*session_, "CLUSTER MYID")) continue;
    on(*node.session, "CLIENT KILL TYPE normal SKIPME yes");
  }
  // A link that is found broken fails its command, and no more than that.
  for (int i = 0; i < 20; ++i) {
    const std::string get = "GET again:" + std::to_string(i);
    const std::string first = on(*session_, get);
    EXPECT_THAT(first, testing::AnyOf("1", "disconnected"));
    EXPECT_FALSE(session_->broken());
    EXPECT_EQ(on(*session_, get), "1");
  }
}

TEST_F(RedisCluster, ExploresTheKeysOfAllNodes) {
  std::string sets;
  for (int i = 0; i < 100; ++i) sets += "SET explored:" + std::to_string(i) + " 1\n";
  ASSERT_EQ(on(*session_, sets).substr(0, 2), "OK");
  const auto prefixes = session_->catalog()->list({}, {}, {.limit = 1000});
  ASSERT_TRUE(prefixes) << prefixes.error().message;
  const auto prefix = std::find_if(prefixes->items.begin(), prefixes->items.end(), [](auto& each) {
    return each.path == std::vector<std::string>{"explored"};
  });
  ASSERT_NE(prefix, prefixes->items.end());
  EXPECT_EQ(prefix->rows, 100);
  EXPECT_TRUE(prefix->bytes);
  const auto keys = session_->catalog()->list({}, {"explored"}, {.limit = 1000});
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->items.size(), 100U);
  for (const Item& key : keys->items) EXPECT_EQ(key.kind, "string");
  const auto described = session_->catalog()->describe({}, {{"explored", "7"}, {"explored"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ((*described)[0].item.kind, "string");
  EXPECT_EQ((*described)[1].item.rows, 100);
}

// A load into keys of all nodes, one of which is killed while it works on its part, and comes back.
class RedisNodeLoss : public RedisCluster {
 protected:
  static constexpr int64_t kItems = 300;

  void SetUp() override {
    RedisCluster::SetUp();
    target_.path = {"lost"};
    target_.columns = {{"id", "", Kind::integer}, {"value", "", Kind::text}};
    target_.replace = true;
    batch_.reset(2);
    for (int64_t i = 0; i < kItems; ++i) {
      Value* cells = batch_.add_row();
      cells[0] = Value::integer(i);
      cells[1] = Value::text("v");
    }
  }
  Result<LoadOutcome> load() {
    DBOPS_ASSIGN(const auto load, session_->loader()->start({}, target_));
    return load->write({}, batch_, 0);
  }

  LoadTarget target_;
  Batch batch_;
};

TEST_F(RedisNodeLoss, LeavesAPipelineInDoubtAndEndsWithTheNodesReturn) {
  ASSERT_TRUE(load());  // Links to all nodes are open.
  const std::string seed = on(*session_, "CLUSTER MYID");
  std::vector<Owner> all = nodes();
  const auto victim =
      std::find_if(all.begin(), all.end(), [&](const Owner& each) { return each.id != seed; });
  ASSERT_NE(victim, all.end());
  const std::string info = on(*victim->session, "INFO server");
  const std::string number = info_field(info, "process_id");
  pid_t pid = 0;
  std::from_chars(number.data(), number.data() + number.size(), pid);
  ASSERT_GT(pid, 1) << info;
  ASSERT_EQ(on(*victim->session, "CLIENT PAUSE 600000 WRITE"), "OK");

  Result<LoadOutcome> cut = fail(Code::internal, "");
  std::thread writer([&] { cut = load(); });
  EXPECT_TRUE(eventually([&] {  // The node has the pipeline, and does nothing with it.
    return info_field(on(*victim->session, "INFO clients"), "blocked_clients") != "0";
  }));
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  writer.join();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::disconnected) << cut.error().message;
  EXPECT_EQ(cut.error().effect, Effect::unknown);
  EXPECT_FALSE(session_->broken());

  const auto down = load();
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Code::unreachable) << down.error().message;
  EXPECT_EQ(down.error().effect, Effect::none);
  EXPECT_TRUE(down.error().retryable);
  EXPECT_THAT(down.error().message, HasSubstr("a node of the cluster can't be reached"));
  EXPECT_FALSE(session_->broken());

  ASSERT_TRUE(start_server(info_field(info, "config_file")));
  Result<LoadOutcome> again = fail(Code::internal, "");
  EXPECT_TRUE(eventually([&] {
    again = load();
    return again.has_value() && again->refused.empty();
  }));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->settled, static_cast<size_t>(kItems));
}

TEST(RedisSentinel, LeadsToThePrimaryBeforeAndAfterAFailover) {
  const std::string url = server_url("DBOPS_TEST_REDIS_SENTINEL");
  auto before = connect_to(url);
  ASSERT_TRUE(before) << before.error().message;
  ASSERT_EQ(run(**before, "SET k 1\nWAIT 1 60000"), "OK\n1");
  // The sentinel itself takes commands as any server.
  const std::string place = url.substr(url.rfind('@') + 1);
  const std::string password = url.substr(url.rfind('=') + 1);
  const auto sentinel = connect_to("redis://:" + password + "@" + place.substr(0, place.find('/')));
  ASSERT_TRUE(sentinel) << sentinel.error().message;
  const std::string where = "SENTINEL GET-MASTER-ADDR-BY-NAME watched";
  const std::string old = run(**sentinel, where).value_or("?");
  // Refused while one is under way, or its replica is not yet up to date.
  ASSERT_TRUE(eventually([&] { return run(**sentinel, "SENTINEL FAILOVER watched").has_value(); }));
  ASSERT_TRUE(eventually([&] { return run(**sentinel, where).value_or(old) != old; }));
  // The link of before leads to a replica, or is gone, and is not used again.
  ASSERT_TRUE(eventually([&] { return !run(**before, "SET k 2"); }));
  EXPECT_TRUE((*before)->broken());
  ASSERT_TRUE(eventually([&] {
    auto after = connect_to(url);
    return after && run(**after, "SET k 3").value_or("?") == "OK";
  }));
}

TEST(RedisSentinel, HasAPasswordOfItsOwn) {
  const std::string url = server_url("DBOPS_TEST_REDIS_SENTINEL");
  const std::string place = url.substr(0, url.rfind('?'));
  for (const std::string query : {"", "?sentinel_password=hunter2-hunter2"}) {
    const auto session = connect_to(place + query);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Code::authentication) << session.error().message;
    EXPECT_THAT(session.error().hint, HasSubstr("sentinel_password"));
    EXPECT_THAT(session.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(RedisSentinel, SaysWhatItDoesNotKnow) {
  std::string url = server_url("DBOPS_TEST_REDIS_SENTINEL");
  url.replace(url.rfind('/') + 1, url.rfind('?') - url.rfind('/') - 1, "nobody");
  const auto session = connect_to(url);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::not_found) << session.error().message;
  EXPECT_THAT(session.error().message, HasSubstr("\"nobody\""));
}

}  // namespace
}  // namespace dbops::redis
