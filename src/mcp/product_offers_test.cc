// The product's resources and prompts over the fake connector.
#include "mcp/product_offers.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/grants.h"
#include "fakes/ops_fixture.h"
#include "mcp/product.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"
#include "mcp/testing/recorder.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::modern;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

Description relation(std::string schema, std::string name) {
  Description made;
  made.item.kind = "table";
  made.item.path = {std::move(schema), std::move(name)};
  ColumnInfo& column = made.columns.emplace_back();
  column.name = "id";
  column.type = "int";
  return made;
}

class ProductOffersTest : public ops::OpsTest {
 protected:
  ProductOffersTest() {
    server_.relations = {relation("main", "flights"), relation("main", "flight log"),
                         relation("other", "flags")};
  }
  json::value read(std::string_view uri) {
    return talk_.ask(modern("1", "resources/read", "\"uri\":\"" + std::string(uri) + "\""));
  }
  json::value prompt(std::string_view name, std::string_view arguments) {
    return talk_.ask(
        modern("1", "prompts/get",
               "\"name\":\"" + std::string(name) + "\",\"arguments\":" + std::string(arguments)));
  }
  std::vector<std::string> complete(std::string_view argument, std::string_view typed,
                                    std::string_view connection = "db") {
    std::string params = R"("ref":{"type":"ref/resource","uri":"dbops://{connection}/{+path}"},)";
    params.append(R"("argument":{"name":")").append(argument).append(R"(","value":)");
    JsonWriter(params).string(typed);
    params.append(R"(},"context":{"arguments":{"connection":")").append(connection).append("\"}}");
    const json::value answer = talk_.ask(modern("1", "completion/complete", params));
    std::vector<std::string> values;
    for (const json::value& value : answer.at_pointer("/result/completion/values").as_array())
      values.emplace_back(value.as_string());
    return values;
  }

  std::unique_ptr<Server> product_ = make_product_server(workspace_, {});
  Conversation talk_{*product_};
};

TEST_F(ProductOffersTest, ListsOneResourceAConnectionAndOpensNone) {
  const json::value listed = talk_.ask(modern("1", "resources/list"));
  EXPECT_EQ(listed.at_pointer("/result/resources").as_array().size(), 5u);
  EXPECT_EQ(listed.at_pointer("/result/resources/0/uri"), "dbops://db/");
  EXPECT_EQ(listed.at_pointer("/result/resources/0/description"), "fake, tier read");
  EXPECT_EQ(server_.connects, 0);
}

TEST_F(ProductOffersTest, ReadsASchemaDocument) {
  const json::value answer = read("dbops://db/main.%22flight%20log%22");
  const json::object& contents = answer.at_pointer("/result/contents/0").as_object();
  EXPECT_EQ(contents.at("uri"), "dbops://db/main.%22flight%20log%22");
  EXPECT_EQ(contents.at("mimeType"), "text/markdown");
  EXPECT_THAT(std::string(contents.at("text").as_string()),
              AllOf(HasSubstr("# db: main.\"flight log\"\n\n```\n"),
                    HasSubstr("columns:\n  id int"), HasSubstr("```\n")));
  EXPECT_EQ(answer.at_pointer("/result/cacheScope"), "private");
  EXPECT_THAT(json::serialize(read("dbops://db/")), HasSubstr("other"));
}

TEST_F(ProductOffersTest, WhatIsNotThereIsNotFound) {
  for (const std::string_view uri :
       {"dbops://db/nothing.here", "dbops://nobody/main", "dbops://db/main.", "dbops://db"}) {
    const json::value answer = read(uri);
    EXPECT_EQ(code_of(answer), kInvalidParams) << uri;
    EXPECT_EQ(answer.at_pointer("/error/data/uri").as_string(), uri);
  }
  server_.connect_error = Error{.code = Code::unreachable, .message = "nobody is there"};
  const json::value down = read("dbops://other/main");
  EXPECT_EQ(code_of(down), kInternalError);
  EXPECT_EQ(down.at_pointer("/error/data/code"), "unreachable");
}

TEST_F(ProductOffersTest, CompletesConnectionsAndPaths) {
  EXPECT_THAT(complete("connection", "o"), ElementsAre("one", "other", "owned"));
  EXPECT_THAT(complete("path", "ma"), ElementsAre("main"));
  EXPECT_THAT(complete("path", "main.fl"), ElementsAre("main.flights", "main.\"flight log\""));
  EXPECT_THAT(complete("path", "flag"), ElementsAre("other.flags"));
  EXPECT_THAT(complete("path", "main.\"flight l"), ElementsAre("main.\"flight log\""));
  EXPECT_THAT(complete("path", "main", ""), ElementsAre());
}

// One look shows a thousand names: what stands behind them is asked for by what was typed of it.
TEST_F(ProductOffersTest, CompletesAmongThousands) {
  for (int i = 1000; i < 2600; ++i)
    server_.relations.push_back(relation("wide", "t" + std::to_string(i)));
  EXPECT_THAT(complete("path", "wide.t2599"), ElementsAre("wide.t2599"));
  EXPECT_THAT(complete("path", "wide.t25"), IsSupersetOf({"wide.t2500", "wide.t2599"}));
  EXPECT_EQ(complete("path", "wide.").size(), kCompletionsMax);
}

TEST_F(ProductOffersTest, PromptsSayWhatIsThere) {
  const auto text = [&](std::string_view name, std::string_view arguments) {
    const json::value answer = prompt(name, arguments);
    EXPECT_EQ(code_of(answer), 0) << answer;
    return std::string(answer.at_pointer("/result/messages/0/content/text").as_string());
  };
  EXPECT_THAT(text("explore_database", R"({"connection":"db","goal":"a\nb"})"),
              AllOf(HasSubstr("> main"), HasSubstr("The goal:\n> a\n> b\n")));
  EXPECT_THAT(
      text("write_query", R"({"connection":"db","question":"how many?","path":"main"})"),
      AllOf(HasSubstr("> how many?\n"), HasSubstr("> main.flights"), Not(HasSubstr("other"))));
  EXPECT_THAT(text("plan_migration", R"({"connection":"db","change":"x","path":"main.flights"})"),
              HasSubstr(">   id int"));
  EXPECT_THAT(text("diagnose_slowness", R"({"connection":"db"})"), HasSubstr("What diagnose"));
  EXPECT_THAT(text("diagnose_slowness", R"({"connection":"db","statement":"SELECT 1"})"),
              AllOf(HasSubstr("> SELECT 1"), HasSubstr("Its plan:")));
  EXPECT_THAT(text("review_access", R"({"connection":"db"})"), HasSubstr("> db (fake, read)"));
}

TEST_F(ProductOffersTest, WhatACallerMayNotUseIsNotThere) {
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:read:owned"));
  const auto client =
      std::make_shared<Client>(Caller{.principal = "ada", .grants = std::move(grants)});
  const auto ask = [&](const std::string& message) {
    const auto recorder = std::make_shared<mcp::testing::Recorder>();
    product_->receive(std::move(*parse_incoming(message)), client, recorder);
    return mcp::testing::parse(recorder->reply().body);
  };
  const json::value listed = ask(modern("1", "resources/list"));
  ASSERT_EQ(listed.at_pointer("/result/resources").as_array().size(), 1u);
  EXPECT_EQ(listed.at_pointer("/result/resources/0/uri"), "dbops://owned/");
  EXPECT_EQ(listed.at_pointer("/result/resources/0/description"), "fake, tier read");
  EXPECT_EQ(code_of(ask(modern("2", "resources/read", R"("uri":"dbops://db/")"))), kInvalidParams);
  EXPECT_EQ(code_of(ask(modern("3", "resources/read", R"("uri":"dbops://db/main")"))),
            kInvalidParams);
  EXPECT_EQ(code_of(ask(modern("4", "prompts/get",
                               R"("name":"review_access","arguments":{"connection":"db"})"))),
            kInvalidParams);
  const json::value completed = ask(modern(
      "5", "completion/complete",
      R"("ref":{"type":"ref/resource","uri":"dbops://{connection}/{+path}"},"argument":{"name":"connection","value":""})"));
  EXPECT_EQ(json::serialize(completed.at_pointer("/result/completion/values")), R"(["owned"])");
}

TEST_F(ProductOffersTest, PromptRefusals) {
  EXPECT_EQ(code_of(prompt("write_query", R"({"connection":"db"})")), kInvalidParams);
  EXPECT_EQ(code_of(prompt("explore_database", R"({"connection":"nobody"})")), kInvalidParams);
  server_.connect_error = Error{.code = Code::unreachable, .message = "nobody is there"};
  const json::value down = prompt("explore_database", R"({"connection":"db"})");
  EXPECT_EQ(code_of(down), kInternalError);
  EXPECT_THAT(json::serialize(down), HasSubstr("nobody is there"));
}

}  // namespace
}  // namespace dbops::mcp
