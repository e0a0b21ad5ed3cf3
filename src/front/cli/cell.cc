#include "front/cli/cell.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/value_text.h"

namespace dbops::cli {
namespace {

void append_bytes(std::string& out, std::string_view bytes) {
  out += "\\x";
  out += hex(bytes.substr(0, kShownBytesMax));
  if (bytes.size() > kShownBytesMax) out += "… (" + format_bytes(bytes.size()) + ")";
}

}  // namespace

void append_cell(std::string& out, const Value& cell) {
  if (cell.is_null()) {
    out += kNullText;
  } else if (cell.kind() == Kind::bytes) {
    append_bytes(out, cell.as_text());
  } else {
    append_text(out, cell);
  }
}

bool is_number(Kind kind) noexcept {
  return kind == Kind::integer || kind == Kind::real || kind == Kind::decimal;
}

}  // namespace dbops::cli
