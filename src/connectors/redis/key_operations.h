// Operations on many keys, wherever a cluster keeps them.
#pragma once

#include "connectors/redis/session.h"
#include "core/arguments.h"

namespace dbops::redis {

inline constexpr size_t kSummaryKeysMax = 100;  // keys of one summary

// The bytes of the keys given as values of the argument `keys`. Code::invalid_argument for one that
// is none, Code::forbidden for one that the session's rules don't allow.
Result<std::vector<std::string>> keys_given(RedisSession& session, Arguments& arguments);

// A row for each key: what it is, how large, how long it lives, how it is used, and some of its
// value. null: no such key, or not told by this server. Asks so that the key's age of use stays.
Result<std::unique_ptr<Stream>> key_summary(const Context& context, RedisSession& session,
                                            Arguments arguments);
// A part of the keys, and the cursor of the next; empty at the end.
struct ScanStep {
  std::vector<std::string> keys;
  std::string next;
};
// One call of SCAN with these options behind its cursor. An empty cursor begins. Of a cluster one
// node after the other; the cursor says which, in any session.
Result<ScanStep> scan_step(const Context& context, RedisSession& session, const std::string& cursor,
                           const Link::Command& options);
// Some keys (`match`, `type`, `count`), and a warning with the cursor to go on from, unless there
// are no more.
Result<std::unique_ptr<Stream>> scan_keys(const Context& context, RedisSession& session,
                                          const Arguments& arguments);
// One row: how many keys match a pattern, how many were removed, and some of them. With `preview`
// none is. Code::forbidden in the read tier unless it is a preview.
Result<std::unique_ptr<Stream>> delete_keys(const Context& context, RedisSession& session,
                                            Arguments arguments);
std::string delete_danger(const Arguments& arguments);

}  // namespace dbops::redis
