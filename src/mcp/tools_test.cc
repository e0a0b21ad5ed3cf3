#include "mcp/tools.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::FakeTools;
using mcp::testing::legacy;
using mcp::testing::make_fake_server;
using mcp::testing::modern;
using mcp::testing::text_of;

class ToolsTest : public ::testing::Test {
 protected:
  FakeTools tools_;
  std::unique_ptr<Server> server_ = make_fake_server(tools_);

  json::value call(std::string_view revision, std::string_view params) {
    Conversation talk(*server_);
    if (revision == "2026-07-28") return talk.ask(modern("1", "tools/call", params));
    talk.begin(revision);
    return talk.ask(legacy("1", "tools/call", "{" + std::string(params) + "}"));
  }
};

constexpr const char* kRevisions[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                      "2026-07-28"};

TEST_F(ToolsTest, ListsWhatTheRevisionKnows) {
  for (const std::string_view revision : kRevisions) {
    SCOPED_TRACE(revision);
    Conversation talk(*server_);
    json::value answer;
    if (revision == "2026-07-28") {
      answer = talk.ask(modern("1", "tools/list"));
    } else {
      talk.begin(revision);
      answer = talk.ask(legacy("1", "tools/list"));
    }
    const json::object& echo = answer.at_pointer("/result/tools/0").as_object();
    EXPECT_EQ(echo.at("name").as_string(), "echo");
    EXPECT_EQ(echo.at("inputSchema").at("type").as_string(), "object");
    EXPECT_EQ(echo.contains("title"), revision >= "2025-06-18");
    EXPECT_EQ(echo.contains("outputSchema"), revision >= "2025-06-18");
    EXPECT_EQ(echo.contains("annotations"), revision >= "2025-03-26");
    EXPECT_EQ(answer.at("result").as_object().contains("ttlMs"), revision == "2026-07-28");
    if (revision < "2025-03-26") continue;
    EXPECT_TRUE(echo.at("annotations").at("readOnlyHint").as_bool());
    EXPECT_EQ(echo.at("annotations").as_object().contains("title"), revision == "2025-03-26");
    const json::object& last = answer.at_pointer("/result/tools").as_array().back().as_object();
    EXPECT_FALSE(last.at("annotations").at("readOnlyHint").as_bool());
    EXPECT_TRUE(last.at("annotations").at("destructiveHint").as_bool());
  }
}

TEST_F(ToolsTest, TheListIsTheSameEachTime) {
  Conversation talk(*server_);
  EXPECT_EQ(talk.ask(modern("1", "tools/list")), talk.ask(modern("1", "tools/list")));
  EXPECT_EQ(talk.ask(modern("1", "tools/list")).at_pointer("/result/cacheScope"),
            json::value("public"));
}

TEST_F(ToolsTest, StructureOnlyWhereTheRevisionKnowsIt) {
  for (const std::string_view revision : kRevisions) {
    SCOPED_TRACE(revision);
    const json::value answer = call(revision, call_params("echo", R"({"text":"a\"\n\u00e9"})"));
    EXPECT_EQ(text_of(answer), "a\"\n\xc3\xa9");
    const json::object& result = answer.at("result").as_object();
    EXPECT_EQ(result.contains("structuredContent"), revision >= "2025-06-18");
    EXPECT_FALSE(result.contains("isError"));
  }
}

TEST_F(ToolsTest, WrongArgumentsAreForTheModelToRead) {
  const std::pair<const char*, const char*> cases[] = {{"{}", "text"},
                                                       {R"({"text":7})", "text"},
                                                       {R"({"text":"a","txt":"b"})", "txt"},
                                                       {R"({"text":null})", "text"},
                                                       {R"({"text":["a"]})", "text"}};
  for (const auto& [arguments, named] : cases) {
    SCOPED_TRACE(arguments);
    for (const std::string_view revision : kRevisions) {
      SCOPED_TRACE(revision);
      const json::value answer = call(revision, call_params("echo", arguments));
      if (revision < "2025-11-25") {
        EXPECT_EQ(code_of(answer), kInvalidParams);
        continue;
      }
      EXPECT_TRUE(answer.at_pointer("/result/isError").as_bool());
      EXPECT_EQ(answer.at_pointer("/result/structuredContent/error/code").as_string(),
                "invalid_argument");
      EXPECT_NE(text_of(answer).find(named), std::string::npos) << text_of(answer);
    }
  }
}

TEST_F(ToolsTest, ArgumentsMayBeLeftOut) {
  EXPECT_EQ(text_of(call("2026-07-28", R"("name":"count")")), "counted");
}

TEST_F(ToolsTest, ErrorsSayAllThereIs) {
  const json::value answer = call("2026-07-28", call_params("refuse"));
  EXPECT_EQ(answer.at_pointer("/result/resultType").as_string(), "complete");
  EXPECT_EQ(answer.at_pointer("/result/structuredContent"),
            mcp::testing::parse(
                R"({"error":{"code":"syntax","message":"no such word","effect":"unknown",)"
                R"("retryable":true,"hint":"look it up","native_code":"42601","position":7}})"));
  EXPECT_EQ(text_of(answer),
            "error syntax (42601): no such word\nposition: character 7\n"
            "effect: unknown, look before you try again\nnext: look it up");
}

TEST_F(ToolsTest, UnknownToolsNameTheNearest) {
  const json::value answer = call("2026-07-28", call_params("ecko"));
  EXPECT_EQ(code_of(answer), kInvalidParams);
  EXPECT_NE(json::serialize(answer).find("did you mean \\\"echo\\\""), std::string::npos);
}

}  // namespace
}  // namespace dbops::mcp
