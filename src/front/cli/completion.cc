#include "front/cli/completion.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "front/cli/environment.h"
#include "ops/explore.h"

namespace dbops::cli {
namespace {

constexpr auto kBeforeRelation = std::to_array<std::string_view>(
    {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "TRUNCATE", "VIEW"});

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '"' || static_cast<unsigned char>(c) >= 0x80;
}

// The words of a text, a comma as one of its own; what is not a word ends one.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && (word_character(text[end]) || text[end] == '.')) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    if (end == i && (text[i] == ',' || text[i] == '(')) words.push_back(text.substr(i, 1));
    i = std::max(end, i + 1);
  }
  return words;
}

bool starts_alike(std::string_view word, std::string_view beginning) {
  return word.size() >= beginning.size() &&
         same_ignoring_case(word.substr(0, beginning.size()), beginning);
}

// The last part of a dotted name.
std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// What `qualifier` stands for in the text: itself, or the relation it is an alias of.
std::string_view resolve_alias(std::string_view qualifier, std::string_view text) {
  const auto words = words_of(text);
  for (size_t i = 1; i < words.size(); ++i) {
    if (!same_ignoring_case(words[i], qualifier)) continue;
    if (!same_ignoring_case(words[i - 1], "AS")) return last_part(words[i - 1]);
    if (i >= 2) return last_part(words[i - 2]);
  }
  return qualifier;
}

bool wants_relation(std::string_view before) {
  const auto words = words_of(before);
  if (words.empty()) return false;
  return std::any_of(kBeforeRelation.begin(), kBeforeRelation.end(), [&](std::string_view keyword) {
    return same_ignoring_case(words.back(), keyword);
  });
}

class Collector {
 public:
  explicit Collector(std::string_view beginning) : beginning_(beginning) {}
  void offer(const std::string& word) {
    if (starts_alike(word, beginning_)) found_.insert(word);
  }
  void offer_keyword(std::string_view word) {
    if (beginning_.empty() || !starts_alike(word, beginning_)) return;
    const bool small = beginning_[0] >= 'a' && beginning_[0] <= 'z';
    found_.insert(small ? lower(word) : std::string(word));
  }
  std::vector<std::string> take() const { return {found_.begin(), found_.end()}; }

 private:
  const std::string_view beginning_;
  std::set<std::string> found_;
};

void offer_members(std::string_view qualifier, std::string_view before, const Names& names,
                   Collector& out) {
  for (const Names::Relation& relation : names.relations())
    if (same_ignoring_case(relation.schema, qualifier)) out.offer(relation.name);
  const std::string_view name = resolve_alias(qualifier, before);
  for (const Names::Relation& relation : names.relations())
    if (same_ignoring_case(relation.name, name))
      for (const std::string& column : relation.columns) out.offer(column);
}

}  // namespace

void Names::add(const Item& item, const Dialect& dialect) {
  if (item.path.empty()) return;
  const std::string name = dialect.quote(item.path.back());
  if (item.kind == "schema") {
    schemas_.insert(name);
  } else if (item.kind == "column") {
    const auto found = index_.find({item.path.begin(), item.path.end() - 1});
    if (found != index_.end()) relations_[found->second].columns.push_back(name);
  } else if (item.kind.ends_with("function") || item.kind.ends_with("procedure")) {
    functions_.insert(name);
  } else if (item.kind.find("table") != std::string::npos ||
             item.kind.find("view") != std::string::npos) {
    index_[item.path] = relations_.size();
    relations_.push_back({item.path.size() > 1 ? dialect.quote(item.path.front()) : "", name, {}});
  }
}

void Names::load(ops::Workspace& workspace, const Connection& connection) {
  relations_.clear();
  schemas_.clear();
  functions_.clear();
  index_.clear();
  watch_ = Stopwatch();
  loaded_ = true;
  Context context = local_context();
  context.deadline = Deadline::after(kCompletionTime);
  ops::ExploreRequest request;
  request.connection = connection.name();
  request.pattern = "*";
  request.detail = ops::Detail::names;
  request.limit = ops::kExploreItemsMax;
  for (size_t read = 0; read < kCompletionItems;) {
    const auto page = ops::explore(workspace, context, request);
    if (!page) return;
    for (const Item& item : page->items) add(item, connection.connector().dialect());
    read += page->items.size();
    if (page->cursor.empty()) return;
    request.cursor = page->cursor;
  }
}

Completions complete_statement(std::string_view before, const Names& names,
                               const std::vector<std::string_view>& keywords) {
  size_t start = before.size();
  while (start > 0 && word_character(before[start - 1])) --start;
  const std::string_view beginning = before.substr(start);
  Collector out(beginning);
  if (start > 0 && before[start - 1] == '.') {
    size_t from = start - 1;
    while (from > 0 && word_character(before[from - 1])) --from;
    offer_members(before.substr(from, start - 1 - from), before, names, out);
    return {beginning.size(), out.take()};
  }
  const bool relation_wanted = wants_relation(before.substr(0, start));
  for (const Names::Relation& relation : names.relations()) {
    out.offer(relation.name);
    if (relation_wanted || beginning.empty()) continue;
    for (const std::string& column : relation.columns) out.offer(column);
  }
  for (const std::string& schema : names.schemas()) out.offer(schema + ".");
  if (relation_wanted) return {beginning.size(), out.take()};
  for (const std::string& function : names.functions()) out.offer(function);
  for (const std::string_view keyword : keywords) out.offer_keyword(keyword);
  return {beginning.size(), out.take()};
}

Completions complete_word(std::string_view before, const std::vector<std::string>& words) {
  const size_t start = before.find_last_of(" \t") + 1;  // Of npos as well: that is 0.
  Collector out(before.substr(start));
  for (const std::string& word : words) out.offer(word);
  return {before.size() - start, out.take()};
}

}  // namespace dbops::cli
