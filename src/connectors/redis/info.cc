#include "connectors/redis/info.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace dbops::redis {
namespace {

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Info Info::parse(std::string_view text) {
  Info info;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with('#')) continue;
    info.fields_.emplace(line.substr(0, colon), escape_control(line.substr(colon + 1)));
  }
  return info;
}

std::string Info::text(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::string() : found->second;
}

std::optional<int64_t> Info::integer(std::string_view name) const {
  return number<int64_t>(text(name));
}

std::optional<double> Info::real(std::string_view name) const { return number<double>(text(name)); }

Result<Info> ask_info(const Context& context, Link& link, std::string_view section) {
  DBOPS_ASSIGN(const RespReply reply,
               link.ask(context, std::array<std::string_view, 2>{"INFO", section}));
  return Info::parse(reply.texts);
}

}  // namespace dbops::redis
