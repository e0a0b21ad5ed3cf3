#include "connectors/elasticsearch/removals.h"

#include "base/text.h"
#include "connectors/elasticsearch/paths.h"
#include "wire/json_scan.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 64;    // of a name in a message
constexpr size_t kListedBytes = 500;  // of all names in a question

std::string shown(string_view name) { return escape_control(shorten(name, kShownBytes)); }

tl::unexpected<Error> by_pattern(string_view name) {
  return fail(Code::forbidden,
              "refused: what is deleted is named, and " + shown(name) + " is a pattern",
              "list what is there with explore, and name each that is to go");
}

// A list of names, any of which may be a pattern.
bool is_pattern(string_view list) {
  if (list.find('*') != string_view::npos) return true;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (list.substr(at, end - at) == "_all") return true;
    at = end + 1;
  }
  return false;
}

// Every text in it, however it is nested: {"index": "a"}, {"indices": ["a", "b"]}.
void collect_texts(const JsonView& value, std::vector<std::string>& texts) {
  if (value.is_string()) texts.push_back(value.string());
  for (const JsonView& each : value.elements()) collect_texts(each, texts);
  for (const auto& [key, each] : value.members()) collect_texts(each, texts);
}

void collect_removed(const JsonView& value, std::vector<std::string>& names) {
  for (const JsonView& each : value.elements()) collect_removed(each, names);
  for (const auto& [key, each] : value.members())
    key == "remove_index" ? collect_texts(each, names) : collect_removed(each, names);
}

// REQUIRES: the path is one that can be split.
bool is_aliases(string_view path) {
  const auto parts = split_target(path);
  return parts && *parts == std::vector<std::string>{"_aliases"};
}

std::vector<std::string> removed(string_view body) {
  std::vector<std::string> names;
  while (body.find_first_not_of(" \t\r\n") != string_view::npos) {
    const auto taken = JsonScan::measure(body);
    if (!taken) break;  // The server does not take it either.
    collect_removed(JsonView::trust(body.substr(0, *taken)), names);
    body.remove_prefix(*taken);
  }
  return names;
}

}  // namespace

Result<void> check_named(const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (is_pattern(part)) return by_pattern(part);
  return {};
}

Result<void> check_removals(string_view path, string_view body) {
  if (!is_aliases(path)) return {};
  if (!query_value(path, "source").empty())
    return fail(Code::forbidden, "refused: what _aliases does stands in its body",
                "write the actions behind the path, not into it");
  for (const std::string& name : removed(body))
    if (is_pattern(name)) return by_pattern(name);
  return {};
}

std::string removed_by(string_view path, string_view body) {
  if (!is_aliases(path)) return {};
  std::string names;
  for (const std::string& name : removed(body)) names += (names.empty() ? "" : ", ") + shown(name);
  if (names.empty()) return {};
  return "this removes the index " + shorten(names, kListedBytes) + " with all its documents";
}

}  // namespace dbops::elasticsearch
