// Prompts: prompts/list and prompts/get over a list of declarations.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mcp/completions.h"
#include "mcp/content.h"
#include "mcp/server.h"

namespace dbops::mcp {

struct PromptArgument {
  std::string_view name;
  std::string_view description;
  bool required = false;
  Completer completer = {};
};

struct PromptMessage {
  Content content;
  bool from_assistant = false;
};
using PromptOutcome = std::variant<std::vector<PromptMessage>, Questions, Failure>;

struct Prompt {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  std::vector<PromptArgument> arguments = {};
  // With all required arguments, and none that is not declared.
  std::function<PromptOutcome(Call&, const Variables&)> run;
};

// Shows them in this order. Names are unique.
void add_prompts(Server& server, std::vector<Prompt> prompts, Completions& completions);

}  // namespace dbops::mcp
