// Scripts: requests as the console of Kibana takes them, and queries in ES|QL or SQL.
//   GET /flights/_search {"query": {"match_all": {}}}
//   POST /_bulk
//   {"index": {"_index": "flights", "_id": "1"}}
//   {"carrier": "UA"}
//   FROM flights | STATS n = COUNT(*) BY carrier;
// A request ends with its last JSON value, a query with `;` or the text. Lines that start with # or
// // stand for nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::elasticsearch {

enum class Language : uint8_t { console, esql, sql };

struct Piece {
  Language language = Language::console;
  size_t offset = 0;  // Where it stands in its text, bytes.
  size_t size = 0;
  std::string method = {};     // Of a request: upper case,
  std::string path = {};       // with a '/' before it and its query,
  std::string_view body = {};  // and its JSON values as they stand, in the text that was read.
  size_t values = 0;           // How many those are.
};

// The first piece from `at` on, and moves `at` behind it. nullopt at the end. Code::syntax with
// `position` in bytes from 1, Code::too_large.
Result<std::optional<Piece>> next_piece(std::string_view text, size_t& at);

// A parameter in a query: `?`, `?1`, `?name`, and in ES|QL `??name`.
struct Placeholder {
  std::string name;  // Without question marks; empty: by position.
};
// REQUIRES: `query` is a piece's text in that language.
std::vector<Placeholder> placeholders(std::string_view query, Language language);

}  // namespace dbops::elasticsearch
