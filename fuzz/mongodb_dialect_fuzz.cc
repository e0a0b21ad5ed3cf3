// Whatever a script holds: its statements stand in it one behind the other, and each of them, taken
// alone, is the same statement again.
#include "connectors/mongodb/connector.h"
#include "fuzz/check.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Dialect& dialect = mongodb::connector().dialect();
  const auto script = dialect.parse(as_text(data, size));
  if (!script) {
    check(!script.error().message.empty());
    check(!script.error().position || *script.error().position <= size + 1);
    return 0;
  }
  check(!script->statements.empty() && script->text == as_text(data, size));
  size_t end = 0;
  for (size_t i = 0; i < script->statements.size(); ++i) {
    const Statement& statement = script->statements[i];
    check(statement.offset >= end && statement.size > 0);
    end = statement.offset + statement.size;
    check(end <= size);
    check(!statement.verb.empty() && statement.reason.empty() == (statement.tier == Tier::read));
    const auto alone = dialect.parse(script->statement_text(i));
    check(alone && alone->statements.size() == 1);
    const Statement& again = alone->statements[0];
    check(again.offset == 0 && again.size == statement.size && again.verb == statement.verb &&
          again.tier == statement.tier && again.danger == statement.danger);
  }
  return 0;
}
