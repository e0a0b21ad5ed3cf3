// How a person is asked and what becomes of the answer, for clients of every kind.
#include "mcp/confirm.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "mcp/testing/product_fixture.h"
#include "mcp/testing/recorder.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::text_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kForms = R"({"elicitation":{"form":{}}})";

class ConfirmTest : public mcp::testing::ProductTest {
 protected:
  // What the person reads, asked by a form.
  std::string question(std::string_view tool, std::string_view arguments) {
    const json::value asked = call(tool, arguments, kForms);
    return std::string(
        asked.at_pointer("/result/inputRequests/confirm/params/message").as_string());
  }
};

constexpr std::string_view kDrop = R"({"connection":"writable","statement":"DROP t"})";

TEST_F(ConfirmTest, ConfirmsInTwoStepsWhereTheClientCanNotAsk) {
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

constexpr std::string_view kUpdate =
    R"({"connection":"writable","statement":"DROP t WHERE n = $1","params":[5,"a\nb\u202e"]})";

TEST_F(ConfirmTest, TheQuestionShowsTheValues) {
  const auto whole = HasSubstr(
      "on writable: DROP t WHERE n = $1\nparameter 1 = 5\nparameter 2 = \"a\\nb\\u202e\"\n");
  EXPECT_THAT(question("execute", kUpdate), whole);

  const json::value steps = call("execute", kUpdate);
  EXPECT_THAT(text_of(steps), whole);
  EXPECT_EQ(structure(steps).at_pointer("/confirmation/parameters/0"), "parameter 1 = 5");
  EXPECT_THAT(std::string(structure(steps).at_pointer("/confirmation/action").as_string()),
              HasSubstr("DROP t WHERE n = $1"));

  talk_.begin("2025-11-25", kForms);
  const auto asked =
      talk_.send(legacy("7", "tools/call", "{" + call_params("execute", kUpdate) + "}"));
  EXPECT_THAT(std::string(parse(asked->message(0)).at_pointer("/params/message").as_string()),
              whole);
}

TEST(ShowParameters, ByNameAndInFewBytes) {
  Parameters given;
  given.add("a\x1b", Value());
  given.add("b", Value::text(std::string(1234, 'x') + "\n"));
  given.add("c", Value::view(Kind::decimal, "12345678901234567890.10"));
  given.add("d", Value::view(Kind::json, R"({"e":"\u009b"})"));
  const auto lines = show_parameters(given);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], R"(parameter a\x1b = null)");
  EXPECT_EQ(lines[1], "parameter b = \"" + std::string(196, 'x') + "... (1,238 bytes)");
  EXPECT_EQ(lines[2], "parameter c = 12345678901234567890.10");
  EXPECT_EQ(lines[3], R"(parameter d = {"e":"\u009b"})");
}

TEST(ShowParameters, SayHowManyMoreThereAre) {
  Parameters many;
  Parameters large;
  for (int64_t i = 0; i < 1027; ++i) many.add("", Value::integer(i));
  for (int i = 0; i < 20; ++i) large.add("", Value::text(std::string(300, 'x')));
  auto lines = show_parameters(many);
  ASSERT_EQ(lines.size(), 21u);
  EXPECT_EQ(lines[19], "parameter 20 = 19");
  EXPECT_EQ(lines[20], "... and 1,007 more");
  lines = show_parameters(large);
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines.back(), "... and 11 more");
}

TEST_F(ConfirmTest, TheQuestionSaysWhatItLeavesOut) {
  const std::string statement = "DROP t /* " + std::string(2000, 'x') + "*/";
  EXPECT_THAT(question("execute", R"({"connection":"writable","statement":")" + statement + "\"}"),
              HasSubstr("x... (2,025 bytes)\n"));
}

TEST_F(ConfirmTest, TheQuestionOfALoadSaysOfWhatByWhatKey) {
  const auto asked = [&](std::string_view from) {
    return question("load", R"({"connection":"writable","path":"s.t","replace":true,"key":["a"],)" +
                                std::string(from) + "}");
  };
  EXPECT_THAT(asked(R"("data":"a\n1\n","format":"csv")"),
              HasSubstr("on writable: load into s.t by a from csv data a\\n1\\n\n"));
  EXPECT_THAT(asked(R"("source":"db","statement":"SELECT 3")"),
              HasSubstr("on writable: load into s.t by a from db: SELECT 3\n"));
}

TEST_F(ConfirmTest, ALoadThatReplacesIsConfirmedAsAStatementIs) {
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

  json::value form = call("load", loading(R"(,"replace":true)"), kForms);
  EXPECT_EQ(form.at_pointer("/result/resultType").as_string(), "input_required");
  const auto answer = [&](std::string_view yes) {
    std::string params = call_params("load", loading(R"(,"replace":true)"));
    params += R"(,"inputResponses":{"confirm":{"action":"accept","content":{"confirm":)";
    params.append(yes).append(R"(}}},"requestState":)");
    params += json::serialize(form.at_pointer("/result/requestState"));
    return talk_.ask(modern("2", "tools/call", params, kForms));
  };
  EXPECT_EQ(error_of(answer("false")), "cancelled");
  EXPECT_EQ(error_of(answer("true")), "expired");
  EXPECT_EQ(server_.loaded, 2u);
  form = call("load", loading(R"(,"replace":true)"), kForms);
  EXPECT_EQ(error_of(answer("true")), "");
  EXPECT_EQ(server_.loaded, 3u);
}

TEST_F(ConfirmTest, ADryRunNeedsNoConfirmation) {
  const json::value rehearsed =
      call("execute", R"({"connection":"writable","statement":"DROP t","dry_run":true})", kForms);
  EXPECT_EQ(error_of(rehearsed), "");
  EXPECT_EQ(server_.commits, 0);
  EXPECT_EQ(server_.rollbacks, 1);
}

constexpr std::string_view kYes = R"({"confirm":{"action":"accept","content":{"confirm":true}}})";

class ModernConfirmation : public ConfirmTest {
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

  EXPECT_EQ(error_of(retry(asked, kYes)), "");
  EXPECT_EQ(server_.commits, 1);
  EXPECT_EQ(error_of(retry(asked, kYes)), "expired") << "an answer counts once";
  EXPECT_EQ(server_.commits, 1);
}

TEST_F(ModernConfirmation, AnythingButAYesRunsNothingForGood) {
  for (const char* response :
       {R"({"confirm":{"action":"decline"}})", R"({"confirm":{"action":"cancel"}})",
        R"({"confirm":{"action":"accept"}})", R"({"confirm":{}})",
        R"({"confirm":{"action":"accept","content":{}}})",
        R"({"confirm":{"action":"accept","content":{"confirm":false}}})",
        R"({"confirm":{"action":"accept","content":{"confirm":"true"}}})",
        R"({"confirm":{"action":true,"content":{"confirm":true}}})"}) {
    SCOPED_TRACE(response);
    const json::value asked = call("execute", kDrop, kForms);
    EXPECT_EQ(error_of(retry(asked, response)), "cancelled");
    EXPECT_EQ(error_of(retry(asked, response)), "cancelled") << "a client that sends it again";
    EXPECT_EQ(error_of(retry(asked, kYes)), "expired") << "it was answered";
  }
  const json::value asked = call("execute", kDrop, kForms);
  EXPECT_EQ(retry(asked, "{}").at_pointer("/result/resultType").as_string(), "input_required");
  EXPECT_EQ(server_.runs, 0);
  EXPECT_EQ(error_of(retry(asked, kYes)), "") << "it was not answered yet";
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

class LegacyConfirmation : public ConfirmTest {
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

}  // namespace
}  // namespace dbops::mcp
