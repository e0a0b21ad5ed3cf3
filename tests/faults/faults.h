// Layers that fail on command, after SQLite's habit: a test runs its subject with the first
// operation failing, then the second, and so on until nothing failed any more, and checks after
// each run that nothing was lost, leaked or left half done.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "net/transport.h"

namespace dbops::faults {

enum class Times : uint8_t { once, from_then_on };

// Which operation fails: the `fail_at`-th, counted from 1 over all that share the plan; 0: none.
// Thread-safe. Outlives what uses it.
class Plan {
 public:
  Plan(int fail_at, Times times) : fail_at_(fail_at), times_(times) {}

  // Counts one operation. True: it must fail.
  bool strikes();
  // An operation has failed. False at the end of a run: there are no more operations to fail.
  bool fired() const { return fired_; }

 private:
  const int fail_at_;
  const Times times_;
  std::atomic<int> operations_ = 0;
  std::atomic<bool> fired_ = false;
};

// Hands everything on to `inner`. A read that fails reads nothing, a write that fails writes half:
// Code::disconnected. A read answers at most `read_max` bytes (at least 1), so that a reader meets
// every cut.
class Transport final : public dbops::Transport {
 public:
  Transport(std::unique_ptr<dbops::Transport> inner, Plan& plan, size_t read_max = SIZE_MAX)
      : inner_(std::move(inner)), plan_(plan), read_max_(read_max) {}

  Result<size_t> read(const Context& context, std::span<char> into) override;
  Result<void> write(const Context& context, std::string_view bytes) override;

 private:
  std::unique_ptr<dbops::Transport> inner_;
  Plan& plan_;
  const size_t read_max_;
};

// Hands everything on to `inner`, so that what exists stays visible there. create() and read() fail
// with Code::denied, a write puts down half and fails with Code::exhausted, a commit() fails with
// Code::io and commits nothing.
class Files final : public dbops::Files {
 public:
  explicit Files(Plan& plan, dbops::Files& inner = real_files()) : inner_(inner), plan_(plan) {}

  Result<std::unique_ptr<OutputFile>> create(const std::string& path, Existing existing) override;
  Result<std::string> read(const std::string& path, size_t bytes_max) override;

 private:
  dbops::Files& inner_;
  Plan& plan_;
};

}  // namespace dbops::faults
