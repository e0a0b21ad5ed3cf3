#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace dbops {

// A T, or the Error that says why there is none. Exceptions are left to bad_alloc and third-party
// code.
template <class T>
using Result = tl::expected<T, Error>;

// Usage: `return fail(Code::not_found, "no connection \"x\"", "list them with list_connections");`
// Cold: so what leads to an error alone is kept apart from what usually runs.
[[gnu::cold]] tl::unexpected<Error> fail(Error&& error);
[[gnu::cold]] tl::unexpected<Error> fail(const Error& error);
[[gnu::cold]] tl::unexpected<Error> fail(Code code, std::string message, std::string hint = {});

}  // namespace dbops

// Leaves the enclosing function with the error of a Result expression that has no value to keep.
#define DBOPS_TRY(expression)                              \
  do {                                                     \
    if (auto try_result = (expression); !try_result)       \
      return ::dbops::fail(std::move(try_result).error()); \
  } while (false)

// Declares `variable` from a Result expression, or leaves the enclosing function with its error.
#define DBOPS_ASSIGN(variable, expression) \
  DBOPS_ASSIGN_AS(DBOPS_JOIN(assign_result_, __LINE__), variable, expression)
#define DBOPS_ASSIGN_AS(result, variable, expression)           \
  auto result = (expression);                                   \
  if (!result) return ::dbops::fail(std::move(result).error()); \
  variable = std::move(*result)
#define DBOPS_JOIN(a, b) DBOPS_JOIN_AGAIN(a, b)
#define DBOPS_JOIN_AGAIN(a, b) a##b
