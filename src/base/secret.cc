#include "base/secret.h"

#include <openssl/crypto.h>

namespace dbops {

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();
  return *this;
}

void Secret::wipe() noexcept {
  // The whole capacity: a short text that was moved away leaves its bytes behind.
  text_.resize(text_.capacity());
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

std::string redact(std::string_view text, const Secret& secret) {
  const std::string_view hidden = secret.reveal();
  std::string shown;
  if (hidden.size() < kRedactBytesMin) return shown.append(text);
  for (;;) {
    const size_t at = text.find(hidden);
    shown += text.substr(0, at);
    if (at == std::string_view::npos) return shown;
    shown += "***";
    text.remove_prefix(at + hidden.size());
  }
}

}  // namespace dbops
