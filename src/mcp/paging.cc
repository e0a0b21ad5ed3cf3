#include "mcp/paging.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/bytes.h"

namespace dbops::mcp {
namespace {

std::string make_cursor(std::string_view key, size_t offset) {
  return base64(std::string(key) + ":" + std::to_string(offset));
}

// nullopt for what make_cursor() does not make for a list of this length.
std::optional<size_t> read_cursor(std::string_view cursor, std::string_view key, size_t count) {
  const auto decoded = decode_base64(cursor);
  if (!decoded) return std::nullopt;
  std::string_view text = *decoded;
  if (!text.starts_with(key) || text.substr(key.size(), 1) != ":") return std::nullopt;
  text.remove_prefix(key.size() + 1);
  size_t offset = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  if (offset == 0 || offset >= count || offset % kListPage != 0) return std::nullopt;
  return offset;
}

}  // namespace

Outcome write_page(const Call& call, std::string_view key, size_t count,
                   const std::function<void(size_t)>& write_item, JsonWriter& result) {
  size_t begin = 0;
  if (const boost::json::value* cursor = member(call.params(), "cursor")) {
    const auto offset = cursor->is_string() ? read_cursor(cursor->get_string(), key, count)
                                            : std::optional<size_t>();
    if (!offset) return refuse(kInvalidParams, "this cursor was not handed out here");
    begin = *offset;
  }
  const size_t end = std::min(begin + kListPage, count);
  result.key(key).begin_array();
  for (size_t i = begin; i < end; ++i) write_item(i);
  result.end_array();
  if (end < count) result.member("nextCursor", make_cursor(key, end));
  return std::nullopt;
}

}  // namespace dbops::mcp
