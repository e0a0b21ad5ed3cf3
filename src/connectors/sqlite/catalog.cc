#include "connectors/sqlite/catalog.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connectors/sqlite/ddl.h"
#include "connectors/sqlite/matcher.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/sizes.h"

namespace dbops::sqlite {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (&word == &words[0] ? "" : ", ") + word;
  return text;
}

Item make_item(std::string kind, std::vector<std::string> path) {
  Item item;
  item.kind = std::move(kind);
  item.path = std::move(path);
  return item;
}

// Takes the items from `offset` on until `limit` are there, and sees one more.
class Page {
 public:
  explicit Page(const Catalog::Search& search) : skip_(search.offset), limit_(search.limit) {}
  // True while more are wanted.
  bool add(Item item) {
    if (skip_ > 0) return --skip_, true;
    if (listing_.items.size() == limit_) return !(listing_.truncated = true);
    listing_.items.push_back(std::move(item));
    return true;
  }
  bool full() const { return listing_.truncated; }
  Catalog::Listing take() { return std::move(listing_); }

 private:
  Catalog::Listing listing_;
  size_t skip_;
  size_t limit_;
};

Item column_item(const std::string& relation, const ColumnFacts& column) {
  Item item = make_item("column", {relation, column.info.name});
  item.signature = column.info.type;
  if (!column.info.nullable) item.signature += item.signature.empty() ? "not null" : " not null";
  if (column.primary > 0) item.signature += item.signature.empty() ? "primary key" : " primary key";
  if (column.generated) item.signature += item.signature.empty() ? "generated" : " generated";
  return item;
}

Item index_item(const IndexInfo& index, const std::string& table) {
  Item item = make_item("index", {index.name});
  item.signature =
      std::string(index.unique ? "unique " : "") + "on " + table + " (" + join(index.columns) + ")";
  return item;
}

void list_columns(const std::string& relation, const std::vector<ColumnFacts>& columns,
                  const Matcher& matcher, Page& page) {
  for (const ColumnFacts& column : columns)
    if (!column.hidden && matcher.matches(column.info.name) &&
        !page.add(column_item(relation, column)))
      return;
}

// Indexes and triggers, of one table or of all.
Result<void> list_others(Database& database, const std::string& table, const Matcher& matcher,
                         Page& page) {
  DBOPS_ASSIGN(
      Rows rows,
      database.ask(
          "SELECT type, name, tbl_name FROM sqlite_schema WHERE type IN ('index','trigger') "
          "AND (?1 = '' OR tbl_name = ?1) AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
          "ORDER BY type, name",
          table));
  while (!page.full()) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return {};
    if (!matcher.matches(rows.text(1))) continue;
    Item item = make_item(rows.text(0), {rows.text(1)});
    item.signature = "on " + rows.text(2);
    page.add(std::move(item));
  }
  return {};
}

class Describer {
 public:
  Describer(Database& database, Sizes sizes) : database_(database), sizes_(std::move(sizes)) {}

  Result<Description> describe(const Target& target) {
    switch (target.type) {
      case Target::Type::database:
        return describe_database();
      case Target::Type::relation:
        return describe_relation(target.relation);
      case Target::Type::column:
        return describe_column(target);
      case Target::Type::index:
        return describe_index(target);
      case Target::Type::trigger:
        break;
    }
    Description trigger;
    trigger.item = make_item("trigger", {target.name});
    trigger.item.signature = "on " + target.relation.name;
    DBOPS_ASSIGN(trigger.definition, definition(database_, "trigger", target.name));
    return trigger;
  }

 private:
  Result<Description> describe_database() {
    Description file;
    file.item = make_item("schema", {"main"});
    file.properties.emplace_back("file", database_.location().path);
    for (const char* pragma : {"page_size", "page_count", "encoding", "journal_mode",
                               "user_version", "application_id"}) {
      DBOPS_ASSIGN(std::string value, database_.ask_text(std::string("PRAGMA ") + pragma));
      file.properties.emplace_back(pragma, std::move(value));
    }
    DBOPS_ASSIGN(const int64_t bytes,
                 database_.ask_integer(
                     "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
    file.item.bytes = bytes;
    return file;
  }

  Result<Description> describe_column(const Target& target) {
    DBOPS_ASSIGN(Description whole, describe_relation(target.relation));
    Description column;
    DBOPS_ASSIGN(const auto facts, columns(database_, target.relation));
    for (const ColumnFacts& each : facts)
      if (each.info.name == target.name) column.item = column_item(target.relation.name, each);
    for (ColumnInfo& each : whole.columns)
      if (each.name == target.name) column.columns.push_back(std::move(each));
    const auto has = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), target.name) != names.end();
    };
    for (IndexInfo& each : whole.indexes)
      if (has(each.columns)) column.indexes.push_back(std::move(each));
    for (ForeignKey& each : whole.references)
      if (has(each.columns)) column.references.push_back(std::move(each));
    for (ForeignKey& each : whole.referenced_by)
      if (has(each.columns)) column.referenced_by.push_back(std::move(each));
    return column;
  }

  Result<Description> describe_index(const Target& target) {
    Description found;
    DBOPS_ASSIGN(auto all, indexes(database_, target.relation.name));
    for (IndexInfo& each : all) {
      if (each.name != target.name) continue;
      each.bytes = sizes_.bytes(each.name);
      found.item = index_item(each, target.relation.name);
      found.item.bytes = each.bytes;
      found.indexes.push_back(std::move(each));
    }
    DBOPS_ASSIGN(found.definition, definition(database_, "index", target.name));
    return found;
  }

  Result<Description> describe_relation(const Relation& relation) {
    Description found;
    found.item = make_item(relation.kind, {relation.name});
    const bool view = relation.kind == "view";
    DBOPS_ASSIGN(found.definition, definition(database_, view ? "view" : "table", relation.name));
    const TableText text = view ? TableText{} : read_table_text(found.definition);
    auto facts = columns(database_, relation);
    if (!facts) {
      // A view over what is gone, or a virtual table whose module isn't there, still has a text.
      found.properties.emplace_back("broken", facts.error().message);
      return found;
    }
    add_columns(*facts, text, found);
    if (view) {
      DBOPS_TRY(add_triggers(relation.name, found));
      return found;
    }
    const auto counted = sizes_.rows(relation.name, Sizes::kDescribedRowsMax);
    found.item.rows = counted.rows;
    found.item.rows_exact = counted.exact;
    found.item.comment = text.comment;
    if (text.strict) found.properties.emplace_back("strict", "true");
    if (text.without_rowid) found.properties.emplace_back("without rowid", "true");
    if (text.autoincrement) found.properties.emplace_back("autoincrement", "true");
    DBOPS_TRY(add_indexes(relation.name, found));
    DBOPS_TRY(add_links(relation.name, text, found));
    for (const auto& check : text.checks)
      found.features.push_back({"check", check.name, check.expression});
    DBOPS_TRY(add_triggers(relation.name, found));
    return found;
  }

  static void add_columns(std::vector<ColumnFacts>& facts, const TableText& text,
                          Description& found) {
    std::vector<std::pair<int64_t, std::string>> key;
    for (ColumnFacts& column : facts) {
      if (column.primary > 0) key.emplace_back(column.primary, column.info.name);
      if (column.hidden) continue;
      for (const TableText::Column& each : text.columns) {
        if (!same_ignoring_case(each.name, column.info.name)) continue;
        if (column.generated) column.info.generated = each.generated;
        column.info.comment = each.comment;
        if (!each.collation.empty() && !same_ignoring_case(each.collation, "BINARY"))
          column.info.type +=
              (column.info.type.empty() ? "collate " : " collate ") + each.collation;
      }
      found.columns.push_back(std::move(column.info));
    }
    std::sort(key.begin(), key.end());
    for (auto& [place, name] : key) found.primary_key.push_back(std::move(name));
  }

  Result<void> add_indexes(const std::string& table, Description& found) {
    DBOPS_ASSIGN(found.indexes, indexes(database_, table));
    std::optional<int64_t> bytes = sizes_.bytes(table);
    for (IndexInfo& index : found.indexes) {
      index.bytes = sizes_.bytes(index.name);
      if (bytes && index.bytes) *bytes += *index.bytes;
    }
    found.item.bytes = bytes;
    return {};
  }

  Result<void> add_links(const std::string& table, const TableText& text, Description& found) {
    DBOPS_ASSIGN(auto own, foreign_keys(database_, table));
    for (size_t i = 0; i < own.size(); ++i) {
      if (own.size() == text.foreign_keys.size()) own[i].key.name = text.foreign_keys[i];
      found.references.push_back(std::move(own[i].key));
    }
    if (!links_) {
      DBOPS_ASSIGN(links_, all_foreign_keys(database_));
    }
    for (const Link& link : *links_) {
      if (!same_ignoring_case(link.key.other_path[0], table)) continue;
      ForeignKey turned = link.key;
      turned.other_path = {link.table};
      std::swap(turned.columns, turned.other_columns);
      found.referenced_by.push_back(std::move(turned));
    }
    return {};
  }

  Result<void> add_triggers(const std::string& table, Description& found) {
    DBOPS_ASSIGN(Rows rows, database_.ask("SELECT name, sql FROM sqlite_schema WHERE type = "
                                          "'trigger' AND tbl_name = ? ORDER BY name",
                                          table));
    for (;;) {
      DBOPS_ASSIGN(const bool more, rows.next());
      if (!more) return {};
      found.features.push_back({"trigger", rows.text(0), rows.text(1)});
    }
  }

  Database& database_;
  Sizes sizes_;
  std::optional<std::vector<Link>> links_;  // Of all tables; read once, when first needed.
};

// Tables whose text doesn't hold `part` can't have a column with it in its name; to pass over those
// is what makes a search of many tables quick. Only for a part that is written as it is.
Result<std::set<std::string>> without_text(Database& database, const std::string& part) {
  std::set<std::string> names;
  if (part.find_first_of("*?\"`]'") != std::string::npos) return names;
  DBOPS_ASSIGN(Rows rows,
               database.ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 "
                            "AND instr(lower(sql), ?) = 0",
                            lower(part)));
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return names;
    names.insert(rows.text(0));
  }
}

// Indexes, triggers and columns of all relations that match.
Result<void> search_below(Database& database, const std::vector<Relation>& relations,
                          const std::string& pattern, Page& page) {
  const Matcher matcher(pattern);
  DBOPS_TRY(list_others(database, "", matcher, page));
  DBOPS_ASSIGN(const auto passed, without_text(database, pattern));
  for (const Relation& relation : relations) {
    if (page.full()) return {};
    if (passed.contains(relation.name)) continue;
    // The columns of a broken view can't be told; those of the others can.
    if (const auto facts = columns(database, relation))
      list_columns(relation.name, *facts, matcher, page);
  }
  return {};
}

// Relations, and with a pattern what has a name in them.
Result<Catalog::Listing> list_database(Database& database, const Catalog::Search& search) {
  Page page(search);
  const Matcher matcher(search.pattern);
  DBOPS_ASSIGN(const auto found, relations(database));
  for (const Relation& relation : found)
    if (matcher.matches(relation.name) && !page.add(make_item(relation.kind, {relation.name})))
      break;
  if (!search.pattern.empty() && !page.full())
    DBOPS_TRY(search_below(database, found, search.pattern, page));
  Catalog::Listing listing = page.take();
  DBOPS_ASSIGN(Sizes sizes, Sizes::load(database));
  for (Item& item : listing.items) {
    if (item.kind != "table" && item.kind != "virtual table") continue;
    const auto counted = sizes.rows(item.path[0], Sizes::kListedRowsMax);
    item.rows = counted.rows;
    item.rows_exact = counted.exact;
  }
  return listing;
}

}  // namespace

Result<Catalog::Listing> SqliteCatalog::list(const Context& context,
                                             const std::vector<std::string>& path,
                                             const Search& search) {
  const Database::Call call(database_, context);
  DBOPS_TRY(context.alive());
  DBOPS_ASSIGN(const Target target, find_target(database_, path));
  if (target.type == Target::Type::database) {
    auto listing = list_database(database_, search);
    DBOPS_TRY(context.alive());
    return listing;
  }
  const Matcher matcher(search.pattern);
  Page page(search);
  if (target.type != Target::Type::relation) return page.take();
  DBOPS_ASSIGN(const auto facts, columns(database_, target.relation));
  list_columns(target.relation.name, facts, matcher, page);
  if (!search.pattern.empty())
    DBOPS_TRY(list_others(database_, target.relation.name, matcher, page));
  return page.take();
}

Result<std::vector<Description>> SqliteCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  const Database::Call call(database_, context);
  DBOPS_ASSIGN(Sizes sizes, Sizes::load(database_));
  Describer describer(database_, std::move(sizes));
  std::vector<Description> found;
  for (const auto& path : paths) {
    DBOPS_TRY(context.alive());
    DBOPS_ASSIGN(const Target target, find_target(database_, path));
    DBOPS_ASSIGN(Description description, describer.describe(target));
    found.push_back(std::move(description));
  }
  return found;
}

}  // namespace dbops::sqlite
