#include "connectors/mongodb/statement.h"

#include "base/text.h"

#include "connectors/mongodb/target.h"

namespace dbops::mongodb {
namespace {

constexpr std::string_view kHint =
    R"(write a database command, such as {"find": "movies", "filter": {"year": 1999}, "limit": 10})";

tl::unexpected<Error> wrong(std::string message, size_t at) {
  return fail(Error{.code = Code::syntax,
                    .message = std::move(message),
                    .hint = std::string(kHint),
                    .position = at + 1});
}

bool between(char c) { return c == ' ' || c == ';' || (c >= '\t' && c <= '\r'); }

}  // namespace

Result<std::optional<Piece>> next_piece(std::string_view text, size_t& at) {
  while (at < text.size() && between(text[at])) ++at;
  if (at == text.size()) return std::nullopt;
  const size_t begin = at;
  if (text[begin] != '{') return wrong("a command is a JSON object, and this is none", begin);
  size_t depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      ++at;
      return Piece{begin, at - begin};
    }
  }
  return wrong(quoted ? "a string is not closed" : "the command is not closed: a } is missing",
               text.size() - 1);
}

Result<std::string> take_database(Bson& command, const std::string& fallback) {
  bson_iter_t found;
  if (!find_field(*command, "$db", found)) return fallback;
  std::string name(text_of(found));
  if (name.empty() || name.size() > kDatabaseBytesMax ||
      name.find_first_of(std::string_view("/\\. \"$\0", 7)) != std::string::npos)
    return fail(Code::invalid_argument, "\"$db\" must be the name of a database");
  Bson rest;
  bson_copy_to_excluding_noinit(command.get(), rest.get(), "$db", nullptr);
  command = std::move(rest);
  return name;
}

}  // namespace dbops::mongodb
