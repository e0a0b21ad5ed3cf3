// Completion of the arguments of prompts and of the variables of resource templates: the method
// completion/complete.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/server.h"

namespace dbops::mcp {

inline constexpr size_t kCompletionsMax = 100;         // values in one answer, by the protocol
inline constexpr size_t kVariablesMax = 64;            // arguments of one prompt or completion
inline constexpr size_t kVariableBytesMax = 64 << 10;  // bytes of one value

// Texts by name: a prompt's arguments, a template's variables.
using Variables = std::map<std::string, std::string, std::less<>>;
// Reads an object of texts, such as a prompt's `arguments`; empty for nullptr.
tl::expected<Variables, Failure> read_variables(const boost::json::value* object,
                                                std::string_view what);
// A variable's value; empty where there is none.
std::string_view value_of(const Variables& variables, std::string_view name);

// What could stand where `typed` does, in order, all of it: the answer shows the first of them.
// `others`: the values that were chosen before. What does not begin with `typed` may be among them.
using Completer = std::function<tl::expected<std::vector<std::string>, Failure>(
    Call&, std::string_view typed, const Variables& others)>;

// The names that begin with `typed` (case and double quotes ignored), then those that contain it.
std::vector<std::string> matching(const std::vector<std::string>& names, std::string_view typed);

// Gathers completers while a server is set up.
class Completions {
 public:
  void add_prompt(std::string_view prompt, std::string_view argument, Completer completer);
  void add_template(std::string_view uri_template, std::string_view variable, Completer completer);

 private:
  friend void add_completions(Server& server, Completions completions);
  using Arguments = std::map<std::string, Completer, std::less<>>;
  std::map<std::string, Arguments, std::less<>> prompts_;
  std::map<std::string, Arguments, std::less<>> templates_;
};

void add_completions(Server& server, Completions completions);

}  // namespace dbops::mcp
