#include <map>

#include "core/dialect.h"
#include "ops/explore.h"

namespace dbops::ops {
namespace {

void optional_text(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.member(name, text);
}

void texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& list) {
  if (list.empty()) return;
  out.key(name).begin_array();
  for (const std::string& text : list) out.string(text);
  out.end_array();
}

// Members, into an object that is open.
void item_members(JsonWriter& out, const Item& item) {
  out.member("kind", item.kind);
  if (!item.path.empty()) out.member("name", item.path.back());
  out.member("path", format_path(item.path));
  optional_text(out, "signature", item.signature);
  optional_text(out, "comment", item.comment);
  if (item.rows) out.member("rows", *item.rows).member("rows_exact", item.rows_exact);
  if (item.bytes) out.member("bytes", *item.bytes);
}

void columns(JsonWriter& out, const std::vector<ColumnInfo>& list) {
  if (list.empty()) return;
  out.key("columns").begin_array();
  for (const ColumnInfo& column : list) {
    out.begin_object().member("name", column.name);
    optional_text(out, "type", column.type);
    out.member("nullable", column.nullable);
    optional_text(out, "default", column.fallback);
    optional_text(out, "generated", column.generated);
    optional_text(out, "comment", column.comment);
    texts(out, "labels", column.labels);
    out.end_object();
  }
  out.end_array();
}

void indexes(JsonWriter& out, const std::vector<IndexInfo>& list) {
  if (list.empty()) return;
  out.key("indexes").begin_array();
  for (const IndexInfo& index : list) {
    out.begin_object().member("name", index.name);
    texts(out, "columns", index.columns);
    out.member("unique", index.unique).member("primary", index.primary);
    out.member("valid", index.valid);
    optional_text(out, "method", index.method);
    optional_text(out, "condition", index.condition);
    if (index.bytes) out.member("bytes", *index.bytes);
    out.end_object();
  }
  out.end_array();
}

void keys(JsonWriter& out, std::string_view name, const std::vector<ForeignKey>& list) {
  if (list.empty()) return;
  out.key(name).begin_array();
  for (const ForeignKey& key : list) {
    out.begin_object();
    optional_text(out, "name", key.name);
    texts(out, "columns", key.columns);
    out.member("other_path", format_path(key.other_path));
    texts(out, "other_columns", key.other_columns);
    optional_text(out, "on_delete", key.on_delete);
    optional_text(out, "on_update", key.on_update);
    out.end_object();
  }
  out.end_array();
}

void features(JsonWriter& out, const std::vector<Feature>& list) {
  if (list.empty()) return;
  out.key("features").begin_array();
  for (const Feature& feature : list) {
    out.begin_object().member("kind", feature.kind);
    optional_text(out, "name", feature.name);
    optional_text(out, "text", feature.text);
    out.end_object();
  }
  out.end_array();
}

// A summary has what a statement is written from, so that it stays small; full has all.
void description_members(JsonWriter& out, Detail detail, const Description& thing) {
  item_members(out, thing.item);
  columns(out, thing.columns);
  texts(out, "primary_key", thing.primary_key);
  keys(out, "references", thing.references);
  if (detail != Detail::full) return;
  keys(out, "referenced_by", thing.referenced_by);
  indexes(out, thing.indexes);
  features(out, thing.features);
  if (!thing.properties.empty()) {
    // A list, for a server may name a property twice.
    out.key("properties").begin_array();
    for (const auto& [name, value] : thing.properties)
      out.begin_object().member("name", name).member("value", value).end_object();
    out.end_array();
  }
  optional_text(out, "definition", thing.definition);
}

std::string_view name(Detail detail) {
  switch (detail) {
    case Detail::names:
      return "names";
    case Detail::summary:
      return "summary";
    case Detail::full:
      return "full";
  }
  return "summary";
}

}  // namespace

void explore_json(const Exploration& exploration, JsonWriter& out) {
  out.begin_object();
  if (!exploration.path.empty()) out.member("path", format_path(exploration.path));
  out.member("detail", name(exploration.detail));
  if (exploration.subject) {
    out.key("subject").begin_object();
    description_members(out, exploration.detail, *exploration.subject);
    out.end_object();
  }
  std::map<std::vector<std::string>, const Description*> described;
  for (const Description& one : exploration.descriptions) described.emplace(one.item.path, &one);
  out.key("items").begin_array();
  for (const Item& item : exploration.items) {
    out.begin_object();
    const auto found = described.find(item.path);
    if (found != described.end() && found->second->item.kind == item.kind)
      description_members(out, exploration.detail, *found->second);
    else
      item_members(out, item);
    out.end_object();
  }
  out.end_array().member("truncated", exploration.truncated);
  optional_text(out, "cursor", exploration.cursor);
  out.member("elapsed_ms", exploration.elapsed_ms).end_object();
}

}  // namespace dbops::ops
