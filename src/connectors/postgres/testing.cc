#include "connectors/postgres/testing.h"

#include <boost/json.hpp>
#include <cstdlib>
#include <utility>

#include "net/url.h"

namespace dbops::postgres {

std::string server_url(const char* variable) {
  const char* url = std::getenv(variable);
  if (!url) ADD_FAILURE() << variable << " is not set: run ./test postgres";
  return url ? url : "postgresql://127.0.0.1:1/none";
}

uint16_t server_port(const char* variable) {
  const auto url = Url::parse(server_url(variable));
  return url && !url->hosts.empty() ? url->hosts[0].port.value_or(5432) : uint16_t{1};
}

std::string server_url_at(uint16_t port) {
  std::string url = server_url();
  const std::string from = ':' + std::to_string(server_port());
  const size_t at = url.find(from, url.find('@'));
  return at == std::string::npos ? url : url.replace(at, from.size(), ':' + std::to_string(port));
}

ConnectionOptions options_for(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "test";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return options;
}

Context context_of(std::chrono::milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  context.cancel = Cancel::create();
  return context;
}

std::unique_ptr<Session> open_session(Tier tier, const std::string& url) {
  auto session = connector().connect(context_of(), options_for(url, tier));
  EXPECT_TRUE(session) << session.error().message;
  return session ? std::move(*session) : nullptr;
}

std::string show(const Value& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

Parameters values(std::initializer_list<Value> list) {
  Parameters parameters;
  for (const Value& value : list) parameters.add("", value);
  return parameters;
}

Result<std::vector<Row>> read_all(Stream& stream) {
  std::vector<Row> rows;
  Batch batch;
  const Context context = context_of();
  for (;;) {
    DBOPS_ASSIGN(const bool more, stream.next(context, batch));
    if (!more) return rows;
    for (size_t i = 0; i < batch.rows(); ++i) {
      Row& row = rows.emplace_back();
      for (const Value& cell : batch.row(i)) row.push_back(show(cell));
    }
  }
}

Result<Answer> try_run(Session& session, std::string_view text, Mode mode,
                       const Parameters& parameters, const Context& context) {
  DBOPS_ASSIGN(const Script script, connector().dialect().parse(text));
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, parameters, mode));
  Answer answer;
  for (;;) {
    DBOPS_ASSIGN(Stream * stream, results->next(context));
    if (!stream) return answer;
    answer.schemas.push_back(stream->schema());
    DBOPS_ASSIGN(std::vector<Row> rows, read_all(*stream));
    answer.rows.push_back(std::move(rows));
    answer.summaries.push_back(stream->summary());
  }
}

Answer run(Session& session, std::string_view text, Mode mode, const Parameters& parameters) {
  auto answer = try_run(session, text, mode, parameters);
  EXPECT_TRUE(answer) << text.substr(0, 200) << ": " << answer.error().message << " at "
                      << answer.error().position.value_or(0);
  return answer ? std::move(*answer) : Answer();
}

std::string one(Session& session, std::string_view text, const Parameters& parameters) {
  const Answer answer = run(session, text, Mode::read, parameters);
  if (answer.rows.empty() || answer.rows[0].size() != 1 || answer.rows[0][0].size() != 1) {
    ADD_FAILURE() << text << " did not answer one cell";
    return {};
  }
  return answer.rows[0][0][0];
}

Result<std::vector<Row>> operate(Session& session, std::string_view name,
                                 std::string_view arguments) {
  for (const Operation& operation : connector().operations()) {
    if (operation.name != name) continue;
    DBOPS_ASSIGN(const auto json, parse_json(arguments));
    DBOPS_ASSIGN(Arguments given, read_arguments(operation.arguments, json.as_object()));
    DBOPS_ASSIGN(const auto stream, operation.run(context_of(), session, std::move(given)));
    return read_all(*stream);
  }
  return fail(Code::not_found, "no such operation");
}

Scratch::Scratch(std::string name) : name_(std::move(name)), session_(open_session(Tier::admin)) {
  write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE");
  write("CREATE SCHEMA " + name_);
}

Scratch::~Scratch() { write("DROP SCHEMA IF EXISTS " + name_ + " CASCADE"); }

}  // namespace dbops::postgres
