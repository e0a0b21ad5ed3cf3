#include "ops/inspect.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <thread>

#include "fakes/ops_fixture.h"
#include "ops/render.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class InspectTest : public OpsTest {
 protected:
  Result<Explainer::Plan> explain(const std::string& statement, bool analyze = false,
                                  const std::string& connection = "db") {
    ExplainRequest request;
    request.connection = connection;
    request.statement = statement;
    request.analyze = analyze;
    return ops::explain(workspace_, context_, std::move(request));
  }
  Result<std::optional<Confirmation>> operate(const std::string& operation,
                                              const std::string& arguments = "{}",
                                              const std::string& confirm = {},
                                              const std::string& connection = "writable") {
    OperateRequest request;
    request.connection = connection;
    request.operation = operation;
    request.arguments = arguments;
    request.confirm = confirm;
    request.limit = 2;
    return ops::operate(workspace_, context_, std::move(request), sink_);
  }

  Collected sink_;
};

// The value of one JSON object that `write` writes.
template <class Write>
boost::json::value json_of(Write write) {
  std::string text;
  JsonWriter out(text);
  write(out);
  auto parsed = parse_json(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : boost::json::value();
}

TEST_F(InspectTest, ListsConnectionsWithoutOpeningThem) {
  const auto all = list_connections(workspace_, context_, false);
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(5));
  EXPECT_EQ((*all)[0].name, "db");
  EXPECT_EQ((*all)[0].engine, "fake");
  EXPECT_FALSE((*all)[0].server);
  EXPECT_EQ(server_.connects, 0);
}

TEST_F(InspectTest, ChecksConnectionsSideBySide) {
  fakes::Gate gate;
  server_.connect_gate = &gate;
  std::thread opener([&] {
    while (gate.waiting() < 5) std::this_thread::yield();  // All five at once, or never.
    gate.open();
  });
  const auto all = list_connections(workspace_, context_, true);
  opener.join();
  ASSERT_TRUE(all);
  for (const ConnectionStatus& one : *all) {
    ASSERT_TRUE(one.server) << one.name;
    EXPECT_EQ(one.server->product, "Fake");
  }
}

TEST_F(InspectTest, SaysWhyAConnectionFails) {
  server_.connect_error =
      Error{.code = Code::unreachable, .message = "refused", .hint = "start it"};
  const auto status = check_connection(workspace_, context_, "db");
  ASSERT_TRUE(status);
  ASSERT_TRUE(status->error);
  EXPECT_EQ(status->error->code, Code::unreachable);
  EXPECT_EQ(connections_text({&*status, 1}),
            "db (fake, read): fake:db\n  unreachable: refused\n  next: start it\n");
  EXPECT_EQ(code_of(check_connection(workspace_, context_, "nothing")), Code::not_found);
}

TEST_F(InspectTest, ExplainsAnythingButRunsOnlyWhatItMay) {
  EXPECT_TRUE(explain("SELECT 1"));
  EXPECT_TRUE(explain("DELETE t"));
  EXPECT_EQ(server_.runs, 0);
  EXPECT_TRUE(explain("SELECT 1", true));
  EXPECT_EQ(server_.runs, 1);
  EXPECT_EQ(code_of(explain("DELETE t", true)), Code::forbidden);
  EXPECT_TRUE(explain("DELETE t", true, "writable"));
  EXPECT_EQ(server_.runs, 1);
  EXPECT_EQ(server_.rollbacks, 1);
  EXPECT_EQ(code_of(explain("SELECT 1; SELECT 2")), Code::invalid_argument);
}

TEST_F(InspectTest, Diagnoses) {
  const auto all = diagnose(workspace_, context_, "db", "");
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, SizeIs(2));
  const auto wrong = diagnose(workspace_, context_, "db", "lock");
  ASSERT_EQ(code_of(wrong), Code::invalid_argument);
  EXPECT_THAT(wrong.error().hint, HasSubstr("locks"));
}

TEST_F(InspectTest, KeepsTheWorstFindingsOfAnArea) {
  for (int i = 0; i < 250; ++i)
    server_.findings.push_back({Severity::warning, "indexes", "t" + std::to_string(i), "none", ""});
  server_.findings.push_back({Severity::critical, "indexes", "bad", "invalid", ""});
  server_.findings.push_back({Severity::ok, "locks", "", "all is well", ""});
  const auto found = diagnose(workspace_, context_, "db", "");
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(kFindingsMax + 2));
  EXPECT_EQ(found->front().subject, "bad");
  EXPECT_EQ(found->at(kFindingsMax).area, "locks");
  EXPECT_EQ(found->back().message, "151 more findings, none worse than these, are left out");
}

TEST_F(InspectTest, CutsAPlanThatIsTooLong) {
  server_.plan_bytes = 2 << 20;
  const auto plan = explain("SELECT 1");
  ASSERT_TRUE(plan);
  EXPECT_LE(plan->text.size(), size_t{1} << 20);
  EXPECT_EQ(plan->json, "");
  ASSERT_THAT(plan->findings, SizeIs(3));
  EXPECT_THAT(plan->findings[2].message, HasSubstr("cut: by the limit of 1.0 MB"));
}

TEST_F(InspectTest, OperatesWithinTheTier) {
  ASSERT_TRUE(operate("locks"));
  EXPECT_THAT(sink_.rows, ElementsAre("a", "b"));
  EXPECT_TRUE(sink_.pages[0].truncated);
  EXPECT_EQ(code_of(operate("vacuum", R"({"table": "t"})", {}, "db")), Code::forbidden);
  EXPECT_EQ(code_of(operate("vacuum")), Code::invalid_argument);
  EXPECT_EQ(code_of(operate("vacuum", "[]")), Code::invalid_argument);
  EXPECT_EQ(code_of(operate("vacuum", "{")), Code::invalid_argument);
  const auto unknown = operate("vacum");
  ASSERT_EQ(code_of(unknown), Code::not_found);
  EXPECT_THAT(unknown.error().hint, HasSubstr("vacuum"));
}

TEST_F(InspectTest, SaysWhatAnOperationWouldHit) {
  server_.preview = Queries::Preview{.effects = {"that is 3 pages"}};
  const auto asked = operate("vacuum", R"({"table": "t"})");
  ASSERT_TRUE(asked && *asked);
  EXPECT_THAT((*asked)->dangers, ElementsAre("vacuum locks t", "that is 3 pages"));
  server_.preview = fail(Code::timeout, "slow");
  const auto late = operate("vacuum", R"({"table": "t"})");
  ASSERT_TRUE(late && *late);
  EXPECT_THAT((*late)->dangers, ElementsAre("vacuum locks t"));
  server_.preview = fail(Code::not_found, "no table t");
  EXPECT_EQ(code_of(operate("vacuum", R"({"table": "t"})")), Code::not_found);
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(InspectTest, ConfirmsAnOperation) {
  const auto asked = operate("vacuum", R"({"table": "t"})");
  ASSERT_TRUE(asked);
  ASSERT_TRUE(*asked);
  EXPECT_THAT((*asked)->dangers, ElementsAre("vacuum locks t"));
  EXPECT_EQ(code_of(operate("vacuum", R"({"table": "u"})", (*asked)->token)), Code::expired);
  const auto done = operate("vacuum", R"({ "table" : "t" })", (*asked)->token);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(*done);
  ASSERT_THAT(sink_.pages, SizeIs(1));
  EXPECT_EQ(sink_.pages[0].summary.command, "VACUUM");
}

TEST_F(InspectTest, RendersEachAnswer) {
  const auto status = check_connection(workspace_, context_, "db");
  ASSERT_TRUE(status);
  EXPECT_EQ(json_of([&](JsonWriter& out) {
              connections_json({&*status, 1}, out);
            })
                .at("connections")
                .at(0)
                .at("server")
                .at("granted"),
            "admin");
  const auto plan = explain("SELECT 1");
  ASSERT_TRUE(plan);
  const auto json = json_of([&](JsonWriter& out) { plan_json(*plan, out); });
  EXPECT_EQ(json.at("plan").at("scan"), true);
  // A line of stdio is a message: no answer may have a line break, however the engine prints.
  EXPECT_EQ(plan->json, R"({"scan":true,"cost":0.15})");
  EXPECT_EQ(json.at("findings").at(0).at("severity"), "warning");
  EXPECT_EQ(plan_text(*plan),
            "Scan of SELECT\n\nwarning plan t: full scan\n  next: add an index\n");
  const auto declared = operations(workspace_, context_, "db");
  ASSERT_TRUE(declared);
  const auto listed = json_of([&](JsonWriter& out) { operations_json(*declared, out); });
  EXPECT_EQ(listed.at("operations").at(1).at("confirm"), true);
  EXPECT_EQ(listed.at("operations").at(1).at("arguments").at("type"), "object");
  EXPECT_EQ(operations_text(*declared),
            "locks (read): Locks that are held.\n"
            "vacuum (write, to be confirmed): Gives unused pages back.\n"
            "  table (text, required): Which table.\n");
}

TEST(Render, AServerSaysWhoItIs) {
  ConnectionStatus status;
  status.name = "db";
  status.engine = "fake";
  status.url = "fake:db";
  status.elapsed_ms = 4;
  status.server =
      ServerInfo{.product = "Fake\n",
                 .version = "1.0",
                 .database = "d",
                 .user = "ada",
                 .transport = "plain",
                 .granted = Tier::write,
                 .findings = {{Severity::warning, "link", "", "not encrypted", "use TLS"}}};
  EXPECT_EQ(connections_text({&status, 1}),
            "db (fake, read): fake:db\n"
            "  Fake\\n 1.0, database d, user ada, plain, grants write, 4 ms\n"
            "  warning link: not encrypted\n"
            "    next: use TLS\n");
}

TEST(Render, TheWorstFindingComesFirst) {
  const Finding findings[] = {{Severity::ok, "a", "", "fine", ""},
                              {Severity::critical, "b", "t", "bad", "mend it"}};
  EXPECT_EQ(findings_text(findings), "critical b t: bad\n  next: mend it\nok a: fine\n");
}

}  // namespace
}  // namespace dbops::ops
