// What the tests against a real server share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "connectors/postgres/connector.h"
#include "core/policy.h"

namespace dbops::postgres {

// The server's URL; fails the test where there is none.
inline std::string server_url(const char* variable = "DBOPS_TEST_PG") {
  const char* url = std::getenv(variable);
  if (!url) ADD_FAILURE() << variable << " is not set: run ./test postgres";
  return url ? url : "postgresql://127.0.0.1:1/none";
}

// The same URL with another query parameter.
inline std::string with(std::string url, const std::string& parameter) {
  return url + (url.find('?') == std::string::npos ? '?' : '&') + parameter;
}

inline ConnectionOptions options_for(std::string url, Tier tier = Tier::read) {
  ConnectionOptions options;
  options.name = "test";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return options;
}

inline Context context_of(std::chrono::milliseconds span = std::chrono::seconds(30)) {
  Context context;
  context.deadline = Deadline::after(span);
  context.cancel = Cancel::create();
  return context;
}

inline std::unique_ptr<Session> open_session(Tier tier = Tier::read,
                                             const std::string& url = server_url()) {
  auto session = connector().connect(context_of(), options_for(url, tier));
  EXPECT_TRUE(session) << session.error().message;
  return session ? std::move(*session) : nullptr;
}

inline std::string show(const Value& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

// Everything one script said, statement by statement, cells as JSON.
struct Answer {
  std::vector<Schema> schemas;
  std::vector<std::vector<std::vector<std::string>>> rows;
  std::vector<Summary> summaries;
};

inline Result<Answer> try_run(Session& session, std::string_view text, Mode mode = Mode::read,
                              const Parameters& parameters = {},
                              const Context& context = context_of()) {
  DBOPS_ASSIGN(const Script script, connector().dialect().parse(text));
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, parameters, mode));
  Answer answer;
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(Stream * stream, results->next(context));
    if (!stream) return answer;
    answer.schemas.push_back(stream->schema());
    auto& rows = answer.rows.emplace_back();
    for (;;) {
      DBOPS_ASSIGN(const bool more, stream->next(context, batch));
      if (!more) break;
      for (size_t i = 0; i < batch.rows(); ++i) {
        auto& row = rows.emplace_back();
        for (const Value& cell : batch.row(i)) row.push_back(show(cell));
      }
    }
    answer.summaries.push_back(stream->summary());
  }
}

inline Answer run(Session& session, std::string_view text, Mode mode = Mode::read,
                  const Parameters& parameters = {}) {
  auto answer = try_run(session, text, mode, parameters);
  EXPECT_TRUE(answer) << text.substr(0, 200) << ": " << answer.error().message;
  return answer ? std::move(*answer) : Answer();
}

// The only cell of the only row; "" with a failure where there isn't just one.
inline std::string one(Session& session, std::string_view text, const Parameters& parameters = {}) {
  const Answer answer = run(session, text, Mode::read, parameters);
  if (answer.rows.empty() || answer.rows[0].size() != 1 || answer.rows[0][0].size() != 1) {
    ADD_FAILURE() << text << " did not answer one cell";
    return {};
  }
  return answer.rows[0][0][0];
}

inline Parameters values(std::initializer_list<Value> list) {
  Parameters parameters;
  for (const Value& value : list) parameters.add("", value);
  return parameters;
}

// A schema of this test alone, dropped at its end.
class Scratch {
 public:
  explicit Scratch(std::string name) : name_(std::move(name)), session_(open_session(Tier::admin)) {
    write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE");
    write("CREATE SCHEMA " + name_);
  }
  ~Scratch() { write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE"); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void write(std::string_view text) { run(*session_, text, Mode::write); }
  Session& session() { return *session_; }

 private:
  const std::string name_;
  std::unique_ptr<Session> session_;
};

}  // namespace dbops::postgres
