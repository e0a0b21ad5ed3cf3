#include "connectors/elasticsearch/paths.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 64;  // of a path in a message

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> decode_component(string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return out;
}

Result<std::vector<std::string>> split_target(string_view path) {
  const auto bad = [&] {
    return fail(Code::invalid_argument,
                "the path " + escape_control(shorten(path, kShownBytes)) + " is no plain path",
                "write each part once, without . and .., other characters percent-encoded");
  };
  path = path.substr(0, path.find('?'));
  std::vector<std::string> parts;
  if (path == "/") return parts;
  if (!path.starts_with('/')) return bad();
  for (size_t at = 1; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    auto part = decode_component(path.substr(at, end - at));
    if (!part || part->empty() || *part == "." || *part == "..") return bad();
    parts.push_back(*std::move(part));
    at = end + 1;
  }
  return parts;
}

std::string encode_segment(string_view name) {
  constexpr string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       string_view("-_.*,").find(c) != string_view::npos;
    if (plain)
      out.push_back(c);
    else
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out.empty() ? "%20" : out;
}

std::string query_value(string_view path, string_view name) {
  const size_t mark = path.find('?');
  if (mark == string_view::npos) return {};
  for (size_t at = mark + 1; at <= path.size();) {
    const size_t end = std::min(path.find('&', at), path.size());
    const string_view pair = path.substr(at, end - at);
    const size_t equals = std::min(pair.find('='), pair.size());
    if (decode_component(pair.substr(0, equals)) == name)
      return decode_component(pair.substr(std::min(equals + 1, pair.size()))).value_or("");
    at = end + 1;
  }
  return {};
}

}  // namespace dbops::elasticsearch
