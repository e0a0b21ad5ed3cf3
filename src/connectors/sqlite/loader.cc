#include "connectors/sqlite/loader.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/value_text.h"
#include "connectors/sqlite/ddl.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/link.h"
#include "connectors/sqlite/numbers.h"
#include "connectors/sqlite/parameters.h"
#include "connectors/sqlite/rules_load.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/transaction.h"
#include "core/dialect.h"

namespace dbops::sqlite {
namespace {

// What a column is declared as that holds such values. There is no type that keeps a decimal: the
// affinity of any but text makes a double of it, and as text all would sort and compare as text. So
// a column of decimals has no type, and each of them is what fits it: see fit_number().
std::string_view declared(Kind kind) {
  switch (kind) {
    case Kind::null:
    case Kind::decimal:
      return "";  // Without a type: each cell stays what it is.
    case Kind::boolean:
      return "BOOLEAN";
    case Kind::integer:
      return "INTEGER";
    case Kind::real:
      return "REAL";
    case Kind::bytes:
      return "BLOB";
    default:
      return "TEXT";
  }
}

std::string table_name(const LoadTarget& target) { return target.path.back(); }

std::string create_statement(const LoadTarget& target) {
  std::string sql = "CREATE TABLE " + dialect().quote(table_name(target)) + " (";
  for (const Column& column : target.columns) {
    if (&column != target.columns.data()) sql += ", ";
    sql += dialect().quote(column.name);
    if (const std::string_view type = declared(column.kind); !type.empty())
      sql.append(" ").append(type);
  }
  return sql + ")";
}

Result<LoadPlan> plan_new(const LoadTarget& target) {
  LoadPlan plan;
  plan.creates = create_statement(target);
  for (const Column& column : target.columns) {
    plan.fields.push_back({column.name, std::string(declared(column.kind))});
    if (column.kind == Kind::decimal)
      plan.warnings.push_back(
          "column " + escape_control(column.name) +
          ": SQLite has no decimals: each is a number where a double reads back the same, else "
          "text, which sorts behind all numbers");
  }
  return plan;
}

Result<LoadPlan> plan_existing(Database& database, const Relation& relation,
                               const LoadTarget& target) {
  if (relation.kind != "table" && relation.kind != "virtual table")
    return fail(Code::unsupported, escape_control(relation.name) + " is a " + relation.kind +
                                       ": rows are loaded into tables alone");
  DBOPS_ASSIGN(const auto known, columns(database, relation));
  LoadPlan plan{.exists = true};
  std::vector<std::string> names;
  for (const ColumnFacts& column : known)
    if (!column.generated) names.push_back(column.info.name);
  for (const Column& column : target.columns) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const ColumnFacts& each) {
      return same_ignoring_case(each.info.name, column.name);
    });
    if (found == known.end()) return fail(no_such_column(column.name, names));
    if (found->generated)
      return fail(Code::invalid_argument, "the column " + escape_control(column.name) +
                                              " is generated: no values can be put there");
    plan.fields.push_back({found->info.name, found->info.type});
  }
  return plan;
}

Result<LoadPlan> make_plan(Database& database, const LoadTarget& target) {
  if (target.path.empty() || target.path.size() > 2 ||
      (target.path.size() == 2 && !same_ignoring_case(target.path[0], "main")))
    return fail(Code::invalid_argument, "the path must name a table",
                "write the table's name alone");
  if (!target.key.empty())
    return fail(Code::invalid_argument, "a table has keys of its own: none can be given");
  if (target.replace)
    return fail(Code::unsupported, "a load only adds rows to a table, and replaces none",
                "load into a table of its own, then execute INSERT ... ON CONFLICT ... DO UPDATE");
  DBOPS_TRY(check_columns(target.columns, false));
  DBOPS_TRY(load_rules(database));
  // Nothing is said of a table that the policy hides.
  const Rules& rules = database.authorizer().rules();
  if (std::string reason;
      rules.restrict() && rules.write("main", table_name(target), reason) != Reach::allowed)
    return fail(Code::forbidden, "refused: " + reason);
  auto found = find_target(database, {table_name(target)});
  if (!found) {
    if (rules.restrict()) found.error().hint.clear();
    if (found.error().code != Code::not_found || !target.create) return fail(found.error());
    return plan_new(target);
  }
  if (found->type != Target::Type::relation)
    return fail(Code::unsupported, escape_control(table_name(target)) + " is no table");
  return plan_existing(database, found->relation, target);
}

std::string insert_statement(const LoadTarget& target, const LoadPlan& plan) {
  std::string sql = "INSERT INTO main." + dialect().quote(table_name(target)) + " (";
  std::string places;
  for (const LoadPlan::Field& field : plan.fields) {
    if (!places.empty()) {
      sql += ", ";
      places += ", ";
    }
    sql += dialect().quote(field.name);
    places += '?';
  }
  return sql + ") VALUES (" + places + ")";
}

Result<std::vector<Affinity>> affinities(Database& database, const LoadTarget& target,
                                         const LoadPlan& plan) {
  DBOPS_ASSIGN(const std::string text,
               database.ask_text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? "
                                 "COLLATE NOCASE",
                                 table_name(target)));
  const bool strict = read_table_text(text).strict;
  // A virtual table is handed what is bound as it is.
  const bool as_it_is = text.starts_with("CREATE VIRTUAL");
  std::vector<Affinity> found;
  for (const LoadPlan::Field& field : plan.fields)
    found.push_back(as_it_is ? Affinity::text : affinity_of(field.type, strict));
  return found;
}

// What is wrong with one row. All else is about the batch.
bool is_of_row(int code) {
  const int primary = code & 0xFF;
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH || primary == SQLITE_TOOBIG;
}

class SqliteLoad final : public Load {
 public:
  SqliteLoad(Database& database, const LoadTarget& target, std::vector<Affinity> affinities,
             Compiled insert, Access access)
      : database_(database),
        target_(target),
        affinities_(std::move(affinities)),
        insert_(std::move(insert)),
        access_(access) {}

  Result<LoadOutcome> write(const Context& context, const Batch& batch,
                            size_t refusals_max) override {
    const Database::Call call(database_, context);
    DBOPS_TRY(context.alive());
    Transaction transaction(database_);
    DBOPS_TRY(transaction.begin(Transaction::Kind::write));
    LoadOutcome outcome;
    for (; outcome.settled < batch.rows(); ++outcome.settled) {
      DBOPS_ASSIGN(auto refusal, insert(batch.row(outcome.settled)));
      if (!refusal) continue;
      outcome.refused.push_back({outcome.settled, *std::move(refusal)});
      if (outcome.refused.size() > refusals_max) break;
    }
    sqlite3_clear_bindings(insert_.get());  // They point into the batch.
    DBOPS_TRY(transaction.commit());
    return outcome;
  }

 private:
  // Why the row was refused; nullopt: it was not.
  Result<std::optional<Error>> insert(std::span<const Value> cells) {
    sqlite3_reset(insert_.get());
    for (size_t i = 0; i < cells.size(); ++i)
      if (auto unfit = bind(i, cells[i]); !unfit) return unfit.error();
    const Authorizer::Grant grant(database_.authorizer(), access_);
    const int code = sqlite3_step(insert_.get());
    if (code == SQLITE_DONE || code == SQLITE_ROW) return std::nullopt;
    Error error = database_.error(code);
    sqlite3_reset(insert_.get());
    // Where SQLite has rolled back by itself nothing of the batch is left.
    if (!is_of_row(code) || sqlite3_get_autocommit(database_.handle()) != 0)
      return fail(std::move(error));
    return error;
  }

  Result<void> bind(size_t column, const Value& cell) {
    const auto unfit = [&](std::string_view why, std::string hint = {}) {
      return fail(
          Code::data,
          "column " + escape_control(target_.columns[column].name) + ": " + std::string(why),
          std::move(hint));
    };
    const auto fitted = fit_number(cell, affinities_[column]);
    if (!fitted)
      return unfit("a number with more digits than SQLite keeps in a column of this type",
                   "it would be rounded: a column that is declared TEXT, or without a type, keeps "
                   "all digits");
    Value fitting = *fitted;
    if (cell.kind() == Kind::real && std::isnan(cell.as_real()))
      return unfit("NaN, which SQLite would make NULL");
    if (cell.kind() == Kind::list || cell.kind() == Kind::map) {
      std::string& json = texts_.at(column);
      json.clear();
      append_text(json, cell);
      fitting = Value::text(json);
    }
    DBOPS_ASSIGN(const int code, bind_value(insert_.get(), static_cast<int>(column) + 1, fitting));
    if (code == SQLITE_TOOBIG) return unfit("larger than SQLite may hold here");
    if (code != SQLITE_OK) return fail(database_.error(code));
    return {};
  }

  Database& database_;
  const LoadTarget& target_;
  const std::vector<Affinity> affinities_;  // Of the target's columns.
  const Compiled insert_;
  const Access access_;
  // Of lists and maps, until the row is written.
  std::vector<std::string> texts_ = std::vector<std::string>(target_.columns.size());
};

}  // namespace

Result<LoadPlan> SqliteLoader::plan(const Context& context, const LoadTarget& target) {
  const Database::Call call(database_, context);
  DBOPS_TRY(context.alive());
  DBOPS_TRY(check_in_place(database_));
  return make_plan(database_, target);
}

Result<std::unique_ptr<Load>> SqliteLoader::start(const Context& context,
                                                  const LoadTarget& target) {
  DBOPS_ASSIGN(const LoadPlan planned, plan(context, target));
  if (database_.tier() == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  const Database::Call call(database_, context);
  DBOPS_ASSIGN(auto typed, affinities(database_, target, planned));
  const Access access = database_.tier() == Tier::admin ? Access::admin : Access::write;
  const Authorizer::Grant grant(database_.authorizer(), access);
  if (!planned.exists) DBOPS_TRY(database_.run(planned.creates));
  DBOPS_ASSIGN(Compiled insert, database_.compile(insert_statement(target, planned)));
  return std::make_unique<SqliteLoad>(database_, target, std::move(typed), std::move(insert),
                                      access);
}

}  // namespace dbops::sqlite
