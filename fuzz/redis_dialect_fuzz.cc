#include "connectors/redis/command_keys.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/connector.h"
#include "connectors/redis/frame.h"
#include "connectors/redis/overwrites.h"
#include "fuzz/check_script.h"

using namespace dbops;

namespace {

void check_keys(const redis::Line& line) {
  const std::string verb = redis::classify(line.words).verb;
  for (const size_t place : redis::keys_made_lasting(verb, line.words))
    check(place > 0 && place < line.words.size());
  const auto keys = redis::keys_of(verb, line.words);
  if (!keys) return;
  for (const size_t place : keys->places) check(place > 0 && place < line.words.size());
}

// The commands are the script's statements, and what else there is makes it a transaction.
void check_frame(const Script& script) {
  const auto parts = redis::outline(script.text);
  check(parts && parts->commands.size() == script.statements.size());
  check(parts->multi.has_value() == redis::is_transaction(script));
  check(!parts->multi || *parts->multi < parts->commands.size());
  check(parts->multi || parts->watches.empty());
  for (const redis::Line& line : parts->commands) check_keys(line);
  for (const redis::Line& line : parts->watches) check_keys(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = as_text(data, size);
  check_script(redis::connector().dialect(), text);
  if (const auto script = redis::connector().dialect().parse(text)) check_frame(*script);
  return 0;
}
