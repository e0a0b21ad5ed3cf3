#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace dbops::app {

struct TokenOptions {
  std::string name;                               // The principal.
  std::vector<std::string> scopes = {"db:read"};  // See Grants::add().
};

// The entry of the configuration for this token. Code::invalid_argument for a name or a scope that
// is none.
Result<std::string> token_entry(const TokenOptions& options, const Secret& token);

// Makes a token and prints it with its entry. Answers an exit code.
int print_token(const TokenOptions& options);

}  // namespace dbops::app
