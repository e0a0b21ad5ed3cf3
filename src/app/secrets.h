// Where a password comes from when it doesn't stand in the configuration.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/secret.h"

namespace dbops::app {

inline constexpr size_t kSecretBytesMax = 64u << 10;                // bytes of a secret's source
inline constexpr std::chrono::milliseconds kSecretTimeMax{10'000};  // for a command to answer
inline constexpr size_t kSecretWordsMax = 64;                       // words of a command

struct SecretSource {
  enum class Kind { none, literal, environment, file, command };
  Kind kind = Kind::none;
  Secret literal;
  std::string name;                // Of the environment variable or the file.
  std::vector<std::string> words;  // Of the command: the program and its arguments.
};

// Asks the source: the first line of what it says, without its line break. A command is run without
// a shell; what it says on stderr goes to ours. Code::invalid_config for a variable that isn't set,
// a file that can't be read, a command that fails, says nothing or too much; Code::timeout,
// Code::cancelled. Messages name the source and never what it said.
Result<Secret> read_secret(const Context& context, const SecretSource& source);

// The URL with the password in its place. Code::invalid_config where it has one already, or has no
// place for one.
Result<Secret> with_password(const std::string& url, const Secret& password);

}  // namespace dbops::app
