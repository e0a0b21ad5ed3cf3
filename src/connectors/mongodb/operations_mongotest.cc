// What is declared for MongoDB alone.
#include <gmock/gmock-matchers.h>

#include "base/bytes.h"
#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;

class MongoOperations : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(at_database(server_url(), "operations"));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_TRUE(run(*session_, R"({"dropDatabase": 1})"));
  }

  // The rows, or "code: message".
  static std::string operate(Session& session, std::string_view name, std::string_view json) {
    auto rows = dbops::operate(connector(), session, name, json);
    if (rows) return *std::move(rows);
    return std::string(dbops::name(rows.error().code)) + ": " + rows.error().message;
  }
  std::string operate(std::string_view name, std::string_view json) {
    return operate(*session_, name, json);
  }

  std::unique_ptr<Session> session_;
};

TEST_F(MongoOperations, ReadDocumentsInAnyShape) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1, "a": {"b": "x"}}]})"));
  EXPECT_EQ(operate("read_documents", R"({"command": {"find": "c"}, "rows": "flat"})"), "1|x");
  EXPECT_EQ(operate("read_documents", R"({"command": {"find": "c"}, "json": "canonical"})"),
            R"({"_id": {"$numberInt": "1"}, "a": {"b": "x"}})");
  EXPECT_THAT(operate("read_documents", R"({"command": {"drop": "c"}})"),
              testing::StartsWith("forbidden: "));
  EXPECT_THAT(operate("read_documents", R"({"command": {"getMore": 1, "collection": "c"}})"),
              testing::StartsWith("unsupported: "));
}

TEST_F(MongoOperations, ShowIndexesAndTheirUse) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1, "a": 1}]}
    {"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "a1", "sparse": true},
      {"key": {"b": -1}, "name": "b1"}, {"key": {"b": 1, "c": 1}, "name": "b1c1"}]})"));
  EXPECT_THAT(
      operate("index_usage", R"({"collection": "c"})"),
      testing::MatchesRegex("_id_\\|_id\\|true\\|btree\\|null\\|[0-9]+\\|[0-9]+\\|null\n"
                            "a1\\|a\\|false\\|btree, sparse\\|null\\|[0-9]+\\|[0-9]+\\|null\n"
                            "b1\\|b desc\\|false\\|btree\\|null\\|[0-9]+\\|[0-9]+\\|b1c1\n"
                            "b1c1\\|b, c\\|false\\|btree\\|null\\|[0-9]+\\|[0-9]+\\|null"));
  const auto findings = session_->diagnostics()->diagnose({}, "indexes");
  ASSERT_TRUE(findings) << findings.error().message;
  std::string found;
  for (const Finding& each : *findings)
    if (each.message.find("begins with") != std::string::npos) found += each.subject + " ";
  EXPECT_EQ(found, "c.b1 ");
}

TEST_F(MongoOperations, SayThatThereAreNoShards) {
  const auto findings = session_->diagnostics()->diagnose({}, "sharding");
  ASSERT_TRUE(findings) << findings.error().message;
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_EQ(findings->front().message, "the server is no mongos: it has no shards to look at");
}

TEST_F(MongoOperations, ListAndGetFilesOfABucket) {
  const std::string first(300, 'a');
  const std::string second("\0\xff", 2);
  const auto chunk = [](int n, const std::string& bytes) {
    return R"({"files_id": 7, "n": )" + std::to_string(n) +
           R"(, "data": {"$binary": {"base64": ")" + base64(bytes) + R"(", "subType": "00"}}})";
  };
  ASSERT_TRUE(run(*session_, R"({"insert": "fs.files", "documents": [{"_id": 7, "length": 302,
    "chunkSize": 300, "filename": "x.bin", "uploadDate": {"$date": "2026-11-28T10:00:00Z"}}]}
    {"insert": "fs.chunks", "documents": [)" +
                                 chunk(1, second) + ", " + chunk(0, first) + "]}"));
  EXPECT_THAT(operate("gridfs_list", "{}"), HasSubstr("x.bin"));
  EXPECT_EQ(operate("gridfs_get", R"({"filename": "x.bin"})"), "x.bin|\\x" + hex(first + second));
  EXPECT_THAT(operate("gridfs_get", R"({"filename": "none"})"), testing::StartsWith("not_found: "));
  ASSERT_TRUE(
      run(*session_, R"({"delete": "fs.chunks", "deletes": [{"q": {"n": 1}, "limit": 1}]})"));
  EXPECT_THAT(operate("gridfs_get", R"({"filename": "x.bin"})"), testing::StartsWith("corrupt: "));
}

TEST_F(MongoOperations, PutAFileIntoABucket) {
  EXPECT_THAT(operate("gridfs_put", R"({"filename": "t.txt", "text": "Hell\u00f6"})"),
              testing::EndsWith("|t.txt|6"));
  EXPECT_EQ(operate("gridfs_get", R"({"filename": "t.txt"})"), "t.txt|\\x48656c6cc3b6");
  // Several chunks; the newest of a name is read, and one without any bytes is a file too.
  std::string bytes;
  for (int i = 0; i < 600'000; ++i) bytes += static_cast<char>(i * 7 % 251);
  EXPECT_THAT(operate("gridfs_put",
                      R"({"filename": "big", "bucket": "b", "base64": ")" + base64(bytes) + "\"}"),
              testing::EndsWith("|big|600000"));
  EXPECT_EQ(operate("gridfs_get", R"({"filename": "big", "bucket": "b"})"), "big|\\x" + hex(bytes));
  EXPECT_THAT(*run(*session_,
                   R"({"find": "b.chunks", "projection": {"n": 1, "_id": 0}, "sort": {"n": 1}})"),
              testing::AllOf(HasSubstr(R"({"n": 0})"), HasSubstr(R"({"n": 2})"),
                             testing::Not(HasSubstr(R"({"n": 3})"))));
  EXPECT_THAT(operate("gridfs_put", R"({"filename": "none", "text": ""})"), HasSubstr("|none|0"));
  EXPECT_EQ(operate("gridfs_get", R"({"filename": "none"})"), "none|\\x");
  EXPECT_THAT(operate("gridfs_put", R"({"filename": "x"})"), HasSubstr("invalid_argument"));
  EXPECT_THAT(operate("gridfs_put", R"({"filename": "x", "base64": "?"})"),
              HasSubstr("invalid_argument"));
  auto reader = connect_to(at_database(server_url(), "operations"), Tier::read);
  ASSERT_TRUE(reader);
  EXPECT_THAT(operate(**reader, "gridfs_put", R"({"filename": "x", "text": "x"})"),
              testing::StartsWith("forbidden: "));
}

TEST_F(MongoOperations, ShowOthersWorkToAnAdminOnly) {
  EXPECT_THAT(operate("running_operations", "{}"), testing::Not(HasSubstr("forbidden")));
  EXPECT_THAT(operate("kill_operation", R"({"operation": "1"})"), HasSubstr("killOp"));
  auto reader = connect_to(at_database(server_url(), "operations"), Tier::read);
  ASSERT_TRUE(reader);
  EXPECT_THAT(operate(**reader, "running_operations", "{}"), testing::StartsWith("forbidden: "));
  EXPECT_THAT(operate(**reader, "kill_operation", R"({"operation": "1"})"),
              testing::StartsWith("forbidden: "));
}

}  // namespace
}  // namespace dbops::mongodb
