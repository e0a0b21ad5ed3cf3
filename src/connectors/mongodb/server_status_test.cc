#include "connectors/mongodb/server_status.h"

#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/indexes.h"

namespace dbops::mongodb {
namespace {

using testing::ElementsAre;

std::vector<std::string> shown(const std::vector<Finding>& findings) {
  std::vector<std::string> all;
  for (const Finding& each : findings)
    all.push_back(std::string(name(each.severity)) + " " + each.subject + ": " + each.message);
  return all;
}

// As MongoDB 6 answers, and 8.
TEST(MongoServerStatus, TellsHowBusyTheServerIs) {
  EXPECT_THAT(shown(read_load(**parse_document(R"({"uptime": 7200.0, "opcounters": {"insert": 5,
      "query": {"$numberLong": "1234"}, "update": 0}, "globalLock": {"currentQueue": {
      "total": 12, "readers": 2, "writers": 10}}, "wiredTiger": {"concurrentTransactions": {
      "read": {"out": 128, "available": 0, "totalTickets": 128},
      "write": {"out": 1, "available": 127}}}})"))),
              ElementsAre("info server: it is up for 2 h; since then: insert 5, query 1,234",
                          "warning queue: 2 readers and 10 writers wait for a lock",
                          "warning read: 128 of 128 places in the storage engine are taken",
                          "ok write: 1 of 128 places in the storage engine are taken"));
  EXPECT_THAT(shown(read_load(**parse_document(R"({"queues": {"execution": {"write": {
      "out": 3, "available": 9}}}})"))),
              ElementsAre("ok write: 3 of 12 places in the storage engine are taken"));
  EXPECT_TRUE(read_load(**parse_document(R"({"uptime": "x", "globalLock": 1})")).empty());
}

TEST(MongoServerStatus, TellsHowFullTheCacheIs) {
  const auto cache = [](int used, int dirty) {
    return shown(read_cache(**parse_document(
        R"({"wiredTiger": {"cache": {"maximum bytes configured": 1000, "bytes currently in the )"
        R"(cache": )" +
        std::to_string(used) + R"(, "tracked dirty bytes in the cache": )" + std::to_string(dirty) +
        "}}}")));
  };
  EXPECT_THAT(cache(700, 50),
              ElementsAre("ok cache: 700 B of 1.0 KB are used",
                          "ok dirty cache: 50 B of 1.0 KB are still to be written"));
  EXPECT_THAT(cache(960, 150),
              ElementsAre("warning cache: 960 B of 1.0 KB are used",
                          "warning dirty cache: 150 B of 1.0 KB are still to be written"));
  EXPECT_THAT(cache(1, 200).back(), testing::StartsWith("critical"));
  EXPECT_TRUE(read_cache(**parse_document(R"({"wiredTiger": {}})")).empty());
}

// An arbiter has no data; of a member that is gone the time is that of 1970.
TEST(MongoServerStatus, TellsWhichMembersAreBehind) {
  EXPECT_THAT(
      shown(read_members(**parse_document(R"json({"set": "rs0", "members": [
          {"name": "a:1", "health": 1.0, "stateStr": "PRIMARY",
           "optimeDate": {"$date": "2026-11-28T10:00:42Z"}},
          {"name": "b:1", "health": 1.0, "stateStr": "SECONDARY",
           "optimeDate": {"$date": "2026-11-28T10:00:02Z"}},
          {"name": "c:1", "health": 1.0, "stateStr": "SECONDARY",
           "optimeDate": {"$date": "2026-11-28T10:00:33Z"}},
          {"name": "d:1", "health": 0.0, "stateStr": "(not reachable/healthy)",
           "optimeDate": {
  "$date" : { "$numberLong" : "0" }}},
          {"name": "e:1", "health": 1.0, "stateStr": "ARBITER"}]
})json"))),
      ElementsAre("ok a:1: it is PRIMARY", "ok b:1: it is SECONDARY", "ok c:1: it is SECONDARY",
                  "critical d:1: it is (not reachable/healthy)", "ok e:1: it is ARBITER",
                  "warning b:1: it is 40 s behind the newest member"));
  EXPECT_TRUE(read_members(**parse_document(R"({"ok": 1.0})")).empty());
}

TEST(MongoServerStatus, TellsWhatRolesAllow) {
  const auto granted = [](const std::string& roles) {
    return granted_by_roles(
        **parse_document(R"({"authInfo": {"authenticatedUserRoles": [)" + roles + "]}}"));
  };
  const std::string read = R"({"role": "read", "db": "shop"})";
  EXPECT_EQ(granted(read), Tier::read);
  EXPECT_EQ(granted(read + R"(, {"role": "clusterMonitor", "db": "admin"})"), Tier::read);
  EXPECT_EQ(granted(read + R"(, {"role": "readWrite", "db": "shop"})"), Tier::write);
  EXPECT_EQ(granted(read + R"(, {"role": "dbAdmin", "db": "shop"})"), Tier::admin);
  EXPECT_EQ(granted(read + R"(, {"role": "ours", "db": "shop"})"), Tier::admin);
  EXPECT_EQ(granted(""), Tier::admin);
  EXPECT_EQ(granted_by_roles(**parse_document("{}")), Tier::admin);
}

IndexInfo index(const std::string& name, std::vector<std::string> columns,
                const std::string& method = "btree") {
  IndexInfo info;
  info.name = name;
  info.columns = std::move(columns);
  info.primary = name == "_id_";
  info.method = method;
  return info;
}

TEST(MongoIndexes, ThatOthersStandInForAreFound) {
  std::vector<IndexInfo> all = {
      index("_id_", {"_id"}),
      index("a", {"a"}),
      index("a_desc", {"a desc"}),
      index("ab", {"a", "b desc"}),
      index("ba", {"b", "a desc"}),
      index("b_down", {"b desc", "a"}),
      index("text", {"a text"}),
      index("ttl", {"a"}, "btree, documents expire after 60 s"),
      index("c", {"c"}),
      index("c_sparse", {"c", "d"}, "btree, sparse"),
      index("any", {"$**"}),
      index("any_x", {"$**", "x"}),
  };
  all.push_back(index("a_unique", {"a"}));
  all.back().unique = true;
  all.push_back(index("a_partial", {"a"}));
  all.back().condition = R"({"b": 1})";
  std::string found;
  for (const Redundant& each : redundant_indexes(all)) found += each.index + " " + each.by + "\n";
  EXPECT_EQ(found, "a ab\na_desc ab\nb_down ba\n");
  EXPECT_TRUE(redundant_indexes({index("x", {"x"}), index("y", {"y"})}).empty());
}

TEST(MongoIndexes, TellHowFarTheyAreBuilt) {
  EXPECT_EQ(progress_of(**parse_document(R"({"msg": "Index Build: scanning collection",
      "progress": {"done": 500, "total": {"$numberLong": "2000"}}})")),
            "Index Build: scanning collection: 25%");
  EXPECT_EQ(progress_of(**parse_document(R"({"msg": "x\n"})")), "x\\n");
  EXPECT_EQ(progress_of(**parse_document(R"({"progress": {"done": 1, "total": 0}})")), "");
}

}  // namespace
}  // namespace dbops::mongodb
