#include "connectors/sqlite/parameters.h"

#include <cmath>
#include <string>
#include <vector>

#include "base/text.h"
#include "connectors/sqlite/errors.h"
#include "connectors/sqlite/numbers.h"

namespace dbops::sqlite {
namespace {

constexpr size_t kListedNames = 20;  // in a hint

std::string shown(std::string_view name) { return escape_control(shorten(name, 60)); }

// ":origin" for a named one, "?2" else.
std::string label(sqlite3_stmt* statement, int index) {
  const char* name = sqlite3_bind_parameter_name(statement, index);
  return name == nullptr ? "?" + std::to_string(index) : shown(name);
}

std::string count_of(int64_t count, const std::string& noun) {
  return format_count(count) + " " + noun + (count == 1 ? "" : "s");
}

// 0 when the statement has no parameter of that name.
int find(sqlite3_stmt* statement, const std::string& name) {
  for (const char prefix : {':', '@', '$'})
    if (const int index = sqlite3_bind_parameter_index(statement, (prefix + name).c_str()))
      return index;
  return 0;
}

tl::unexpected<Error> unknown(sqlite3_stmt* statement, const std::string& name) {
  std::vector<std::string> names;
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i)
    if (const char* each = sqlite3_bind_parameter_name(statement, i); each && each[0] != '?')
      names.emplace_back(each + 1);
  std::string hint;
  if (const auto meant = nearest(name, names)) {
    hint = "did you mean " + shown(*meant) + "?";
  } else if (names.empty()) {
    hint = "it has no named parameters: give values by position";
  } else {
    for (size_t i = 0; i < names.size() && i < kListedNames; ++i)
      hint += (i == 0 ? "its parameters: " : ", ") + shown(names[i]);
  }
  return fail(Code::invalid_argument, "the statement has no parameter named " + shown(name),
              std::move(hint));
}

Result<void> check_complete(sqlite3_stmt* statement, const std::vector<bool>& bound) {
  const int count = sqlite3_bind_parameter_count(statement);
  for (int i = 1; i <= count; ++i) {
    if (bound[static_cast<size_t>(i)]) continue;
    return fail(Code::invalid_argument,
                "parameter " + label(statement, i) + " has no value (the statement has " +
                    count_of(count, "parameter") + ")",
                "give a value for each in `params`");
  }
  return {};
}

}  // namespace

Result<int> bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return sqlite3_bind_null(statement, index);
    case Kind::boolean:
      return sqlite3_bind_int(statement, index, value.as_boolean() ? 1 : 0);
    case Kind::integer:
      return sqlite3_bind_int64(statement, index, value.as_integer());
    case Kind::real:
      if (std::isnan(value.as_real()))
        return fail(
            Code::invalid_argument,
            "parameter " + label(statement, index) + " is NaN, which SQLite would make NULL",
            "give null, or the text 'NaN'");
      return sqlite3_bind_double(statement, index, value.as_real());
    case Kind::list:
    case Kind::map:
      return fail(Code::invalid_argument,
                  "parameter " + label(statement, index) + " is a " +
                      std::string(name(value.kind())) + ", which SQLite doesn't have",
                  "give it as JSON text, and read it with json_each()");
    default: {
      // Without an address SQLite would bind NULL.
      const char* start = value.as_text().data() == nullptr ? "" : value.as_text().data();
      const auto size = static_cast<sqlite3_uint64>(value.as_text().size());
      if (value.kind() == Kind::bytes)
        return sqlite3_bind_blob64(statement, index, start, size, SQLITE_STATIC);
      return sqlite3_bind_text64(statement, index, start, size, SQLITE_STATIC, SQLITE_UTF8);
    }
  }
}

Result<void> bind(sqlite3_stmt* statement, const Parameters& parameters, Bind bind) {
  const int count = sqlite3_bind_parameter_count(statement);
  std::vector<bool> bound(static_cast<size_t>(count) + 1);
  int position = 0;
  for (const Parameter& parameter : parameters.items) {
    const int index = parameter.name.empty() ? ++position : find(statement, parameter.name);
    if (index == 0) return unknown(statement, parameter.name);
    if (index > count)
      return fail(Code::invalid_argument,
                  "the statement has " + count_of(count, "parameter") + ", but " +
                      count_of(static_cast<int64_t>(parameters.size()), "value") + " were given",
                  count == 0 ? "write ? or :name in the statement where a value belongs" : "");
    if (bound[static_cast<size_t>(index)])
      return fail(Code::invalid_argument,
                  "parameter " + label(statement, index) + " is given twice");
    bound[static_cast<size_t>(index)] = true;
    const auto value = fit_number(parameter.value, Affinity::none);  // Which all fit.
    DBOPS_ASSIGN(const int code, bind_value(statement, index, value.value_or(parameter.value)));
    if (code == SQLITE_TOOBIG)
      return fail(Code::too_large,
                  "parameter " + label(statement, index) + " is larger than SQLite may hold here");
    if (code != SQLITE_OK) return fail(make_error(sqlite3_db_handle(statement), code));
  }
  return bind == Bind::all ? check_complete(statement, bound) : Result<void>();
}

}  // namespace dbops::sqlite
