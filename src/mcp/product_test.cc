// The product's tools over the fake connector, as clients of every kind meet them.
#include "mcp/product.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <thread>

#include "core/grants.h"
#include "fakes/ops_fixture.h"
#include "mcp/row_progress.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"
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
using mcp::testing::text_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kForms = R"({"elicitation":{"form":{}}})";

class ProductTest : public ops::OpsTest {
 protected:
  json::value call(std::string_view tool, std::string_view arguments,
                   std::string_view capabilities = "{}") {
    return talk_.ask(modern("1", "tools/call", call_params(tool, arguments), capabilities));
  }
  static const json::value& structure(const json::value& answer) {
    return answer.at_pointer("/result/structuredContent");
  }
  static std::string error_of(const json::value& answer) {
    json::error_code none;
    const auto* code = answer.find_pointer("/result/structuredContent/error/code", none);
    return code != nullptr ? std::string(code->as_string()) : std::string();
  }

  std::unique_ptr<Server> product_ = make_product_server(workspace_, {});
  Conversation talk_{*product_};
};

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

constexpr std::string_view kDrop = R"({"connection":"writable","statement":"DROP t"})";

TEST_F(ProductTest, ConfirmsInTwoStepsWhereTheClientCanNotAsk) {
  const json::value asked = call("execute", kDrop);
  EXPECT_EQ(error_of(asked), "confirmation_required");
  EXPECT_TRUE(asked.at_pointer("/result/isError").as_bool());
  EXPECT_EQ(server_.runs, 0);
  const std::string token(structure(asked).at_pointer("/confirmation/token").as_string());
  EXPECT_THAT(text_of(asked), HasSubstr(token));

  const auto with = [](std::string_view statement, std::string_view confirm) {
    return R"({"connection":"writable","statement":")" + std::string(statement) +
           R"(","confirm":")" + std::string(confirm) + "\"}";
  };
  EXPECT_EQ(error_of(call("execute", with("DROP u", token))), "expired");
  EXPECT_EQ(error_of(call("execute", with("DROP t", "yes"))), "expired");
  EXPECT_EQ(server_.runs, 0);
  EXPECT_EQ(error_of(call("execute", with("DROP t", token))), "");
  EXPECT_EQ(server_.commits, 1);
  EXPECT_EQ(error_of(call("execute", with("DROP t", token))), "expired") << "it is used up";
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ProductTest, ALoadThatReplacesIsConfirmedAsAStatementIs) {
  const auto loading = [](std::string_view more) {
    return R"({"connection":"writable","path":"s.t","data":"a\n1\n","format":"csv")" +
           std::string(more) + "}";
  };
  EXPECT_EQ(error_of(call("load", loading(""))), "");
  EXPECT_EQ(server_.loaded, 1u);
  const json::value asked = call("load", loading(R"(,"replace":true)"));
  EXPECT_EQ(error_of(asked), "confirmation_required");
  EXPECT_EQ(server_.loaded, 1u);
  const std::string token(structure(asked).at_pointer("/confirmation/token").as_string());
  const std::string confirmed = R"(,"replace":true,"confirm":")" + token + '"';
  EXPECT_EQ(error_of(call("load", loading(confirmed + R"(,"columns":["b"])"))), "expired");
  EXPECT_EQ(error_of(call("load", loading(confirmed))), "");
  EXPECT_EQ(server_.loaded, 2u);
  EXPECT_EQ(error_of(call("load", loading(confirmed))), "expired");

  const json::value form = call("load", loading(R"(,"replace":true)"), kForms);
  EXPECT_EQ(form.at_pointer("/result/resultType").as_string(), "input_required");
  const auto answer = [&](std::string_view yes) {
    std::string params = call_params("load", loading(R"(,"replace":true)"));
    params += R"(,"inputResponses":{"confirm":{"action":"accept","content":{"confirm":)";
    params.append(yes).append(R"(}}},"requestState":)");
    params += json::serialize(form.at_pointer("/result/requestState"));
    return talk_.ask(modern("2", "tools/call", params, kForms));
  };
  EXPECT_EQ(error_of(answer("false")), "cancelled");
  EXPECT_EQ(server_.loaded, 2u);
  EXPECT_EQ(error_of(answer("true")), "");
  EXPECT_EQ(server_.loaded, 3u);
}

TEST_F(ProductTest, ADryRunNeedsNoConfirmation) {
  const json::value rehearsed =
      call("execute", R"({"connection":"writable","statement":"DROP t","dry_run":true})", kForms);
  EXPECT_EQ(error_of(rehearsed), "");
  EXPECT_EQ(server_.commits, 0);
  EXPECT_EQ(server_.rollbacks, 1);
}

class ModernConfirmation : public ProductTest {
 protected:
  // Answers the question of a first call, for the same arguments or others.
  json::value retry(const json::value& asked, std::string_view responses,
                    std::string_view arguments = kDrop) {
    std::string params = call_params("execute", arguments) + R"(,"inputResponses":)";
    params.append(responses).append(R"(,"requestState":)");
    params += json::serialize(asked.at_pointer("/result/requestState"));
    return talk_.ask(modern("2", "tools/call", params, kForms));
  }
};

TEST_F(ModernConfirmation, AsksThePersonAndRuns) {
  const json::value asked = call("execute", kDrop, kForms);
  EXPECT_EQ(asked.at_pointer("/result/resultType").as_string(), "input_required");
  const json::value& form = asked.at_pointer("/result/inputRequests/confirm/params");
  EXPECT_EQ(form.at("mode").as_string(), "form");
  EXPECT_THAT(std::string(form.at("message").as_string()), HasSubstr("on writable: DROP t"));
  EXPECT_EQ(form.at_pointer("/requestedSchema/properties/confirm/type").as_string(), "boolean");
  EXPECT_EQ(server_.runs, 0);

  constexpr std::string_view kYes = R"({"confirm":{"action":"accept","content":{"confirm":true}}})";
  EXPECT_EQ(error_of(retry(asked, kYes)), "");
  EXPECT_EQ(server_.commits, 1);
  EXPECT_EQ(error_of(retry(asked, kYes)), "expired") << "an answer counts once";
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ModernConfirmation, AnythingButAYesRunsNothing) {
  const json::value asked = call("execute", kDrop, kForms);
  for (const char* response :
       {R"({"confirm":{"action":"decline"}})", R"({"confirm":{"action":"cancel"}})",
        R"({"confirm":{"action":"accept"}})", R"({"confirm":{}})",
        R"({"confirm":{"action":"accept","content":{}}})",
        R"({"confirm":{"action":"accept","content":{"confirm":false}}})",
        R"({"confirm":{"action":"accept","content":{"confirm":"true"}}})",
        R"({"confirm":{"action":true,"content":{"confirm":true}}})"}) {
    SCOPED_TRACE(response);
    EXPECT_EQ(error_of(retry(asked, response)), "cancelled");
  }
  EXPECT_EQ(retry(asked, "{}").at_pointer("/result/resultType").as_string(), "input_required");
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(ModernConfirmation, OneYesIsForOneStatement) {
  const json::value asked = call("execute", kDrop, kForms);
  const json::value other =
      retry(asked, R"({"confirm":{"action":"accept","content":{"confirm":true}}})",
            R"({"connection":"writable","statement":"DROP u"})");
  EXPECT_EQ(mcp::testing::code_of(other), kInvalidParams);
  // An answer to a question that was never asked is no consent.
  const json::value unasked = talk_.ask(
      modern("3", "tools/call",
             call_params("execute", kDrop) +
                 R"(,"inputResponses":{"confirm":{"action":"accept","content":{"confirm":true}}})",
             kForms));
  EXPECT_EQ(unasked.at_pointer("/result/resultType").as_string(), "input_required");
  EXPECT_EQ(server_.runs, 0);
}

class LegacyConfirmation : public ProductTest {
 protected:
  std::shared_ptr<mcp::testing::Recorder> drop(bool can_send = true) {
    return talk_.send(legacy("7", "tools/call", "{" + call_params("execute", kDrop) + "}"),
                      can_send);
  }
  void answer(const std::shared_ptr<mcp::testing::Recorder>& call, std::string_view result) {
    const int64_t id = parse(call->message(0)).at("id").as_int64();
    talk_.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" +
               std::string(result) + "}");
  }
};

TEST_F(LegacyConfirmation, AsksThePersonAndRuns) {
  for (const char* revision : {"2025-06-18", "2025-11-25"}) {
    SCOPED_TRACE(revision);
    const int commits = server_.commits;
    talk_.begin(revision, kForms);
    const auto call = drop();
    const json::value asked = parse(call->message(0));
    EXPECT_EQ(asked.at("method").as_string(), "elicitation/create");
    EXPECT_EQ(asked.at("params").as_object().contains("mode"),
              std::string_view(revision) >= "2025-11-25");
    answer(call, R"({"action":"accept","content":{"confirm":true}})");
    EXPECT_EQ(error_of(parse(call->reply().body)), "");
    EXPECT_EQ(server_.commits, commits + 1);
  }
}

TEST_F(LegacyConfirmation, ADeclinedOneRunsNothing) {
  talk_.begin("2025-11-25", kForms);
  const auto call = drop();
  answer(call, R"({"action":"decline"})");
  EXPECT_EQ(error_of(parse(call->reply().body)), "cancelled");
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(LegacyConfirmation, TwoStepsWhereTheQuestionCanNotBeSent) {
  talk_.begin("2025-11-25", kForms);
  EXPECT_EQ(error_of(parse(drop(false)->reply().body)), "confirmation_required");
  talk_.begin("2025-03-26", kForms);  // Before there was elicitation.
  EXPECT_THAT(drop()->reply().body, HasSubstr("confirmation_required"));
  EXPECT_EQ(server_.runs, 0);
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
