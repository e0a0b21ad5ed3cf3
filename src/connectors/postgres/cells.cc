#include "connectors/postgres/cells.h"

#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace dbops::postgres {
namespace {

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Value decode_bytes(std::string_view text, Arena& arena) {
  if (!text.starts_with("\\x")) return Value::view(Kind::bytes, arena.copy(text));
  text.remove_prefix(2);
  auto* bytes = static_cast<char*>(arena.allocate(text.size() / 2 + 1));
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes[i / 2] = static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return Value::view(Kind::bytes, {bytes, text.size() / 2});
}

}  // namespace

Value decode(const CellType& type, std::string_view text, bool trusted, Arena& arena) {
  switch (type.kind) {
    case Kind::boolean:
      return Value::boolean(text == "t");
    case Kind::integer: {
      int64_t number = 0;
      if (read_number(text, number)) return Value::integer(number);
      break;
    }
    case Kind::real: {
      double number = 0;
      if (read_number(text, number)) return Value::real(number);
      break;
    }
    case Kind::bytes:
      return decode_bytes(text, arena);
    case Kind::list: {
      const Value list = decode_array(type, text, trusted, arena);
      if (!list.is_null()) return list;
      break;
    }
    default:
      if (!trusted && !valid_utf8(text)) return Value::view(Kind::bytes, arena.copy(text));
      return Value::view(type.kind, arena.copy(text));
  }
  return Value::text(arena.copy(text));
}

}  // namespace dbops::postgres
