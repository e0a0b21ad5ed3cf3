#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace dbops {

// Text that must not come out. It has no stream operator and no conversion: who needs it says
// reveal(), which is easy to search for. Wiped when it is destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) { return *this = Secret(other); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

 private:
  void wipe() noexcept;
  std::string text_;
};

// `text` with every occurrence of the secret replaced by "***"; for messages of libraries that may
// quote it. Secrets of fewer than kRedactBytesMin bytes are left: they would shred the message and
// hide nothing.
inline constexpr size_t kRedactBytesMin = 4;
std::string redact(std::string_view text, const Secret& secret);

}  // namespace dbops
