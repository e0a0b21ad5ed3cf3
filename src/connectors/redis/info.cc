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

std::vector<std::pair<std::string, std::string>> Info::starting(std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (auto at = fields_.lower_bound(prefix); at != fields_.end() && at->first.starts_with(prefix);
       ++at)
    found.emplace_back(at->first.substr(prefix.size()), at->second);
  return found;
}

std::string part_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name)
      return std::string(part.substr(equals + 1));
  }
  return {};
}

Result<Info> ask_info(const Context& context, Link& link, std::string_view section) {
  DBOPS_ASSIGN(const RespReply reply,
               link.ask(context, std::array<std::string_view, 2>{"INFO", section}));
  return Info::parse(reply.texts);
}

}  // namespace dbops::redis
