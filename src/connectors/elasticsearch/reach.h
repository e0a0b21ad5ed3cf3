// What a read can reach, told by its text alone: a closed list of forms, each of which names its
// indices in plain sight. Whatever could reach another index, or can't be told, is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::elasticsearch {

inline constexpr size_t kReachNamesMax = 50;  // that one request may name

struct Reach {
  enum class Form : uint8_t { search, document, esql, other };
  Form form = Form::other;
  bool counts = false;  // Of Form::search: no document is shown.
  // Indices, aliases, data streams, and patterns with `*`: at least one, of [A-Za-z0-9._*-].
  std::vector<std::string> names;
  std::vector<std::string> searches;  // The bodies, of Form::search: JSON objects.
  std::vector<std::pair<std::string, std::string>> parameters;  // Of the path's query, decoded.
};

// Code::forbidden with the reason. `body`: JSON, or a JSON value a line.
Result<Reach> reach_of(std::string_view method, std::string_view path, std::string_view body);

// The sources of an ES|QL query that reads from nothing else.
Result<std::vector<std::string>> esql_sources(std::string_view query);

// Code::forbidden for a name that stands for others than it says: _all, -this, <dates>, c:remote,
// and what is the server's own.
Result<std::vector<std::string>> split_names(std::string_view list);

// "refused by the policy of this connection: ", with what is done instead.
tl::unexpected<Error> refused(std::string why, std::string hint = {});

}  // namespace dbops::elasticsearch
