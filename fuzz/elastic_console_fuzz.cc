// A script falls into pieces that lie in it one behind the other, and each piece by itself is the
// same piece again: nothing can hide behind the end of another, or change what is judged.
// Parameters in its body change neither, and what is removed is named.
#include "connectors/elasticsearch/body_parameters.h"
#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/dialect.h"
#include "connectors/elasticsearch/endpoints.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/removals.h"
#include "fuzz/check.h"
#include "wire/json_view.h"

using namespace dbops;
using namespace dbops::elasticsearch;

namespace {

// Each place is filled by what it was: the same bytes again. By something else it is as many values
// of JSON as before.
void check_binding(const Piece& piece) {
  Parameters same;
  Parameters other;
  for (const std::string_view text : {"$1", "$2", "$3"}) {
    same.add({}, Value::text(text));
    other.add({}, Value::text("\"}, {\"$1\": [\n\\"));
    const auto bound = bind_body(piece.body, same);
    check(!bound || *bound == piece.body);
    const auto changed = bind_body(piece.body, other);
    check(changed.has_value() == bound.has_value());
    if (!changed) continue;
    const std::string request = "POST /x " + *changed;
    size_t at = 0;
    const auto again = next_piece(request, at);
    check(again && *again && (*again)->values == piece.values && (*again)->body == *changed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(as_text(data, size));
  const auto script = dialect().parse(text);
  if (!script) {
    check(!script.error().position || *script.error().position <= size + 1);
    return 0;
  }
  size_t end = 0;
  for (size_t i = 0; i < script->statements.size(); ++i) {
    const Statement& statement = script->statements[i];
    check(statement.offset >= end && statement.size > 0);
    end = statement.offset + statement.size;
    check(end <= text.size());
    size_t at = 0;
    const auto alone = next_piece(script->statement_text(i), at);
    check(alone && *alone && (*alone)->size == statement.size);
    const Piece& piece = **alone;
    check(!next_piece(script->statement_text(i), at)->has_value());
    if (piece.language != Language::console) {
      check(statement.tier == Tier::read);
      placeholders(script->statement_text(i), piece.language);
      continue;
    }
    check_binding(piece);
    check(check_removals(piece.path, piece.body).has_value());
    const std::string removed = removed_by(piece.path, piece.body);
    check(removed.find('*') == std::string::npos && (removed.empty() || !statement.danger.empty()));
    const auto again = classify(piece.method, piece.path);
    check(again && again->tier == statement.tier);
    check(again->reason.empty() == (again->tier == Tier::read));
    check(piece.values != 1 || JsonView::parse(piece.body).has_value());
    const auto parts = split_target(piece.path);
    check(parts.has_value());
    for (const std::string& part : *parts)
      check(split_target("/" + encode_segment(part)).value().at(0) == part);
  }
  return 0;
}
