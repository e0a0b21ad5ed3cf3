// Statements that were taken apart already: a repeated one is not parsed again.
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/dialect.h"

namespace dbops::ops {

// Whether a statement has lately been short whenever it ran: then it is likely to be so again.
// Thread-safe.
class Habit {
 public:
  static constexpr int kTimesMin = 8;  // in a row
  static constexpr std::chrono::milliseconds kShort{5};
  static constexpr uint64_t kRowsMax = 100;

  bool is_short() const noexcept { return times_.load(std::memory_order_relaxed) >= kTimesMin; }
  void note(std::chrono::microseconds elapsed, uint64_t rows) noexcept {
    if (elapsed > kShort || rows > kRowsMax) return forget();
    if (!is_short()) times_.fetch_add(1, std::memory_order_relaxed);
  }
  void forget() noexcept { times_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<int> times_{0};
};

struct ParsedScript {
  Script script;
  std::string hash;  // SHA-256 of the text, in hex, as the audit log names it.
  std::unique_ptr<Habit> habit = std::make_unique<Habit>();
};

// The scripts used last. Thread-safe.
class Scripts {
 public:
  static constexpr size_t kEntriesMax = 256;
  static constexpr size_t kEntryBytesMax = 64 << 10;  // a longer text is parsed each time
  static constexpr size_t kBytesMax = 4 << 20;        // bytes of text in all

  // What Dialect::parse() answers, shared. Errors are not kept.
  Result<std::shared_ptr<const ParsedScript>> parse(const Dialect& dialect, std::string_view text);
  // Whether parse() would answer without parsing.
  bool knows(const Dialect& dialect, std::string_view text) const;
  size_t size() const;

 private:
  struct Key {
    const Dialect* dialect;
    std::string_view text;  // Of the entry itself.
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept;
  };
  struct Entry {
    const Dialect* dialect;
    std::shared_ptr<const ParsedScript> script;
  };
  void add(const Dialect& dialect, std::shared_ptr<const ParsedScript> script);
  void drop_oldest();

  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // The one used last in front.
  std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index_;
  size_t bytes_ = 0;
};

}  // namespace dbops::ops
