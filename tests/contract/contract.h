// The suite's fixture and what its tests share.
#pragma once

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/sanitized.h"
#include "contract/quirks.h"
#include "core/connections.h"

namespace dbops {

// For GoogleTest's messages.
void PrintTo(const Error& error, std::ostream* out);
inline void PrintTo(Code code, std::ostream* out) { *out << name(code); }
inline void PrintTo(Effect effect, std::ostream* out) { *out << name(effect); }
inline void PrintTo(Tier tier, std::ostream* out) { *out << name(tier); }

namespace contract {

// How long a call may still take once it was cancelled or its deadline has passed: 200 ms, and in
// proportion more where each core is shared by several runnable threads (the load of this minute).
std::chrono::milliseconds stop_max();

using Row = std::vector<std::string>;  // Cells as text; NULL as "NULL".

// Results borrow their parameters, so that a temporary won't do.
inline const Parameters kNoParameters;

// What one statement answered.
struct Answer {
  Schema schema;
  std::vector<Row> rows;
  Summary summary;
};

// The value, or an exception that fails the test with what went wrong.
template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  throw std::runtime_error(std::string(name(result.error().code)) + ": " + result.error().message +
                           " | " + result.error().hint);
}
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

// A capability that every engine must have.
template <class T>
T& have(T* capability) {
  if (capability == nullptr) throw std::runtime_error("the session lacks the capability");
  return *capability;
}

// Runs a script that is parsed already and reads all that it answers.
Result<std::vector<Answer>> run(const Context& context, Session& session, const Script& script,
                                const Parameters& parameters, Mode mode);

std::string text_of(const Value& value);

// All cells of an answer, whatever rows they stand in.
Row cells(const Answer& answer);

// Does something on another thread after a while.
class Later {
 public:
  Later(std::chrono::milliseconds delay, std::function<void()> task);
  ~Later() { thread_.join(); }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

 private:
  std::thread thread_;
};

// One fresh database for each test, and short ways to use it.
class Contract : public testing::TestWithParam<const Quirks*> {
 protected:
  // Skips the test where the engine's quirks say that it makes no sense.
  void SetUp() override;

  const Quirks& quirks() const { return *GetParam(); }
  const Statements& statements() const { return quirks().statements; }
  const Dialect& dialect() const { return quirks().connector.dialect(); }
  const Sandbox& sandbox() const { return *sandbox_; }

  std::unique_ptr<Session> connect(Tier tier) const;
  Script parse(std::string_view text) const { return must(dialect().parse(text)); }

  // One script, from text to rows.
  Result<std::vector<Answer>> run(Session& session, std::string_view text, Mode mode = Mode::read,
                                  const Context& context = {}) const;
  // The rows of a script of one read.
  std::vector<Row> read(Session& session, std::string_view text) const;
  // What is in the database now, by a session of its own.
  std::vector<Row> state() const;
  // The path of something that stands beside items.
  std::vector<std::string> path(std::string name) const;
  // Statements as one script.
  std::string script_of(const std::vector<std::string>& texts) const;
  // That a session is as it must be after a call was stopped, and that the next call works: on the
  // session, or on a new one where the engine ends the link with the call.
  enum class Stopped : uint8_t { awaiting, between_replies };
  void expect_works_after_stop(std::unique_ptr<Session> session,
                               Stopped stopped = Stopped::awaiting) const;

 private:
  std::unique_ptr<Sandbox> sandbox_;
};

// For engines with tables.
class Tables : public Contract {};

// For engines that take back what a script has done.
class Transactions : public Contract {};

}  // namespace contract
}  // namespace dbops
