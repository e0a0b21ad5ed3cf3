// What the tests against a real server share. Each works in a schema of its own.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/sanitized.h"
#include "connectors/postgres/connector.h"

namespace dbops::postgres {

// How long a call may still take once it was cancelled or its deadline has passed.
inline constexpr std::chrono::milliseconds kStopMax{kSanitized ? 1000 : 200};

// The server's URL from the environment; fails the test where there is none.
std::string server_url(const char* variable = "DBOPS_TEST_PG");
// The same server, reached by another port of 127.0.0.1.
std::string server_url_at(uint16_t port);
uint16_t server_port(const char* variable = "DBOPS_TEST_PG");

ConnectionOptions options_for(std::string url, Tier tier = Tier::read);
Context context_of(std::chrono::milliseconds span = std::chrono::seconds(60));
std::unique_ptr<Session> open_session(Tier tier = Tier::read,
                                      const std::string& url = server_url());

using Row = std::vector<std::string>;  // Cells as JSON.

// Everything one script said, statement by statement.
struct Answer {
  std::vector<Schema> schemas;
  std::vector<std::vector<Row>> rows;
  std::vector<Summary> summaries;
};

Result<Answer> try_run(Session& session, std::string_view text, Mode mode = Mode::read,
                       const Parameters& parameters = {}, const Context& context = context_of());
// The same, which must succeed.
Answer run(Session& session, std::string_view text, Mode mode = Mode::read,
           const Parameters& parameters = {});
// The only cell of the only row.
std::string one(Session& session, std::string_view text, const Parameters& parameters = {});
// Everything that is left of a stream.
Result<std::vector<Row>> read_all(Stream& stream);
// One of the connector's operations, with its arguments as JSON.
Result<std::vector<Row>> operate(Session& session, std::string_view name,
                                 std::string_view arguments = "{}");

std::string show(const Value& value);
Parameters values(std::initializer_list<Value> list);

// A schema of one test alone, with a session of the admin tier; dropped at its end.
class Scratch {
 public:
  explicit Scratch(std::string name);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void write(std::string_view text) { run(*session_, text, Mode::write); }
  Session& session() { return *session_; }

 private:
  const std::string name_;
  std::unique_ptr<Session> session_;
};

}  // namespace dbops::postgres
