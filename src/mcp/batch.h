#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "mcp/outlet.h"

namespace dbops::mcp {

// The outlets of one JSON-RPC batch: gathers the answers of its parts into one array.
class Batch {
 public:
  // REQUIRES: `parts` outlets of Part are made, and each is finished.
  Batch(std::shared_ptr<Outlet> whole, size_t parts) : whole_(std::move(whole)), open_(parts) {}

  class Part final : public Outlet {
   public:
    explicit Part(std::shared_ptr<Batch> batch) : batch_(std::move(batch)) {}
    void send(std::string message) override;
    void finish(Reply reply) override;
    bool can_send() const override { return batch_->whole_->can_send(); }

   private:
    const std::shared_ptr<Batch> batch_;
  };

 private:
  const std::shared_ptr<Outlet> whole_;
  std::mutex mutex_;
  size_t open_;
  std::string answers_;  // Joined by commas.
};

}  // namespace dbops::mcp
