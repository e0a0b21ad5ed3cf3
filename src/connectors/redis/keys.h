// Keys as a tree: what stands between colons is a level, so that user:7:name stands in user, 7.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/redis/link.h"

namespace dbops::redis {

inline constexpr size_t kScanKeysMax = 100'000;  // keys that one look at the key space reads

// The first level of a key, without its colon; the whole key where it has but one. A colon at
// either end, or behind another, parts nothing: join_path() of the levels is the key again.
std::string_view first_level(std::string_view key);
std::vector<std::string> split_key(std::string_view key);
std::string join_path(const std::vector<std::string>& path);

// A pattern of SCAN that takes the text for what it is.
std::string escape_glob(std::string_view text);

struct Scan {
  std::vector<std::string> keys;  // Sorted, each once.
  bool complete = true;           // False: there are more.
};
// By SCAN of one server after the other, a thousand keys a call: each serves others in between.
// Ends with the call that has brought `keys_max` keys or more.
Result<Scan> scan(const Context& context, std::span<Link* const> servers, const std::string& glob,
                  size_t keys_max = kScanKeysMax);

}  // namespace dbops::redis
