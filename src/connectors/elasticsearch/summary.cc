#include "connectors/elasticsearch/summary.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/errors.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kWarningBytes = 500;  // of the server's words

// Asked for beside the hits, or in place of them.
constexpr auto kResults =
    std::to_array<string_view>({"aggregations", "suggest", "profile", "matches", "error"});

// {"value": x} as x: an aggregation of one number.
string_view only_value(const JsonView& aggregation) {
  const auto members = aggregation.members();
  if (members.size() == 1 && members[0].first == "value") return members[0].second.text();
  return aggregation.text();
}

void append_member(std::string& object, string_view key, string_view value) {
  object += object.empty() ? "{" : ",";
  JsonWriter(object).string(key);
  object.append(":").append(value);
}

std::string closed(const std::string& object) { return object.empty() ? "{}" : object + '}'; }

// A row with a member for each of an object's, numbers by themselves.
std::string row_of(const JsonView& object) {
  std::string row;
  for (const auto& [key, value] : object.members()) append_member(row, key, only_value(value));
  return closed(row);
}

}  // namespace

std::string warning_words(string_view header) {
  const size_t begin = header.find('"');
  const size_t end = header.rfind('"');
  if (begin == string_view::npos || end == begin) return {};
  std::string words;
  for (const char c : header.substr(begin + 1, end - begin - 1))
    if (c != '\\') words.push_back(c);
  return escape_control(shorten(words, kWarningBytes));
}

bool Members::add(std::string key, const JsonView& value) {
  bytes_ += key.size() + value.text().size();
  all_.emplace_back(std::move(key), value.text());
  return bytes_ <= kWholeBytesMax;
}

void Members::count_item(const JsonView& item) {
  ++items_;
  const JsonView error = item["error"];
  if (error.is_null()) return;
  if (failed_items_++ == 0)
    first_failure_ =
        item_error(static_cast<int>(item["status"].integer().value_or(0)), error).message;
}

std::string Members::take(string_view key) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.first == key; });
  if (found == all_.end()) return "null";
  std::string value = std::move(found->second);
  bytes_ -= key.size() + value.size();
  all_.erase(found);
  return value;
}

JsonView Members::find(string_view key) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.first == key; });
  return found == all_.end() ? JsonView() : JsonView::trust(found->second);
}

bool Members::has_result() const {
  return std::any_of(kResults.begin(), kResults.end(),
                     [&](string_view key) { return !find(key).is_null(); });
}

std::vector<std::string> Members::take_rows() {
  const JsonView aggregations = find("aggregations");
  if (aggregations.is_object()) {
    const auto members = aggregations.members();
    std::vector<std::string> rows;
    if (members.size() == 1 && members[0].second["buckets"].is_array()) {
      for (const JsonView& bucket : members[0].second["buckets"].elements())
        rows.push_back(row_of(bucket));
      return rows;
    }
    return {row_of(aggregations)};
  }
  std::string row;
  for (const auto& [key, value] : all_) append_member(row, key, value);
  return {closed(row)};
}

void Members::note_page(PageEnd& end) {
  for (auto& [key, value] : all_) {
    const JsonView view = JsonView::trust(value);
    if (key == "_scroll_id")
      end.scroll_id = view.string();
    else if (key == "pit_id")
      end.pit_id = view.string();
    else if (key == "cursor")
      end.cursor = view.string();
  }
  if (find("cursor").is_null()) end.cursor.clear();
  // Each page tells them again.
  if (!end.scroll_id.empty() || !end.pit_id.empty() || !end.cursor.empty()) {
    all_.clear();
    bytes_ = 0;
  }
}

void Members::count_changes(Summary& summary) const {
  if (items_ > 0) {
    summary.affected = items_ - failed_items_;
    return;
  }
  const std::string result = find("result").string();
  if (result == "created" || result == "updated" || result == "deleted")
    summary.affected = 1;
  else if (result == "noop" || result == "not_found")
    summary.affected = 0;
  int64_t changed = 0;
  bool counted = false;
  for (const char* key : {"created", "updated", "deleted"})
    if (const auto number = find(key).integer()) {
      changed += *number;
      counted = true;
    }
  if (counted) summary.affected = static_cast<uint64_t>(changed);
}

void Members::summarize(Summary& summary, bool writes, uint64_t rows, bool searched) const {
  const auto warn = [&](std::string text) { summary.warnings.push_back(std::move(text)); };
  if (writes) count_changes(summary);
  if (failed_items_ > 0)
    warn(std::to_string(failed_items_) + " of " + std::to_string(items_) +
         " items failed, the first one: " + first_failure_);
  if (find("timed_out").is_true()) warn("the server ran out of time: the answer is not complete");
  if (find("is_partial").is_true()) warn("the answer is partial: parts of the cluster failed");
  const JsonView shards = find("_shards");
  if (shards["failed"].integer().value_or(0) > 0) {
    const auto failures = shards["failures"].elements();
    warn(std::to_string(*shards["failed"].integer()) + " of " +
         std::to_string(shards["total"].integer().value_or(0)) + " shards failed" +
         (failures.empty() ? "" : ": " + item_error(0, failures[0]["reason"]).message));
  }
  if (!searched || rows == 0) return;
  for (const string_view key : {"aggregations", "suggest", "profile"})
    if (!find(key).is_null())
      warn("the answer has " + std::string(key) + ", too: set \"size\" to 0 to read them");
  const JsonView total = find("hits.total");
  const auto matches = (total.is_object() ? total["value"] : total).integer();
  if (matches && *matches > static_cast<int64_t>(rows))
    warn((total["relation"].string() == "gte" ? "at least " : "") + format_count(*matches) +
         " documents match; set size, or read all with ?scroll=1m or the operation scan");
}

}  // namespace dbops::elasticsearch
