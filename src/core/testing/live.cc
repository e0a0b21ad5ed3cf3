#include "core/testing/live.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <cstdlib>

#include "base/json.h"
#include "base/value_text.h"

namespace dbops {

std::string server_url(const char* variable, std::string_view script, std::string nowhere) {
  const char* url = std::getenv(variable);
  if (url != nullptr) return url;
  ADD_FAILURE() << variable << " is not set: tests/servers/" << script << " starts a server";
  return nowhere;
}

std::string show(const Value& value) {
  if (value.is_null()) return "null";
  std::string text;
  append_text(text, value);
  return text;
}

Result<std::string> read_all(const Context& context, Stream& stream) {
  std::string shown;
  for (Batch batch;;) {
    DBOPS_ASSIGN(const bool more, stream.next(context, batch));
    if (!more) return shown;
    for (size_t i = 0; i < batch.rows(); ++i) {
      shown += shown.empty() ? "" : "\n";
      for (size_t c = 0; c < batch.columns(); ++c)
        shown.append(c > 0 ? "|" : "").append(show(batch.row(i)[c]));
    }
  }
}

Result<std::string> run(const Connector& connector, Session& session, std::string_view text,
                        Mode mode, const Context& context) {
  DBOPS_ASSIGN(const Script script, connector.dialect().parse(text));
  const Parameters none;
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, none, mode));
  std::string all;
  for (;;) {
    DBOPS_ASSIGN(Stream * stream, results->next(context));
    if (stream == nullptr) return all;
    DBOPS_ASSIGN(const std::string shown, read_all(context, *stream));
    all.append(all.empty() ? "" : "\n").append(shown);
  }
}

Result<std::string> operate(const Connector& connector, Session& session,
                            std::string_view operation, std::string_view arguments) {
  const auto all = connector.operations();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Operation& each) { return each.name == operation; });
  if (found == all.end()) return fail(Code::not_found, std::string(operation));
  DBOPS_ASSIGN(const boost::json::value given, parse_json(arguments));
  DBOPS_ASSIGN(Arguments read, read_arguments(found->arguments, given.as_object()));
  DBOPS_ASSIGN(const auto stream, found->run({}, session, std::move(read)));
  return read_all({}, *stream);
}

}  // namespace dbops
