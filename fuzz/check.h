#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace dbops {

// What must hold for every input. Ends the process so that both libFuzzer and the corpus test see
// it.
inline void check(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view as_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace dbops
