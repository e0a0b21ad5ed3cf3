#pragma once

#include <string>
#include <string_view>

namespace dbops::sqlite {

// A search pattern of a catalogue (Catalog::Search): part of a name, or with `*` and `?` a whole
// one; ASCII case ignored. An empty pattern matches everything.
class Matcher {
 public:
  explicit Matcher(std::string_view pattern);
  bool matches(std::string_view name) const;

 private:
  std::string pattern_;
  bool whole_ = false;
};

}  // namespace dbops::sqlite
