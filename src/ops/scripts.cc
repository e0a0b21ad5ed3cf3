#include "ops/scripts.h"

#include <functional>
#include <utility>

#include "base/bytes.h"

namespace dbops::ops {

size_t Scripts::KeyHash::operator()(const Key& key) const noexcept {
  return std::hash<std::string_view>()(key.text) ^ std::hash<const void*>()(key.dialect);
}

Result<std::shared_ptr<const ParsedScript>> Scripts::parse(const Dialect& dialect,
                                                           std::string_view text) {
  const bool keeps = text.size() <= kEntryBytesMax;
  if (keeps) {
    std::lock_guard lock(mutex_);
    if (const auto found = index_.find(Key{&dialect, text}); found != index_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().script;
    }
  }
  // Outside the lock: a large text must not make others wait.
  DBOPS_ASSIGN(Script script, dialect.parse(text));
  auto parsed = std::make_shared<const ParsedScript>(
      ParsedScript{.script = std::move(script), .hash = hex(sha256(text))});
  if (keeps) add(dialect, parsed);
  return parsed;
}

bool Scripts::knows(const Dialect& dialect, std::string_view text) const {
  std::lock_guard lock(mutex_);
  return index_.contains(Key{&dialect, text});
}

size_t Scripts::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void Scripts::add(const Dialect& dialect, std::shared_ptr<const ParsedScript> script) {
  std::lock_guard lock(mutex_);
  const std::string_view text = script->script.text;
  if (index_.contains(Key{&dialect, text})) return;  // Another thread was first.
  while (entries_.size() >= kEntriesMax || (bytes_ + text.size() > kBytesMax && !entries_.empty()))
    drop_oldest();
  entries_.push_front(Entry{&dialect, std::move(script)});
  index_.emplace(Key{&dialect, text}, entries_.begin());
  bytes_ += text.size();
}

void Scripts::drop_oldest() {
  const Entry& oldest = entries_.back();
  const std::string_view text = oldest.script->script.text;
  bytes_ -= text.size();
  index_.erase(Key{oldest.dialect, text});
  entries_.pop_back();
}

}  // namespace dbops::ops
