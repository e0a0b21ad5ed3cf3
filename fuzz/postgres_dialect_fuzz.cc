// Beside what holds for every dialect: a name that is quoted is one name.
#include "connectors/postgres/connector.h"
#include "fuzz/check_script.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Dialect& dialect = postgres::connector().dialect();
  const std::string_view text = as_text(data, size);
  const auto quoted = dialect.parse("select 1 as " + dialect.quote(text));
  check(quoted ? quoted->tier() == Tier::read : text.empty() || !quoted.error().message.empty());
  check_script(dialect, text);
  return 0;
}
