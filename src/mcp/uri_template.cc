// RFC 6570 as far as resource templates use it, turned round: from a URI to the variables.
#include "base/bytes.h"
#include "base/text.h"
#include "mcp/resources.h"

namespace dbops::mcp {
namespace {

// nullopt for a `%` that no two hex digits follow, and for what is not UTF-8 when decoded.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = decode_hex(lower(text.substr(i + 1, 2)));
    if (!byte || byte->size() != 1) return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  if (!valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

// One expression or the literal text before it. Templates are declared here, and well formed.
struct Part {
  std::string_view literal;
  std::string_view variable;  // Empty: the template ends with the literal.
  bool rest = false;          // `{+name}`
};

Part take_part(std::string_view& text) {
  Part part;
  const size_t open = text.find('{');
  part.literal = text.substr(0, open);
  if (open == std::string_view::npos) {
    text = {};
    return part;
  }
  const size_t close = text.find('}', open);
  part.variable = text.substr(open + 1, close - open - 1);
  text.remove_prefix(close + 1);
  part.rest = part.variable.starts_with('+');
  if (part.rest) part.variable.remove_prefix(1);
  return part;
}

}  // namespace

std::optional<Variables> match_template(std::string_view uri_template, std::string_view uri) {
  Variables variables;
  while (!uri_template.empty()) {
    const Part part = take_part(uri_template);
    if (!uri.starts_with(part.literal)) return std::nullopt;
    uri.remove_prefix(part.literal.size());
    if (part.variable.empty()) break;
    const size_t length = part.rest ? uri.size() : std::min(uri.find('/'), uri.size());
    if (length == 0 && !part.rest) return std::nullopt;
    auto value = percent_decode(uri.substr(0, length));
    if (!value) return std::nullopt;
    variables.insert_or_assign(std::string(part.variable), std::move(*value));
    uri.remove_prefix(length);
  }
  if (!uri.empty()) return std::nullopt;
  return variables;
}

std::vector<std::string> variables_of(std::string_view uri_template) {
  std::vector<std::string> names;
  while (!uri_template.empty())
    if (const Part part = take_part(uri_template); !part.variable.empty())
      names.emplace_back(part.variable);
  return names;
}

}  // namespace dbops::mcp
