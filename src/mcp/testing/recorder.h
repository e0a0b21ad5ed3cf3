// An outlet that keeps what it is given, for tests.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mcp/outlet.h"

namespace dbops::mcp::testing {

// Thread-safe.
class Recorder final : public Outlet {
 public:
  explicit Recorder(bool can_send = true) : can_send_(can_send) {}

  void send(std::string message) override;
  void finish(Reply reply) override;
  bool can_send() const override { return can_send_; }

  // Waits for the end, for at most 10 s; a reply whose body says so when none came.
  Reply reply();
  // Waits for the n-th message (from 0) ahead of the answer; empty when none came.
  std::string message(size_t index);
  std::vector<std::string> messages() const;
  // How often finish() was called.
  int finished() const;

 private:
  const bool can_send_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> messages_;
  std::optional<Reply> reply_;
  int finished_ = 0;
};

}  // namespace dbops::mcp::testing
