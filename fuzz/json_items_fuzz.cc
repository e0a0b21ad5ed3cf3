// Documents do not depend on how the bytes were cut, and are what parse_json() takes for objects.
#include <boost/json/value.hpp>
#include <string>

#include "base/text.h"
#include "fuzz/check.h"
#include "wire/json_object.h"
#include "wire/json_reader.h"

using namespace dbops;

namespace {

// Each document or message on a line of its own.
template <class Reader>
std::string read(std::string_view text, size_t piece) {
  Reader reader;
  std::string all;
  Arena arena;
  std::vector<Value> cells;
  uint64_t line = 1;
  for (;;) {
    const auto got = reader.next(arena, cells);
    if (got && *got == Got::end) return all;
    if (got && *got == Got::more) {
      if (text.empty()) reader.finish();
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
      continue;
    }
    check(reader.line() >= line);
    line = reader.line();
    all += std::to_string(line) + ' ';
    if (got) {
      all += std::string(cells[0].as_text()) + '\n';
      continue;
    }
    check(valid_utf8(got.error().message));
    all += got.error().message + '\n';
    if (got.error().code != Code::data) return all;
  }
}

template <class Reader>
void check_reader(std::string_view text) {
  const std::string whole = read<Reader>(text, SIZE_MAX);
  for (const size_t piece : {size_t{1}, size_t{5}}) check(read<Reader>(text, piece) == whole);
}

void check_object(std::string_view text) {
  const auto parsed = parse_json(text);
  const bool sound = check_json_object(text).has_value();
  if (parsed) check(sound == parsed->is_object());
  if (!sound) return;
  Arena arena;
  JsonMembers reader;
  const auto members = reader.read(text, arena);
  if (!members) {
    check(members.error().code == Code::data);
    return;
  }
  for (const JsonMember& member : **members) {
    const auto cell = json_cell(member.value, arena);
    if (!parsed || !cell || cell->kind() != Kind::text) continue;
    const auto* const known = parsed->get_object().if_contains(member.key);
    check(known != nullptr && cell->as_text() == std::string_view(known->get_string()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  check_reader<NdjsonReader>(text);
  check_reader<JsonReader>(text);
  check_object(text);
  return 0;
}
