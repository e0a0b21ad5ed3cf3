#include "core/loader.h"

#include <set>

#include "base/text.h"

namespace dbops {
namespace {

constexpr size_t kShownBytes = 60;  // of a name in a message
constexpr size_t kNamesShown = 20;

std::string shown(std::string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

}  // namespace

Result<void> check_columns(const Schema& columns, bool case_counts) {
  if (columns.empty())
    return fail(Code::invalid_argument, "there are no columns to load",
                "name them in the first line, or with `columns`");
  if (columns.size() > kLoadColumnsMax)
    return fail(Code::invalid_argument, format_count(static_cast<int64_t>(columns.size())) +
                                            " columns are more than " +
                                            format_count(kLoadColumnsMax));
  std::set<std::string> names;
  for (const Column& column : columns) {
    if (column.name.empty())
      return fail(Code::invalid_argument, "a column has no name", "name all of them in `columns`");
    if (!names.insert(case_counts ? column.name : lower(column.name)).second)
      return fail(Code::invalid_argument, "the column " + shown(column.name) + " comes twice",
                  "name all of them in `columns`");
  }
  return {};
}

Error no_such_column(std::string_view wanted, std::span<const std::string> names) {
  Error error{.code = Code::not_found, .message = "the target has no column " + shown(wanted)};
  if (const auto meant = nearest(wanted, names)) {
    error.hint = "did you mean " + shown(*meant) + "?";
    return error;
  }
  for (size_t i = 0; i < names.size() && i < kNamesShown; ++i)
    error.hint += (i == 0 ? "its columns: " : ", ") + escape_control(names[i]);
  if (names.size() > kNamesShown) error.hint += " ...";
  return error;
}

}  // namespace dbops
