#include "connectors/postgres/copy_text.h"

#include <array>

#include "base/bytes.h"
#include "base/value_text.h"

namespace dbops::postgres {
namespace {

constexpr auto kSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : {'\\', '\n', '\r', '\t', '\0'}) special[static_cast<unsigned char>(c)] = true;
  return special;
}();

// False for a NUL.
bool append_escaped(std::string& out, std::string_view text) {
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!kSpecial[static_cast<unsigned char>(c)]) continue;
    if (c == '\0') return false;
    out.append(text, copied, at - copied).append(1, '\\');
    out += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
    copied = at + 1;
  }
  out.append(text, copied);
  return true;
}

void append_bytea(std::string& out, std::string_view bytes) { out += "\\x" + hex(bytes); }

// {1,"a b",NULL}, nested for lists of lists.
void append_array(std::string& out, std::span<const Value> items) {
  out += '{';
  for (const Value& item : items) {
    if (&item != items.data()) out += ',';
    if (item.is_null()) {
      out += "NULL";
      continue;
    }
    if (item.kind() == Kind::list) {
      append_array(out, item.as_items());
      continue;
    }
    std::string text;
    if (item.kind() == Kind::bytes)
      append_bytea(text, item.as_text());
    else
      append_text(text, item);
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  out += '}';
}

bool append_cell(std::string& out, const Value& cell, ListForm form) {
  std::string text;
  switch (cell.kind()) {
    case Kind::null:
      out += "\\N";
      return true;
    case Kind::boolean:
      out += cell.as_boolean() ? 't' : 'f';
      return true;
    case Kind::integer:
    case Kind::real:
      append_text(out, cell);
      return true;
    case Kind::bytes:
      out += '\\';  // Escapes the one of the hex form.
      append_bytea(out, cell.as_text());
      return true;
    case Kind::list:
      if (form == ListForm::array) {
        append_array(text, cell.as_items());
        return append_escaped(out, text);
      }
      [[fallthrough]];
    case Kind::map:
      append_text(text, cell);
      return append_escaped(out, text);
    default:
      return append_escaped(out, cell.as_text());
  }
}

}  // namespace

Result<void> append_copy_row(std::string& out, std::span<const Value> cells,
                             std::span<const ListForm> forms, size_t& column) {
  const size_t before = out.size();
  for (column = 0; column < cells.size(); ++column) {
    if (column > 0) out += '\t';
    if (append_cell(out, cells[column], forms[column])) continue;
    out.resize(before);
    return fail(Code::data, "a NUL character, which PostgreSQL can't hold in a text",
                "take it out, or load the column as bytes");
  }
  out += '\n';
  return {};
}

}  // namespace dbops::postgres
