#include <map>

#include "base/text.h"
#include "core/dialect.h"
#include "ops/explore.h"

namespace dbops::ops {
namespace {

constexpr size_t kCommentBytesMax = 200;          // bytes of a comment in a line
constexpr size_t kDefinitionBytesMax = 16 << 10;  // bytes of a definition; the JSON has it whole
constexpr size_t kLabelsMax = 12;                 // values of an enum type

// What a server says, in one line: nothing in it can start a line of its own or move a cursor.
std::string shown(std::string_view text, size_t bytes_max = kDefinitionBytesMax) {
  return escape_control(shorten(text, bytes_max));
}

std::string shown_path(const std::vector<std::string>& path) {
  return escape_control(format_path(path));
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ", ";
    text += shown(word);
  }
  return text;
}

std::string comment(const std::string& text) {
  return text.empty() ? std::string() : " -- " + shown(text, kCommentBytesMax);
}

// "flights (table, ~336,776 rows, 48 MB) -- comment"
std::string headline(const Item& item) {
  std::string line = shown_path(item.path) + " (" + shown(item.kind);
  if (item.rows)
    line += std::string(item.rows_exact ? ", " : ", ~") + format_count(*item.rows) +
            (*item.rows == 1 ? " row" : " rows");
  if (item.bytes && *item.bytes >= 0)
    line += ", " + format_bytes(static_cast<uint64_t>(*item.bytes));
  line += ')';
  if (!item.signature.empty()) line += ' ' + shown(item.signature);
  return line + comment(item.comment);
}

std::string type_of(const ColumnInfo& column) {
  std::string text = shown(column.type);
  if (column.labels.empty()) return text;
  text += '{';
  for (size_t i = 0; i < column.labels.size() && i < kLabelsMax; ++i)
    text += (i == 0 ? "" : ", ") + shown(column.labels[i]);
  if (column.labels.size() > kLabelsMax)
    text += ", +" + std::to_string(column.labels.size() - kLabelsMax) + " more";
  return text + '}';
}

// "airlines.carrier", or "t(a, b)" for several columns.
std::string far_end(const ForeignKey& key) {
  auto path = key.other_path;
  if (key.other_columns.size() != 1) return shown_path(path) + '(' + join(key.other_columns) + ')';
  path.push_back(key.other_columns.front());
  return shown_path(path);
}

std::string near_end(const ForeignKey& key) {
  return key.columns.size() == 1 ? shown(key.columns.front()) : '(' + join(key.columns) + ')';
}

// Columns in one line: "id int pk, carrier text -> airlines.carrier, (a, b) -> t(a, b)".
std::string columns_line(const Description& table) {
  std::map<std::string_view, std::string> ends;
  for (const ForeignKey& key : table.references)
    if (key.columns.size() == 1) ends[key.columns.front()] += " -> " + far_end(key);
  std::string line;
  for (const ColumnInfo& column : table.columns) {
    if (!line.empty()) line += ", ";
    line += format_path({column.name});
    if (!column.type.empty()) line += ' ' + type_of(column);
    if (table.primary_key.size() == 1 && table.primary_key.front() == column.name) line += " pk";
    if (const auto end = ends.find(column.name); end != ends.end()) line += end->second;
  }
  if (table.primary_key.size() > 1) line += ", pk (" + join(table.primary_key) + ')';
  for (const ForeignKey& key : table.references)
    if (key.columns.size() > 1) line += ", " + near_end(key) + " -> " + far_end(key);
  return escape_control(line);
}

void add_names(std::string& text, const Description& thing) {
  text += headline(thing.item) + '\n';
  if (thing.columns.empty()) return;
  text += "  ";
  for (const ColumnInfo& column : thing.columns)
    text += (&column == thing.columns.data() ? "" : ", ") + shown_path({column.name});
  text += '\n';
}

void add_summary(std::string& text, const Description& thing) {
  text += headline(thing.item) + '\n';
  if (!thing.columns.empty()) text += "  " + columns_line(thing) + '\n';
}

void add_columns(std::string& text, const Description& thing) {
  if (thing.columns.empty()) return;
  text += "columns:\n";
  for (const ColumnInfo& column : thing.columns) {
    text += "  " + shown_path({column.name});
    if (!column.type.empty()) text += ' ' + type_of(column);
    if (!column.nullable) text += " not null";
    if (!column.fallback.empty()) text += " default " + shown(column.fallback);
    if (!column.generated.empty()) text += " generated " + shown(column.generated);
    text += comment(column.comment) + '\n';
  }
}

void add_indexes(std::string& text, const Description& thing) {
  if (thing.indexes.empty()) return;
  text += "indexes:\n";
  for (const IndexInfo& index : thing.indexes) {
    text += "  " + shown_path({index.name});
    if (index.primary) text += " primary";
    if (index.unique && !index.primary) text += " unique";
    if (!index.method.empty()) text += ' ' + shown(index.method);
    text += " (" + join(index.columns) + ')';
    if (!index.condition.empty()) text += " where " + shown(index.condition);
    if (index.bytes && *index.bytes >= 0)
      text += ", " + format_bytes(static_cast<uint64_t>(*index.bytes));
    if (!index.valid) text += ", INVALID";
    text += '\n';
  }
}

void add_keys(std::string& text, std::string_view title, std::string_view arrow,
              const std::vector<ForeignKey>& keys) {
  if (keys.empty()) return;
  text.append(title).append(":\n");
  for (const ForeignKey& key : keys) {
    text.append("  ").append(near_end(key)).append(arrow).append(far_end(key));
    if (!key.on_delete.empty()) text += " on delete " + lower(shown(key.on_delete));
    if (!key.on_update.empty()) text += " on update " + lower(shown(key.on_update));
    if (!key.name.empty()) text += " (" + shown(key.name) + ')';
    text += '\n';
  }
}

// Several lines, each behind a margin, so that none of them passes for a line of this text.
void add_definition(std::string& text, const std::string& definition) {
  if (definition.empty()) return;
  text += "definition:\n";
  std::string cut = shorten(definition, kDefinitionBytesMax);
  while (cut.ends_with('\n')) cut.pop_back();
  for (size_t begin = 0; begin <= cut.size();) {
    const size_t end = std::min(cut.find('\n', begin), cut.size());
    text += "  | " + escape_control(std::string_view(cut).substr(begin, end - begin)) + '\n';
    begin = end + 1;
  }
  if (definition.size() > kDefinitionBytesMax)
    text +=
        "  (" + format_bytes(definition.size()) + " in all; the structured answer has it whole)\n";
}

void add_full(std::string& text, const Description& thing) {
  text += headline(thing.item) + '\n';
  for (const auto& [name, value] : thing.properties)
    text += shown(name) + ": " + shown(value) + '\n';
  add_columns(text, thing);
  if (!thing.primary_key.empty()) text += "primary key: " + join(thing.primary_key) + '\n';
  add_indexes(text, thing);
  add_keys(text, "references", " -> ", thing.references);
  add_keys(text, "referenced by", " <- ", thing.referenced_by);
  for (const Feature& feature : thing.features) {
    text += shown(feature.kind);
    if (!feature.name.empty()) text += ' ' + shown(feature.name);
    if (!feature.text.empty()) text += ": " + shown(feature.text);
    text += '\n';
  }
  add_definition(text, thing.definition);
}

void add_description(std::string& text, Detail detail, const Description& thing) {
  switch (detail) {
    case Detail::names:
      return add_names(text, thing);
    case Detail::summary:
      return add_summary(text, thing);
    case Detail::full:
      return add_full(text, thing);
  }
}

}  // namespace

std::string explore_text(const Exploration& exploration) {
  std::string text;
  if (exploration.subject) add_description(text, exploration.detail, *exploration.subject);
  std::map<std::vector<std::string>, const Description*> described;
  for (const Description& one : exploration.descriptions) described.emplace(one.item.path, &one);
  for (const Item& item : exploration.items) {
    if (exploration.detail == Detail::full && !text.empty()) text += '\n';
    const auto found = described.find(item.path);
    if (found != described.end() && found->second->item.kind == item.kind)
      add_description(text, exploration.detail, *found->second);
    else
      text += headline(item) + '\n';
  }
  if (!exploration.subject && exploration.items.empty()) text += "# nothing here\n";
  if (exploration.truncated)
    text += "# " + format_count(static_cast<int64_t>(exploration.items.size())) +
            " shown, there are more: go on with cursor " + exploration.cursor + '\n';
  return text;
}

}  // namespace dbops::ops
