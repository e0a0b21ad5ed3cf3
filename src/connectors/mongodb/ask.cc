#include "connectors/mongodb/ask.h"

#include "base/json.h"
#include "base/text.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {

std::string quoted(std::string_view text) {
  std::string result;
  JsonWriter(result).string(text);
  return result;
}

Result<Bson> ask(const Context& context, Link& link, const std::string& database,
                 const std::string& command) {
  DBOPS_ASSIGN(const Bson parsed, parse_document(command));
  return link.call(context, database, *parsed, {.adds = Link::Adds::nothing, .time_limit = true});
}

Result<Cursor> ask_cursor(const Context& context, Link& link, const std::string& database,
                          const std::string& command) {
  DBOPS_ASSIGN(Bson reply, ask(context, link, database, command));
  if (!Cursor::holds_cursor(*reply))
    return fail(Code::protocol, "the server answered no cursor where one was asked for");
  return Result<Cursor>(tl::in_place, link, std::move(reply));
}

std::string shown_json(const bson_t& document) {
  std::string text;
  if (!append_json(text, document, JsonForm::relaxed)) return {};
  return escape_control(text);
}

std::string shown_json(const bson_t& parent, const char* path) {
  bson_iter_t found;
  bson_t inner;
  std::string text;
  if (!find_field(parent, path, found) || !view_document(found, inner) ||
      !append_json(text, found, JsonForm::relaxed))
    return {};
  return escape_control(text);
}

bool lacks(const Error& error) {
  return !error.session_broken &&
         (error.code == Code::denied || error.code == Code::unsupported ||
          error.code == Code::syntax || error.code == Code::data || error.code == Code::not_found);
}

}  // namespace dbops::mongodb
