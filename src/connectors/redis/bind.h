// Parameters as arguments of a command: a word that is $1, $2 ... and stands without quotes is the
// parameter of that number, byte for byte.
#pragma once

#include <string>
#include <vector>

#include "connectors/redis/words.h"
#include "core/parameters.h"

namespace dbops::redis {

// The words of a command with the parameters in their places. Without parameters a $1 is a word as
// any other. `name_words` is how many words the command's name has: none of those can be one.
// Code::invalid_argument where the numbers and the parameters do not go together, or a value has no
// form as an argument (null, boolean, list).
Result<std::vector<std::string>> bind(Line line, const Parameters& parameters, size_t name_words);

}  // namespace dbops::redis
