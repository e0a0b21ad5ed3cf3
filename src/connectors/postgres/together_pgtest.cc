// Reads of several callers in one transaction, whose end is what the server says last.
#include <algorithm>
#include <array>

#include "base/time.h"
#include "connectors/postgres/testing.h"
#include "gate/gate.h"

namespace dbops::postgres {
namespace {

using Answers = Result<std::vector<std::unique_ptr<Results>>>;

// As the server tells it where a serializable transaction can't be committed: behind all rows, and
// before it is ready again.
std::string commit_failure() {
  using namespace std::string_view_literals;
  constexpr std::string_view kFields = "SERROR\0VERROR\0C40001\0Mcould not serialize access\0\0"sv;
  constexpr auto kLength = static_cast<char>(kFields.size() + 4);
  return std::string("E\0\0\0"sv).append(1, kLength).append(kFields);
}
constexpr uint64_t kReadyBytes = 6;  // of ReadyForQuery, the last of an answer

class Together : public testing::Test {
 protected:
  void connect() {
    session_ = open_session(Tier::read, server_url_at(gate_.port()) + "?sslmode=disable");
  }
  Answers ask() {
    const Queries::Read read{.script = &script_, .parameters = &none_};
    const std::array reads{read, read, read};
    return session_->queries()->run_together(context_of(), reads);
  }
  static bool all_in(const Answers& answers) {
    return answers && std::all_of(answers->begin(), answers->end(),
                                  [](const auto& each) { return each != nullptr; });
  }
  static bool none_in(const Answers& answers) {
    return !answers || std::all_of(answers->begin(), answers->end(),
                                   [](const auto& each) { return each == nullptr; });
  }
  uint64_t received() const { return gate_.counts().to_client; }

  gate::Gate gate_{server_port()};
  const Script script_ = *connector().dialect().parse("select 7");
  const Parameters none_{};
  std::unique_ptr<Session> session_;
};

// A machine that is slow once may give up the group, hence the loop.
TEST_F(Together, NoAnswerCountsWhereTheCommitFails) {
  const Deadline patience = Deadline::after(std::chrono::seconds(60));
  std::string said;
  while (said != "40001") {
    ASSERT_FALSE(patience.passed()) << said;
    connect();
    if (!all_in(ask())) continue;  // Parsed by then.
    const uint64_t before = received();
    if (!all_in(ask())) continue;
    gate_.arm({.action = gate::Action::edit,
               .after = received() - before - kReadyBytes,
               .put_in = commit_failure()});
    const Answers answers = ask();
    ASSERT_TRUE(none_in(answers));
    if (!answers) said = answers.error().native_code;
    gate_.flow();
  }
  EXPECT_FALSE(session_->broken());
  EXPECT_EQ(one(*session_, "select 8"), "8");
}

}  // namespace
}  // namespace dbops::postgres
