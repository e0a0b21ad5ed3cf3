// The product's tools over the fake connector, as clients of every kind meet them.
#include "mcp/product.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <thread>

#include "core/grants.h"
#include "mcp/row_progress.h"
#include "mcp/testing/product_fixture.h"
#include "mcp/testing/recorder.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::ProductTest;
using mcp::testing::text_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Every byte of it stands in a model's context. Output schemas don't: clients keep those.
TEST_F(ProductTest, TheListOfToolsIsShort) {
  const auto product = make_product_server(workspace_, {.tasks = true});
  Conversation talk(*product);
  talk.begin("2025-11-25");
  for (const std::string& request : {modern("1", "tools/list"), legacy("2", "tools/list")}) {
    json::value answer = talk.ask(request);
    json::array& tools = answer.at("result").at("tools").as_array();
    EXPECT_EQ(tools.size(), 10u);
    for (json::value& tool : tools) EXPECT_EQ(tool.as_object().erase("outputSchema"), 1u);
    EXPECT_LT(json::serialize(answer).size(), 8000u) << request;
  }
}

TEST_F(ProductTest, ToolsThatTheCallerCanUseNowhereAreNotListed) {
  const auto names_for = [&](const char* scope) {
    auto grants = std::make_shared<Grants>();
    EXPECT_TRUE(grants->add(scope));
    Conversation talk(*product_, {.principal = "ada", .grants = std::move(grants)});
    std::set<std::string> names;
    const json::value answer = talk.ask(modern("1", "tools/list"));
    EXPECT_EQ(answer.at_pointer("/result/cacheScope"), "private");
    for (const json::value& tool : answer.at_pointer("/result/tools").as_array())
      names.emplace(tool.at("name").as_string());
    return names;
  };
  const auto reading = names_for("db:read");
  EXPECT_EQ(reading.size(), 8u);
  EXPECT_FALSE(reading.contains("execute") || reading.contains("load"));
  EXPECT_EQ(names_for("db:admin:db"), reading) << "the tier of that connection is read";
  EXPECT_EQ(names_for("db:write:owned").size(), 10u);
}

TEST_F(ProductTest, OnlyListsThatChangeAreSaidToChange) {
  const json::value answer = talk_.ask(modern("1", "server/discover"));
  EXPECT_EQ(answer.at_pointer("/result/capabilities/tools"), parse(R"({"listChanged":true})"));
  EXPECT_EQ(answer.at_pointer("/result/capabilities/resources"), parse(R"({"listChanged":true})"));
  EXPECT_EQ(answer.at_pointer("/result/capabilities/prompts"), parse("{}"));
}

TEST_F(ProductTest, SchemasArePlain) {
  const json::value answer = talk_.ask(modern("1", "tools/list"));
  for (const json::value& tool : answer.at_pointer("/result/tools").as_array()) {
    SCOPED_TRACE(tool.at("name"));
    EXPECT_EQ(tool.at("outputSchema").at("type").as_string(), "object");
    for (const auto& property : tool.at("inputSchema").at("properties").as_object()) {
      SCOPED_TRACE(std::string(property.key()));
      const json::object& schema = property.value().as_object();
      EXPECT_TRUE(schema.at("type").is_string());
      EXPECT_FALSE(schema.at("description").as_string().empty());
      EXPECT_EQ(schema.at("description").as_string().find('\n'), json::string::npos);
      EXPECT_EQ(schema.at("type").as_string() == "array", schema.contains("items"));
    }
  }
}

TEST_F(ProductTest, InstructionsNameTheConnectionsAndOpenNone) {
  const json::value answer = talk_.ask(modern("1", "server/discover"));
  const std::string text(answer.at_pointer("/result/instructions").as_string());
  EXPECT_THAT(text, HasSubstr("- db (fake, read)\n"));
  EXPECT_THAT(text, HasSubstr("- owned (fake, admin)\n"));
  EXPECT_LT(text.size(), 1000u);
  EXPECT_EQ(server_.connects, 0);
}

TEST_F(ProductTest, InstructionsNameWhatTheCallerMayUse) {
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:write:owned"));
  const auto recorder = std::make_shared<mcp::testing::Recorder>();
  const auto client =
      std::make_shared<Client>(Caller{.principal = "ada", .grants = std::move(grants)});
  product_->receive(std::move(*parse_incoming(modern("1", "server/discover"))), client, recorder);
  const json::value answer = parse(recorder->reply().body);
  const std::string text(answer.at_pointer("/result/instructions").as_string());
  EXPECT_THAT(text, HasSubstr("- owned (fake, write)\n"));
  EXPECT_THAT(text, Not(HasSubstr("writable")));
}

TEST_F(ProductTest, ListsAndChecksConnections) {
  const json::value listed = call("list_connections", "{}");
  EXPECT_EQ(structure(listed).at("connections").as_array().size(), 5u);
  EXPECT_EQ(server_.connects, 0);
  server_.connect_error = Error{.code = Code::unreachable, .message = "nobody is there"};
  const json::value checked = call("list_connections", R"({"check":true})");
  EXPECT_EQ(structure(checked).at_pointer("/connections/0/error/code").as_string(), "unreachable");
  EXPECT_FALSE(checked.at("result").as_object().contains("isError"));
  EXPECT_THAT(text_of(checked), HasSubstr("nobody is there"));
}

TEST_F(ProductTest, QueriesInPages) {
  const json::value first =
      call("query", R"({"connection":"db","statement":"SELECT 5","limit":2})");
  EXPECT_EQ(structure(first).at("rows"), parse("[[1],[2]]"));
  EXPECT_TRUE(structure(first).at("truncated").as_bool());
  const std::string cursor(structure(first).at("cursor").as_string());
  const json::value second =
      call("query", R"({"connection":"db","limit":9,"cursor":")" + cursor + "\"}");
  EXPECT_EQ(structure(second).at("rows"), parse("[[3],[4],[5]]"));
  EXPECT_FALSE(structure(second).at("truncated").as_bool());
  EXPECT_EQ(error_of(call("query", R"({"connection":"db","cursor":")" + cursor + "\"}")),
            "expired");
}

TEST_F(ProductTest, QueryRefusals) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"connection":"db"})", "invalid_argument"},
      {R"({"connection":"db","statement":"SELECT 1","cursor":"c"})", "invalid_argument"},
      {R"({"connection":"db","statement":"SELECT 1","limit":0})", "invalid_argument"},
      {R"({"connection":"db","statement":"SELECT 1","limit":1.5})", "invalid_argument"},
      {R"({"connection":"db","statement":["SELECT 1"]})", "invalid_argument"},
      {R"({"statement":"SELECT 1"})", "invalid_argument"},
      {R"({"connection":"dv","statement":"SELECT 1"})", "not_found"},
      {R"({"connection":"writable","statement":"INSERT x"})", "forbidden"},
      {R"({"connection":"db","statement":"SYNTAX"})", "syntax"},
      {R"({"connection":"db","cursor":"nobody's"})", "expired"}};
  for (const auto& [arguments, code] : cases) {
    SCOPED_TRACE(arguments);
    const json::value answer = call("query", arguments);
    EXPECT_EQ(error_of(answer), code);
    EXPECT_TRUE(answer.at_pointer("/result/isError").as_bool());
  }
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(ProductTest, AQueryOfNothingIsToldOfBothWays) {
  EXPECT_THAT(text_of(call("query", R"({"connection":"db"})")),
              AllOf(HasSubstr("give a statement"), HasSubstr("cursor")));
}

TEST_F(ProductTest, ExploresExplainsAndDiagnoses) {
  Description flights;
  flights.item.kind = "table";
  flights.item.path = {"air", "flights"};
  server_.relations.push_back(std::move(flights));
  EXPECT_THAT(text_of(call("explore", R"({"connection":"db","path":"air"})")),
              HasSubstr("flights"));
  EXPECT_EQ(error_of(call("explore", R"({"connection":"db","detail":"all"})")), "invalid_argument");
  EXPECT_EQ(error_of(call("explore", R"({"connection":"db","path":"nowhere"})")), "not_found");

  const json::value plan = call("explain", R"({"connection":"db","statement":"SELECT 1"})");
  EXPECT_EQ(structure(plan).at("plan"), parse(R"({"scan":true,"cost":0.15})"));
  EXPECT_EQ(structure(plan).at_pointer("/findings/0/severity").as_string(), "warning");
  EXPECT_EQ(text_of(plan), "Scan of SELECT\n\nwarning plan t: full scan\n  next: add an index\n");
  EXPECT_EQ(text_of(call("diagnose", R"({"connection":"db","area":"locks"})")),
            "ok locks: all is well\n");
  EXPECT_EQ(error_of(call("diagnose", R"({"connection":"db","area":"lock"})")), "invalid_argument");
}

TEST_F(ProductTest, ListsAndRunsOperations) {
  const json::value listed = call("operations", R"({"connection":"db"})");
  EXPECT_EQ(structure(listed).at_pointer("/operations/0/name").as_string(), "locks");
  EXPECT_EQ(error_of(call("operate", R"({"connection":"db","operation":"locks"})")), "");
  EXPECT_EQ(error_of(call("operate", R"({"connection":"db","operation":"lock"})")), "not_found");
  EXPECT_EQ(error_of(call("operate",
                          R"({"connection":"db","operation":"vacuum","arguments":{"table":"t"}})")),
            "forbidden");
}

TEST_F(ProductTest, CancelReachesTheEngine) {
  fakes::Gate gate;
  server_.reply("SELECT slow", {.rows = 1, .gate = &gate});
  talk_.begin("2025-11-25");
  const auto waiting = talk_.send(
      legacy("5", "tools/call",
             "{" + call_params("query", R"({"connection":"db","statement":"SELECT slow"})") + "}"));
  while (gate.waiting() == 0 && waiting->finished() == 0) std::this_thread::yield();
  talk_.send(notification("notifications/cancelled", R"({"requestId":5})"));
  EXPECT_TRUE(waiting->reply().body.empty());
  EXPECT_TRUE(talk_.client().wait_idle(Deadline::after(std::chrono::seconds(10))));
  EXPECT_EQ(server_.streams, 0);
}

// A server that pauses for longer than the interval, twice.
TEST_F(ProductTest, SaysHowManyRowsHaveComeButNotOften) {
  fakes::Reply slow{.rows = 900};
  slow.arrive_together = 10;
  slow.fill = [](uint64_t number, Value* cells, Batch&) {
    cells[0] = Value::integer(static_cast<int64_t>(number));
    const Deadline pause = Deadline::after(RowProgress::kInterval);
    while (number % 300 == 0 && number < 900 && !pause.passed()) std::this_thread::yield();
  };
  server_.reply("SELECT slowly", slow);
  const auto ask = [&](std::string_view meta) {
    return talk_.send(legacy("1", "tools/call",
                             "{" + std::string(meta) +
                                 R"("name":"query","arguments":{"connection":"db",)"
                                 R"("statement":"SELECT slowly"}})"));
  };
  talk_.begin("2025-11-25");
  const auto told = ask(R"("_meta":{"progressToken":"p"},)");
  EXPECT_EQ(parse(told->reply().body).at_pointer("/result/structuredContent/row_count"), 900);
  ASSERT_EQ(told->messages().size(), 2u);
  const json::value first = parse(told->message(0));
  EXPECT_EQ(first.at_pointer("/params/progressToken"), "p");
  EXPECT_GE(first.at_pointer("/params/progress").to_number<int>(), 290);
  EXPECT_THAT(std::string(first.at_pointer("/params/message").as_string()),
              HasSubstr(" rows so far"));
  const auto untold = ask("");
  EXPECT_EQ(parse(untold->reply().body).at_pointer("/result/structuredContent/row_count"), 900);
  EXPECT_TRUE(untold->messages().empty());
}

}  // namespace
}  // namespace dbops::mcp
