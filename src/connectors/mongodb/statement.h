// A text of database commands in Extended JSON, taken apart.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "connectors/mongodb/bson.h"
#include "core/parameters.h"

namespace dbops::mongodb {

// Where one command stands in the text, in bytes.
struct Piece {
  size_t offset = 0;
  size_t size = 0;
};

// The next object from `at` on, which moves behind it; whitespace and `;` may stand between them.
// nullopt at the end. Code::syntax with the position in bytes, from 1.
Result<std::optional<Piece>> next_piece(std::string_view text, size_t& at);

// The command with each string that is "$1", "$2" ... replaced by that parameter. Without
// parameters, as it is. Code::invalid_argument.
Result<Bson> bind(Bson command, const Parameters& parameters);

// Takes "$db" out of the command: where it runs; `fallback` where it has none.
// Code::invalid_argument for what can't be a database's name.
Result<std::string> take_database(Bson& command, const std::string& fallback);

}  // namespace dbops::mongodb
