// The connection's policy against real servers.
#include <gmock/gmock-matchers.h>

#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/value_text.h"
#include "connectors/redis/connector.h"
#include "connectors/redis/session.h"
#include "connectors/redis/testing.h"

namespace dbops::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RedisPolicy : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    url_ = at_database(server_url(GetParam()), 5);
    auto all = connect_to(url_);
    ASSERT_TRUE(all) << all.error().message;
    all_ = std::move(*all);
    ASSERT_TRUE(redis::run(*all_,
                           "FLUSHDB\nSET user:1 a\nSET user:secret x\nHSET user:2 f 1\n"
                           "SET other y\nSET other:1 z\nSET news n"));
    session_ = connect({.allow = {"user:*", "news"}, .deny = {"user:secret*"}});
  }
  std::unique_ptr<Session> connect(AccessRules rules) const {
    ConnectionOptions options;
    options.name = "r";
    options.url = Secret(url_);
    options.tier = Tier::admin;
    options.access = *Access::make(std::move(rules));
    auto session = connector().connect({}, options);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  std::string run(std::string_view text, Mode mode = Mode::write) {
    auto shown = redis::run(*session_, text, mode, {});
    if (shown) return *std::move(shown);
    return std::string(name((error_ = shown.error()).code));
  }
  std::string operate(std::string_view name, std::string_view arguments) {
    for (const Operation& operation : connector().operations()) {
      if (operation.name != name) continue;
      auto read = read_arguments(operation.arguments, parse_json(arguments)->as_object());
      if (!read) return "?" + read.error().message;
      auto stream = operation.run({}, *session_, *std::move(read));
      if (!stream) return std::string(dbops::name(stream.error().code));
      std::string text;
      Batch batch;
      while ((*stream)->next({}, batch).value_or(false))
        for (size_t row = 0; row < batch.rows(); ++row) {
          append_text(text, batch.row(row)[0]);
          text += ' ';
        }
      return text;
    }
    return "no such operation";
  }

  std::string url_;
  std::unique_ptr<Session> all_;
  std::unique_ptr<Session> session_;
  Error error_;
};

TEST_P(RedisPolicy, IsHeldBeforeAnythingIsSent) {
  EXPECT_EQ(run("GET user:1\nHGET user:2 f\nGET news"), "a\n1\nn");
  EXPECT_EQ(run("SET user:1 b\nGET other"), "forbidden");
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_THAT(error_.message, HasSubstr("\"other\""));
  EXPECT_EQ(run("MULTI\nSET user:1 b\nGET user:secret\nEXEC"), "forbidden");
  EXPECT_EQ(run("WATCH other\nMULTI\nSET user:1 b\nEXEC"), "forbidden");
  EXPECT_EQ(run("MULTI\nSCAN 0\nEXEC"), "forbidden");
  EXPECT_EQ(run("RENAME user:1 other"), "forbidden");
  EXPECT_EQ(run("EVAL \"return redis.call('GET', 'other')\" 0"), "forbidden");
  EXPECT_EQ(run("FLUSHDB"), "forbidden");
  EXPECT_EQ(run("MULTI\nGET user:1\nEXEC"), "a");
  EXPECT_EQ(run("GET user:1", Mode::read), "a");
}

TEST_P(RedisPolicy, HoldsForParametersToo) {
  const auto script = connector().dialect().parse("GET $1");
  Parameters parameters;
  parameters.items.push_back({.name = {}, .value = Value::text("user:secret")});
  const auto results = session_->queries()->run({}, *script, parameters, Mode::read);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, Code::forbidden);
}

TEST_P(RedisPolicy, LeavesOthersKeysOutOfAScan) {
  const std::string seen = run("SCAN 0 COUNT 1000", Mode::read);
  EXPECT_THAT(seen, HasSubstr("user:1"));
  EXPECT_THAT(seen, HasSubstr("news"));
  EXPECT_THAT(seen, Not(HasSubstr("secret")));
  EXPECT_THAT(seen, Not(HasSubstr("other")));
  const std::string listed = operate("scan_keys", R"({"count": 1000})");
  EXPECT_THAT(listed, HasSubstr("user:2"));
  EXPECT_THAT(listed, Not(HasSubstr("other")));
  EXPECT_EQ(operate("ttl", R"({"keys": ["user:1", "other"]})"), "forbidden");
  EXPECT_EQ(operate("memory_usage", R"({"keys": ["user:secret"]})"), "forbidden");
  for (const char* channels : {R"({"channels": ["other"]})", R"({"channels": ["*"]})",
                               R"({"channels": ["__keyspace@5__:user:secret"]})"})
    EXPECT_EQ(operate("collect_messages", channels), "forbidden") << channels;
}

TEST_P(RedisPolicy, LeavesOthersKeysOutOfTheCatalogue) {
  std::vector<std::string> names;
  const auto top = session_->catalog()->list({}, {}, {});
  ASSERT_TRUE(top) << top.error().message;
  for (const Item& item : top->items) names.push_back(format_path(item.path));
  EXPECT_THAT(names, ElementsAre("user", "news"));
  EXPECT_EQ(top->items[0].rows, 2);
  const auto found = session_->catalog()->list({}, {}, {.pattern = "secret"});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->items.empty());
  for (const auto& path : std::vector<std::vector<std::string>>{{"other"}, {"user", "secret"}}) {
    const auto described = session_->catalog()->describe({}, {path});
    ASSERT_FALSE(described);
    EXPECT_EQ(described.error().code, Code::not_found);
    EXPECT_THAT(described.error().hint, Not(HasSubstr("secret")));
  }
  EXPECT_TRUE(session_->catalog()->describe({}, {{"user", "1"}, {"user"}}));
}

TEST_P(RedisPolicy, HoldsForALoad) {
  LoadTarget target;
  target.columns = {{"id", "", Kind::text}, {"value", "", Kind::text}};
  Batch batch;
  batch.reset(2);
  for (const char* key : {"user:9", "user:secret9", "other:9"}) {
    Value* cells = batch.add_row();
    cells[0] = Value::text(key);
    cells[1] = Value::text("v");
  }
  const auto load = session_->loader()->start({}, target);
  ASSERT_TRUE(load) << load.error().message;
  const auto outcome = (*load)->write({}, batch, 10);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_EQ(outcome->refused.size(), 2u);
  EXPECT_EQ(outcome->refused[0].item, 1u);
  EXPECT_EQ(outcome->refused[0].error.code, Code::forbidden);
  EXPECT_EQ(redis::run(*all_, "EXISTS user:9 user:secret9 other:9").value_or("?"), "1");
}

INSTANTIATE_TEST_SUITE_P(Redis, RedisPolicy, testing::Values("DBOPS_TEST_REDIS"));
INSTANTIATE_TEST_SUITE_P(Old, RedisPolicy, testing::Values("DBOPS_TEST_REDIS_OLD"));

}  // namespace
}  // namespace dbops::redis
