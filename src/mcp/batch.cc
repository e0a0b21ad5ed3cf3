#include "mcp/batch.h"

namespace dbops::mcp {

void Batch::Part::send(std::string message) {
  const std::lock_guard lock(batch_->mutex_);
  batch_->whole_->send(std::move(message));
}

void Batch::Part::finish(Reply reply) {
  const std::lock_guard lock(batch_->mutex_);
  std::string& answers = batch_->answers_;
  if (!reply.body.empty()) {
    if (!answers.empty()) answers += ',';
    answers += reply.body;
  }
  if (--batch_->open_ > 0) return;
  // Of notifications alone: nothing is answered.
  batch_->whole_->finish({.body = answers.empty() ? std::string() : "[" + answers + "]"});
}

}  // namespace dbops::mcp
