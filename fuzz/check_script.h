// What holds for every dialect, whatever a script holds: its statements stand in it one behind the
// other, and each of them, taken alone, is the same statement again.
#pragma once

#include "core/dialect.h"
#include "fuzz/check.h"

namespace dbops {

inline void check_script(const Dialect& dialect, std::string_view text) {
  const auto script = dialect.parse(text);
  if (!script) {
    check(!script.error().message.empty());
    check(!script.error().position || *script.error().position <= text.size() + 1);
    return;
  }
  check(!script->statements.empty() && script->text == text);
  size_t end = 0;
  for (size_t i = 0; i < script->statements.size(); ++i) {
    const Statement& statement = script->statements[i];
    check(statement.offset >= end && statement.size > 0);
    end = statement.offset + statement.size;
    check(end <= text.size());
    check(!statement.verb.empty() && statement.reason.empty() == (statement.tier == Tier::read));
    const auto alone = dialect.parse(script->statement_text(i));
    check(alone && alone->statements.size() == 1);
    const Statement& again = alone->statements[0];
    check(again.offset == 0 && again.size == statement.size && again.verb == statement.verb &&
          again.tier == statement.tier && again.danger == statement.danger);
  }
}

}  // namespace dbops
