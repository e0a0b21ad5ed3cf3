#include "base/value.h"

namespace dbops {

std::string_view name(Kind kind) noexcept {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "real";
    case Kind::decimal:
      return "decimal";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytes";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "timestamp";
    case Kind::timestamp_tz:
      return "timestamp_tz";
    case Kind::interval:
      return "interval";
    case Kind::uuid:
      return "uuid";
    case Kind::json:
      return "json";
    case Kind::list:
      return "list";
    case Kind::map:
      return "map";
  }
  return "null";
}

}  // namespace dbops
