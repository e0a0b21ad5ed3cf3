// What INFO says, field by field.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/redis/link.h"

namespace dbops::redis {

class Info {
 public:
  // From lines "name:value"; others are passed over. Control characters come out escaped.
  static Info parse(std::string_view text);

  std::string text(std::string_view name) const;  // Empty where there is none.
  std::optional<int64_t> integer(std::string_view name) const;
  std::optional<double> real(std::string_view name) const;
  // Those whose names start so, by the rest of their names.
  std::vector<std::pair<std::string, std::string>> starting(std::string_view prefix) const;

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

// Of a field such as "calls=21,usec=175" one part; empty where there is none.
std::string part_of(std::string_view list, std::string_view name);

// All of INFO, or one section of it.
Result<Info> ask_info(const Context& context, Link& link, std::string_view section);

}  // namespace dbops::redis
