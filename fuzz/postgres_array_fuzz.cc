// Whatever an array literal holds: it becomes a list that is not too deep, or nothing.
#include <iterator>
#include "connectors/postgres/cells.h"

#include "fuzz/check.h"

using namespace dbops;

namespace {

void check_list(const Value& value, size_t depth) {
  check(depth <= postgres::kArrayDepthMax);
  if (value.kind() != Kind::list) return;
  for (const Value& item : value.as_items()) check_list(item, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr Kind kElements[] = {Kind::text, Kind::integer, Kind::bytes, Kind::boolean, Kind::real};
  const postgres::CellType type{.kind = Kind::list,
                                .element = kElements[data[0] % std::size(kElements)],
                                .delimiter = data[0] & 64 ? ';' : ','};
  Arena arena;
  const std::string_view text = as_text(data + 1, size - 1);
  const Value list = postgres::decode_array(type, text, (data[0] & 32) != 0, arena);
  check(list.is_null() || list.kind() == Kind::list);
  check_list(list, 0);
  check(!postgres::decode(type, text, false, arena).is_null());
  return 0;
}
