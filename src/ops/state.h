// What must outlive one process, or be seen by several: small records that expire.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::ops {

// What a record is; ids are unique within their kind.
enum class StateKind : uint8_t {
  key,     // of the seals, made by the first server that needs one
  token,   // a confirmation that was used
  server,  // a server that lives
  task,    // work that goes on after its answer
  stop,    // a task that is to be stopped, for the server that works on it
  result,  // a result kept to be read in pages
  page,    // one of those pages
};
std::string_view name(StateKind kind) noexcept;

struct StateRecord {
  std::string id = {};
  std::string owner = {};  // The principal it belongs to; may be empty.
  int64_t expires_ms = 0;  // Since 1970. From then on it does not exist.
  uint64_t size = 0;       // What it counts for in Usage; its keeper's to say.
  int64_t version = 0;     // As it was read; see replace().
  std::string body = {};   // Any bytes.
};

// Thread-safe. Calls may block for kTimeMax. Errors: what the store's engine answers (Code::busy,
// unreachable, exhausted ...); effect says whether a change may have been made.
class State {
 public:
  static constexpr std::chrono::seconds kTimeMax{5};  // of one call
  static constexpr size_t kIdBytesMax = 256;          // bytes of an id
  static constexpr size_t kBodyBytesMax = 17u << 20;  // bytes of one body
  static constexpr size_t kListedMax = 1000;          // records that list() answers
  static constexpr int64_t kForever = INT64_MAX / 2;  // expires_ms of what never does

  virtual ~State() = default;
  // False: one of that id stands there, which is left as it is. Atomic among all who share it.
  virtual Result<bool> add(StateKind kind, const StateRecord& record) = 0;
  // Puts it in the place of the one of that id and version. False: there is none (any more).
  virtual Result<bool> replace(StateKind kind, const StateRecord& record) = 0;
  virtual Result<std::optional<StateRecord>> find(StateKind kind, std::string_view id) = 0;
  // The owner's (empty: everybody's), without their bodies; what expires first comes first.
  virtual Result<std::vector<StateRecord>> list(StateKind kind, std::string_view owner) = 0;
  struct Usage {
    uint64_t count = 0;
    uint64_t size = 0;
  };
  virtual Result<Usage> usage(StateKind kind, std::string_view owner) = 0;
  virtual Result<void> drop(StateKind kind, std::string_view id) = 0;
  // Removes what has expired.
  virtual Result<void> trim() = 0;
};

int64_t state_time_ms(std::chrono::system_clock::time_point at);
inline int64_t state_now_ms() { return state_time_ms(std::chrono::system_clock::now()); }

// Of one process, for as long as it lives; at most `bytes_max` bytes of bodies (Code::exhausted).
std::unique_ptr<State> make_memory_state(size_t bytes_max = 64u << 20);

// 32 bytes, the same for all who share the state: made and kept there by the first that asks.
Result<std::string> shared_key(State& state);
// A state and the key of what is sealed by those who share it.
struct SharedState {
  std::shared_ptr<State> state;
  // At least 32 bytes that nobody can guess. Who signs with it says in the text what for.
  std::string key;
};
// Of one process, for as long as it lives.
SharedState make_own_state();

}  // namespace dbops::ops
