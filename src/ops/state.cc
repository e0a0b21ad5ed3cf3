#include "ops/state.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops::ops {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kRecordBytes = 256;  // of a record beside its body, as memory_state counts
constexpr std::string_view kKeyId = "seal";

class MemoryState final : public State {
 public:
  explicit MemoryState(size_t bytes_max) : bytes_max_(bytes_max) {}

  Result<bool> add(StateKind kind, const StateRecord& record) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(kind, record.id);
    if (found != records_.end()) return false;
    DBOPS_TRY(make_room(record));
    records_.insert_or_assign({kind, record.id}, record);
    return true;
  }

  Result<bool> replace(StateKind kind, const StateRecord& record) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(kind, record.id);
    if (found == records_.end() || found->second.version != record.version) return false;
    DBOPS_TRY(make_room(record));
    found->second = record;
    ++found->second.version;
    return true;
  }

  Result<std::optional<StateRecord>> find(StateKind kind, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(kind, id);
    if (found == records_.end()) return std::nullopt;
    return found->second;
  }

  Result<std::vector<StateRecord>> list(StateKind kind, std::string_view owner) override {
    const std::lock_guard lock(mutex_);
    std::vector<StateRecord> found;
    each_live(kind, owner, [&](const StateRecord& record) {
      StateRecord& listed = found.emplace_back(record);
      listed.body.clear();
    });
    std::stable_sort(found.begin(), found.end(), [](const StateRecord& a, const StateRecord& b) {
      return a.expires_ms < b.expires_ms;
    });
    if (found.size() > kListedMax) found.resize(kListedMax);
    return found;
  }

  Result<Usage> usage(StateKind kind, std::string_view owner) override {
    const std::lock_guard lock(mutex_);
    Usage usage;
    each_live(kind, owner, [&](const StateRecord& record) {
      ++usage.count;
      usage.size += record.size;
    });
    return usage;
  }

  Result<void> drop(StateKind kind, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    records_.erase({kind, std::string(id)});
    return {};
  }

  Result<void> trim() override {
    const std::lock_guard lock(mutex_);
    drop_expired();
    return {};
  }

 private:
  using Records = std::map<std::pair<StateKind, std::string>, StateRecord>;

  Records::iterator find_live(StateKind kind, std::string_view id) {
    const auto found = records_.find({kind, std::string(id)});
    const bool live = found != records_.end() && found->second.expires_ms > state_now_ms();
    return live ? found : records_.end();
  }
  template <class Use>
  void each_live(StateKind kind, std::string_view owner, Use use) const {
    const int64_t now = state_now_ms();
    for (auto at = records_.lower_bound({kind, {}}); at != records_.end(); ++at) {
      if (at->first.first != kind) return;
      const StateRecord& record = at->second;
      if (record.expires_ms > now && (owner.empty() || record.owner == owner)) use(record);
    }
  }
  void drop_expired() {
    std::erase_if(records_,
                  [now = state_now_ms()](const auto& one) { return one.second.expires_ms <= now; });
  }
  size_t bytes() const {
    size_t bytes = 0;
    for (const auto& [id, record] : records_) bytes += record.body.size() + kRecordBytes;
    return bytes;
  }
  Result<void> make_room(const StateRecord& record) {
    const size_t wanted = record.body.size() + kRecordBytes;
    if (bytes() + wanted <= bytes_max_) return {};
    drop_expired();
    if (bytes() + wanted <= bytes_max_) return {};
    return fail(Code::exhausted,
                "what is kept in memory has reached its limit of " + format_bytes(bytes_max_),
                "try again later, or give dbops a file for its state ([state] file)");
  }

  const size_t bytes_max_;
  std::mutex mutex_;
  Records records_;
};

}  // namespace

std::string_view name(StateKind kind) noexcept {
  static constexpr std::string_view kNames[] = {"key",  "token",  "server", "task",
                                                "stop", "result", "page"};
  return kNames[static_cast<size_t>(kind)];
}

int64_t state_time_ms(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

std::unique_ptr<State> make_memory_state(size_t bytes_max) {
  return std::make_unique<MemoryState>(bytes_max);
}

Result<std::string> shared_key(State& state) {
  DBOPS_TRY(state.add(
      StateKind::key,
      {.id = std::string(kKeyId), .expires_ms = State::kForever, .body = random_bytes(kKeyBytes)}));
  DBOPS_ASSIGN(auto found, state.find(StateKind::key, kKeyId));
  if (found && found->body.size() == kKeyBytes) return std::move(found->body);
  return fail(Code::corrupt, "the state holds no usable key",
              "remove the state's file: what waits for a confirmation is asked anew");
}

SharedState make_own_state() {
  return {.state = make_memory_state(), .key = random_bytes(kKeyBytes)};
}

}  // namespace dbops::ops
