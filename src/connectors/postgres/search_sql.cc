#include "connectors/postgres/search_sql.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/value_text.h"
#include "connectors/postgres/dialect.h"
#include "core/loader.h"

namespace dbops::postgres {
namespace {

using Type = SearchColumn::Type;

std::string column(const std::string& name) { return "item." + dialect().quote(name); }

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + escape_control(name);
  return list;
}

struct Metric {
  std::string_view sign;
  std::string_view before, behind;  // Around the distance: the score, higher where it is nearer.
};

Metric metric(Nearness nearness) {
  switch (nearness) {
    case Nearness::euclidean:
      return {"<->", "1 / (1 + (", "))"};
    case Nearness::manhattan:
      return {"<+>", "1 / (1 + (", "))"};
    case Nearness::inner:  // pgvector answers its negative.
      return {"<#>", "-(", ")"};
    case Nearness::cosine:
      break;
  }
  return {"<=>", "1 - (", ")"};
}

class Builder {
 public:
  Builder(const Searchable& relation, const SearchRequest& request)
      : relation_(relation), request_(request) {}

  Result<SearchSql> make() {
    DBOPS_TRY(find_fields());
    list_columns();
    if (!request_.text.empty()) DBOPS_TRY(by_words());
    if (!request_.vector.empty()) DBOPS_TRY(by_vector());
    for (const SearchCondition& condition : request_.conditions) DBOPS_TRY(add(condition));
    if (both()) {
      DBOPS_TRY(fuse());
      return std::move(made_);
    }
    const Way& way = request_.text.empty() ? near_ : words_;
    made_.statement.sql = "SELECT " + keys_ + way.score + " AS score" + document_ + found_by(way) +
                          " LIMIT " + std::to_string(request_.limit);
    return std::move(made_);
  }

 private:
  // One of the two ways to find rows.
  struct Way {
    std::string score, where, order;
  };
  bool both() const { return !request_.text.empty() && !request_.vector.empty(); }

  std::string from() const {
    return " FROM " + dialect().quote(relation_.path[0]) + "." +
           dialect().quote(relation_.path[1]) + " AS item ";
  }
  std::string found_by(const Way& way) const {
    return from() + "WHERE " + way.where + filter_ + " ORDER BY " + way.order;
  }

  // Of rows that either way found, each counts by its place there (reciprocal rank fusion): scores
  // of words and of vectors are of different kinds.
  Result<void> fuse() {
    constexpr uint64_t kCandidates = 100;  // of each way, or as many as are wanted
    constexpr int kSmooth = 60;            // as in the paper that names it
    const size_t count = made_.statement.keys;
    if (count == 0)
      return fail(Code::unsupported,
                  "text and vector together need a primary key, to tell which "
                  "rows both have found",
                  "search by one of them");
    warn("text and vector are each enough to be found; the score is made of the places in both");
    std::string names, listed_keys, same;
    for (size_t i = 1; i <= count; ++i) {
      const std::string name = "key" + std::to_string(i);
      names += (i > 1 ? ", " : "") + name;
      listed_keys += key_columns_[i - 1] + " AS " + name + ", ";
      same += (i > 1 ? " AND " : "") + key_columns_[i - 1] + " = best." + name;
    }
    const auto places = [&](const Way& way, const std::string& direction) {
      return "SELECT " + names + ", 1.0 / (" + std::to_string(kSmooth) +
             " + pg_catalog.row_number() OVER (ORDER BY value" + direction + ", " + names +
             ")) AS part FROM (SELECT " + listed_keys + way.score + " AS value" + found_by(way) +
             " LIMIT " + std::to_string(std::max(request_.limit, kCandidates)) + ") AS way";
    };
    std::string order = "best.score DESC";
    for (size_t i = 1; i <= count; ++i) order += ", " + std::to_string(i);
    made_.statement.sql = "SELECT " + keys_ + "best.score AS score" + document_ + " FROM (SELECT " +
                          names + ", pg_catalog.sum(part)::float8 AS score FROM (" +
                          places(words_, " DESC") + " UNION ALL " + places(near_, " DESC") +
                          ") AS parts GROUP BY " + names + ") AS best JOIN" +
                          from().substr(std::string_view(" FROM").size()) + "ON " + same +
                          " ORDER BY " + order + " LIMIT " + std::to_string(request_.limit);
    return {};
  }

  Result<const SearchColumn*> find(const std::string& name) const {
    std::vector<std::string> names;
    for (const SearchColumn& each : relation_.columns) {
      if (each.masked) continue;
      if (each.name == name) return &each;
      names.push_back(each.name);
    }
    return fail(no_such_column(name, names));
  }

  Result<void> find_fields() {
    for (const std::string& name : request_.fields) {
      DBOPS_ASSIGN(const SearchColumn* const field, find(name));
      // Where both are searched for, each in what it can be found in.
      const bool of_vector = both() && field->type_class == Type::vector;
      (of_vector || request_.text.empty() ? vector_fields_ : fields_).push_back(field);
    }
    return {};
  }

  void list_columns() {
    std::vector<std::string> keys, left_out;
    for (const SearchColumn& each : relation_.columns) {
      if (each.masked) continue;
      if (each.key > 0) {
        keys.resize(std::max(keys.size(), static_cast<size_t>(each.key)));
        keys[static_cast<size_t>(each.key) - 1] = column(each.name);
      }
      if (each.type_class == Type::vector || each.type_class == Type::words)
        left_out.push_back(each.name);
      else
        document_ += ", " + column(each.name) + " AS " + dialect().quote(each.name);
    }
    // A masked column is part of the key.
    if (std::find(keys.begin(), keys.end(), "") != keys.end()) keys.clear();
    for (const std::string& key : keys) keys_ += key + ", ";
    made_.statement.keys = keys.size();
    key_columns_ = keys;
    if (keys.empty()) warn("there is no primary key to be seen: the hits have no id");
    if (!left_out.empty()) warn("left out of the documents: " + listed(left_out));
  }

  // Where the words are looked for: an SQL expression of a tsvector.
  Result<std::string> words() {
    if (fields_.empty()) {
      if (const SearchColumn* const found = best_column()) return words_in(*found);
      for (const SearchIndex& index : relation_.indexes)
        if (usable(index)) return words_in(index);
    } else if (fields_.size() == 1 && fields_[0]->type_class == Type::words) {
      return words_in(*fields_[0]);
    } else {
      for (const SearchIndex& index : relation_.indexes)
        if (usable(index) && reads_the_fields(index)) return words_in(index);
    }
    return words_of_rows();
  }

  bool indexed(const SearchColumn& wanted) const {
    return std::any_of(relation_.indexes.begin(), relation_.indexes.end(),
                       [&](const SearchIndex& index) { return index.column == wanted.name; });
  }

  // The first tsvector with an index; without an index one counts only where no expression has any.
  const SearchColumn* best_column() {
    const SearchColumn* best = nullptr;
    std::vector<std::string> others;
    for (const SearchColumn& each : relation_.columns) {
      if (each.masked || each.type_class != Type::words) continue;
      if (best == nullptr || (indexed(each) && !indexed(*best))) {
        if (best != nullptr) others.push_back(best->name);
        best = &each;
      } else {
        others.push_back(each.name);
      }
    }
    const auto expression = [&](const SearchIndex& index) { return usable(index); };
    if (best == nullptr || (!indexed(*best) && std::any_of(relation_.indexes.begin(),
                                                           relation_.indexes.end(), expression)))
      return nullptr;
    if (!others.empty())
      warn("only " + escape_control(best->name) +
           " was searched; name others in fields: " + listed(others));
    return best;
  }

  // An expression whose text the words of a request are read by as well. One of a masked column
  // would be refused with the statement.
  bool usable(const SearchIndex& index) const {
    const auto masked = [&](const std::string& name) {
      const SearchColumn* const read = relation_.column(name);
      return read != nullptr && read->masked;
    };
    return !index.of_vectors && !index.expression.empty() && !index.configuration.empty() &&
           std::none_of(index.columns.begin(), index.columns.end(), masked);
  }

  bool reads_the_fields(const SearchIndex& index) const {
    return index.columns.size() == fields_.size() &&
           std::all_of(fields_.begin(), fields_.end(), [&](const SearchColumn* field) {
             return std::find(index.columns.begin(), index.columns.end(), field->name) !=
                    index.columns.end();
           });
  }

  std::string words_in(const SearchColumn& found) {
    made_.configuration =
        found.configuration.empty() ? relation_.configuration : found.configuration;
    if (!indexed(found))
      warn("there is no index of " + escape_control(found.name) + ": every row is read");
    return column(found.name);
  }

  std::string words_in(const SearchIndex& index) {
    made_.configuration = index.configuration;
    return "(" + index.expression + ")";
  }

  Result<std::string> words_of_rows() {
    made_.configuration = relation_.configuration;
    std::string text, parts;
    const auto join = [&](const std::string& part) {
      parts += (parts.empty() ? "" : " || ") + part;
    };
    std::vector<std::string> names;
    for (const SearchColumn& each : relation_.columns) {
      const bool asked = std::find(fields_.begin(), fields_.end(), &each) != fields_.end();
      if (fields_.empty() ? each.masked || each.type_class != Type::text : !asked) continue;
      names.push_back(each.name);
      if (each.type_class == Type::words)
        join("coalesce(" + column(each.name) + ", '')");
      else if (each.type_class == Type::document)
        join("coalesce(pg_catalog.to_tsvector($2::regconfig, " + column(each.name) + "), '')");
      else
        text += (text.empty() ? "coalesce(" : " || ' ' || coalesce(") + column(each.name) +
                "::text, '')";
    }
    if (!text.empty()) join("pg_catalog.to_tsvector($2::regconfig, " + text + ")");
    if (parts.empty())
      return fail(Code::unsupported,
                  escape_control(relation_.path[1]) + " has no column of text to search in",
                  "explore shows its columns; compare others with query");
    warn("there is no text search index over " + listed(names) +
         ": every row is read, by the configuration " + escape_control(made_.configuration));
    return "(" + parts + ")";
  }

  Result<void> by_words() {
    DBOPS_ASSIGN(const std::string where, words());
    constexpr std::string_view kQuery = "pg_catalog.websearch_to_tsquery($2::regconfig, $1)";
    made_.statement.parameters.add({}, Value::text(request_.text));
    made_.statement.parameters.add({}, Value::text(made_.configuration));
    // Words that must not be there would make every rank next to nothing.
    words_.score = "pg_catalog.ts_rank(" + where + ", pg_catalog.querytree(" + std::string(kQuery) +
                   ")::tsquery)::float8";
    words_.where = where + " @@ " + std::string(kQuery);
    words_.order = std::to_string(made_.statement.keys + 1) + " DESC";
    // Hits of the same score are answered in the same order each time.
    for (size_t key = 1; key <= made_.statement.keys; ++key)
      words_.order += ", " + std::to_string(key);
    return {};
  }

  const SearchIndex* index_of(const SearchColumn& wanted) const {
    for (const SearchIndex& index : relation_.indexes)
      if (index.of_vectors && index.column == wanted.name) return &index;
    return nullptr;
  }

  Result<const SearchColumn*> vector_column() {
    if (vector_fields_.size() > 1)
      return fail(Code::invalid_argument, "a vector is searched for in one field");
    if (vector_fields_.size() == 1) {
      if (vector_fields_[0]->type_class == Type::vector) return vector_fields_[0];
      return fail(Code::invalid_argument, escape_control(vector_fields_[0]->name) +
                                              " is no column of vectors: it is " +
                                              escape_control(vector_fields_[0]->type));
    }
    const auto dimensions = static_cast<int64_t>(request_.vector.size());
    const SearchColumn* best = nullptr;
    const auto worth = [&](const SearchColumn& each) {
      return (each.dimensions == dimensions ? 2 : 0) + (index_of(each) != nullptr ? 1 : 0);
    };
    for (const SearchColumn& each : relation_.columns)
      if (!each.masked && each.type_class == Type::vector &&
          (best == nullptr || worth(each) > worth(*best)))
        best = &each;
    if (best != nullptr) return best;
    return fail(Code::unsupported, escape_control(relation_.path[1]) + " has no column of vectors",
                relation_.vector_version > 0
                    ? "add a column of pgvector's type vector, or search by text"
                    : "the database lacks the extension vector (pgvector); search by text");
  }

  Result<void> by_vector() {
    DBOPS_ASSIGN(const SearchColumn* const found, vector_column());
    const auto given = static_cast<int64_t>(request_.vector.size());
    if (found->dimensions > 0 && found->dimensions != given)
      return fail(Code::invalid_argument, "the vector has " + std::to_string(given) +
                                              " numbers, and " + escape_control(found->name) +
                                              " has vectors of " +
                                              std::to_string(found->dimensions));
    made_.index = index_of(*found);
    if (made_.index == nullptr)
      warn("there is no index of vectors over " + escape_control(found->name) +
           ": every row is read, by the cosine");
    const Metric metric =
        postgres::metric(made_.index == nullptr ? Nearness::cosine : made_.index->nearness);
    std::string text = "[";
    for (const float number : request_.vector) {
      if (text.size() > 1) text += ',';
      append_text(text, Value::real(static_cast<double>(number)));
    }
    made_.statement.parameters.add({}, Value::text(text + "]"));
    const std::string schema = dialect().quote(found->vector_schema);
    const std::string distance = column(found->name) + " OPERATOR(" + schema + "." +
                                 std::string(metric.sign) + ") $" +
                                 std::to_string(made_.statement.parameters.size()) + "::" + schema +
                                 "." + dialect().quote(found->vector_type);
    near_.score = std::string(metric.before) + distance + std::string(metric.behind);
    near_.where = column(found->name) + " IS NOT NULL";
    near_.order = distance;
    return {};
  }

  Result<void> add(const SearchCondition& condition) {
    using Test = SearchCondition::Test;
    DBOPS_ASSIGN(const SearchColumn* const found, find(condition.field));
    const std::string name = column(found->name);
    Parameters& parameters = made_.statement.parameters;
    std::string values;
    for (const Parameter& each : condition.values.items) {
      if (each.value.kind() != Kind::null) parameters.add({}, each.value);
      values += (values.empty() ? "$" : ", $") + std::to_string(parameters.size());
    }
    filter_ += " AND " + name;
    if (condition.test == Test::one_of) {
      filter_ += values.empty() ? " IS NULL AND false" : " IN (" + values + ")";
    } else if (condition.values.items[0].value.kind() == Kind::null) {
      filter_ += condition.test == Test::equal ? " IS NULL" : " IS NOT NULL";
    } else {
      constexpr std::array<std::string_view, 6> kTests = {"=", "IS DISTINCT FROM", "<", "<=", ">",
                                                          ">="};
      filter_ += " " + std::string(kTests.at(static_cast<size_t>(condition.test))) + " " + values;
    }
    return {};
  }

  void warn(std::string warning) { made_.statement.warnings.push_back(std::move(warning)); }

  const Searchable& relation_;
  const SearchRequest& request_;
  SearchSql made_;
  std::vector<const SearchColumn*> fields_;
  std::vector<const SearchColumn*> vector_fields_;
  std::vector<std::string> key_columns_;
  Way words_, near_;
  std::string keys_, document_, filter_;
};

}  // namespace

Result<SearchSql> search_sql(const Searchable& relation, const SearchRequest& request) {
  return Builder(relation, request).make();
}

}  // namespace dbops::postgres
