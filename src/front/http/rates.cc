#include "front/http/rates.h"

#include <algorithm>

namespace dbops::http {

std::optional<std::chrono::seconds> Rates::take(std::string_view principal, size_t calls,
                                                Clock::time_point now) {
  constexpr Clock::duration kMinute = std::chrono::minutes(1);
  if (per_minute_ == 0) return std::nullopt;
  const Clock::duration cost = kMinute * calls / per_minute_;
  const std::lock_guard lock(mutex_);
  auto at = full_at_.find(principal);
  if (at == full_at_.end()) {
    if (full_at_.size() >= kPrincipalsMax)
      std::erase_if(full_at_, [now](const auto& bucket) { return bucket.second <= now; });
    if (full_at_.size() >= kPrincipalsMax) return std::chrono::ceil<std::chrono::seconds>(kMinute);
    at = full_at_.emplace(principal, now).first;
  }
  const auto next = std::max(at->second, now) + cost;
  if (next - now > kMinute) return std::chrono::ceil<std::chrono::seconds>(next - now - kMinute);
  at->second = next;
  return std::nullopt;
}

}  // namespace dbops::http
