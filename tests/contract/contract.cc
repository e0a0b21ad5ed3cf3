#include "contract/contract.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>

#include "base/value_text.h"

namespace dbops {

void PrintTo(const Error& error, std::ostream* out) {
  *out << name(error.code) << ": " << error.message << " | " << error.hint;
}

namespace contract {

std::chrono::milliseconds stop_max() {
  constexpr double kQuiet = kSanitized ? 1000 : 200;  // ms
  double load = 0;
  const double cores = std::max(1U, std::thread::hardware_concurrency());
  if (getloadavg(&load, 1) != 1) load = 0;
  return std::chrono::milliseconds(static_cast<int64_t>(kQuiet * std::max(1.0, load / cores)));
}

std::string text_of(const Value& value) {
  if (value.is_null()) return "NULL";
  std::string text;
  append_text(text, value);
  return text;
}

Result<std::vector<Answer>> run(const Context& context, Session& session, const Script& script,
                                const Parameters& parameters, Mode mode) {
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, parameters, mode));
  std::vector<Answer> answers;
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(Stream * stream, results->next(context));
    if (stream == nullptr) return answers;
    Answer answer{.schema = stream->schema(), .rows = {}, .summary = {}};
    for (;;) {
      DBOPS_ASSIGN(const bool more, stream->next(context, batch));
      if (!more) break;
      for (size_t i = 0; i < batch.rows(); ++i) {
        Row& row = answer.rows.emplace_back();
        for (const Value& cell : batch.row(i)) row.push_back(text_of(cell));
      }
    }
    answer.summary = stream->summary();
    answers.push_back(std::move(answer));
  }
}

std::string numbers_up_to(size_t count) {
  std::string text;
  for (size_t i = 1; i <= count; ++i) text += (i == 1 ? "" : ",") + std::to_string(i);
  return text;
}

Later::Later(std::chrono::milliseconds delay, std::function<void()> task)
    : thread_([delay, task = std::move(task)] {
        Context context;
        context.deadline = Deadline::after(delay);
        const Cancel never = Cancel::create();
        EXPECT_FALSE(context.wait(never.fd(), POLLIN));  // Ends at the deadline.
        task();
      }) {}

Row cells(const Answer& answer) {
  Row all;
  for (const Row& row : answer.rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}

void Contract::SetUp() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string_view test = info->name();
  const std::string_view suite = info->test_suite_name();
  for (const Deviation& deviation : quirks().deviations)
    if (test.substr(0, test.find('/')) == deviation.test ||
        suite.substr(suite.find('/') + 1) == deviation.test)
      GTEST_SKIP() << deviation.reason;
  sandbox_ = quirks().sandbox();
  const auto session = connect(Tier::admin);
  must(run(*session, statements().setup, Mode::write));
}

std::unique_ptr<Session> Contract::connect(Tier tier) const {
  Context context;
  context.tier = tier;
  return must(quirks().connector.connect(context, sandbox().options(tier)));
}

Result<std::vector<Answer>> Contract::run(Session& session, std::string_view text, Mode mode,
                                          const Context& context) const {
  DBOPS_ASSIGN(const Script script, dialect().parse(text));
  return contract::run(context, session, script, {}, mode);
}

std::vector<Row> Contract::read(Session& session, std::string_view text) const {
  auto answers = must(run(session, text));
  if (answers.size() != 1) throw std::runtime_error("one statement answers one result");
  return std::move(answers.front().rows);
}

std::vector<Row> Contract::state() const {
  const auto session = connect(Tier::read);
  std::vector<Row> rows;
  for (const Answer& answer : must(run(*session, statements().state)))
    rows.insert(rows.end(), answer.rows.begin(), answer.rows.end());
  return rows;
}

std::string Contract::script_of(const std::vector<std::string>& texts) const {
  std::string script;
  for (const std::string& text : texts)
    script += (script.empty() ? "" : statements().separator) + text;
  return script;
}

void Contract::expect_works_after_stop(std::unique_ptr<Session> session, Stopped stopped) const {
  if (stopped == Stopped::awaiting || quirks().idle_link_may_live.empty()) {
    EXPECT_EQ(session->broken(), !quirks().stop_ends_link.empty());
  }
  if (session->broken()) session = connect(Tier::read);
  EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
}

std::vector<std::string> Contract::path(std::string name) const {
  std::vector<std::string> path = quirks().root;
  path.push_back(std::move(name));
  return path;
}

}  // namespace contract
}  // namespace dbops
