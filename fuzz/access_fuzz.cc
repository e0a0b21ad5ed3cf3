// Rules of access, a line each, over names that stand in the input: deny wins, nothing is allowed
// that no rule allows, and letters' case opens nothing.
#include <string>
#include <vector>

#include "base/text.h"
#include "core/access.h"
#include "fuzz/check.h"

using namespace dbops;

namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// "+allow", "-deny", "#mask", "?schema.table.column": a name to ask for.
struct Input {
  AccessRules rules;
  std::vector<std::vector<std::string>> names;
};

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  parts.resize(3);
  return parts;
}

Input read(std::string_view text) {
  Input input;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string_view rest = line.substr(1);
    if (line[0] == '+') input.rules.allow.emplace_back(rest);
    if (line[0] == '-') input.rules.deny.emplace_back(rest);
    if (line[0] == '#') input.rules.masks.emplace_back(rest);
    if (line[0] == '?') input.names.push_back(parts_of(rest));
  }
  return input;
}

void check_name(const Access& access, bool allows_few, const std::vector<std::string>& name) {
  const auto& [schema, table, column] = std::tie(name[0], name[1], name[2]);
  const bool exact = access.table(schema, table, Access::Case::counts);
  const bool ignoring = access.table(schema, table, Access::Case::ignored);
  const bool denied = access.denied(schema, table);
  check(!exact || ignoring);
  check(!denied || !ignoring);
  check(denied == access.denied(upper(schema), lower(table)));
  check(allows_few || ignoring == !denied);
  const bool masked = access.masked(schema, table, column);
  check(!masked || access.has_masks(schema, table));
  check(masked == access.masked(lower(schema), upper(table), upper(column)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input = read(as_text(data, size));
  const auto access = Access::make(input.rules);
  if (!access) {
    check(access.error().code == Code::invalid_config && !access.error().message.empty());
    return 0;
  }
  check(access->describe().empty() == !access->restricts());
  const bool allows_few = !input.rules.allow.empty();
  for (const auto& name : input.names) check_name(*access, allows_few, name);

  // One denial more allows nothing more.
  input.rules.deny.emplace_back("*");
  const auto closed = Access::make(std::move(input.rules));
  if (!closed) return 0;
  for (const auto& name : input.names)
    check(!closed->table(name[0], name[1], Access::Case::ignored));
  return 0;
}
