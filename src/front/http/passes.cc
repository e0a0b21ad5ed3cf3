#include "front/http/passes.h"

namespace dbops::http {
namespace {

void heed(const Passes::Pass& pass, const Authority::Answer& answer) {
  if (answer && answer->principal == pass.principal) return pass.renew(*answer);
  if (answer || answer.error().code == Code::authentication) pass.end();
}

}  // namespace

void Passes::add(Pass pass) {
  auto added = std::make_shared<const Pass>(std::move(pass));
  const std::lock_guard lock(mutex_);
  passes_.push_back(std::move(added));
}

void Passes::recheck(const Gate& gate) {
  std::vector<std::shared_ptr<const Pass>> passes;
  {
    const std::lock_guard lock(mutex_);
    passes = passes_;
  }
  for (const auto& pass : passes) {
    if (pass->stream.expired()) continue;
    gate.recognise(pass->token.reveal(),
                   [pass](const Authority::Answer& answer) { heed(*pass, answer); });
  }
}

void Passes::trim(const Gate& gate, Clock::time_point now) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(passes_, [](const auto& pass) { return pass->stream.expired(); });
    if (now - checked_ < kRecheck) return;
    checked_ = now;
  }
  recheck(gate);
}

size_t Passes::size() const {
  const std::lock_guard lock(mutex_);
  return passes_.size();
}

}  // namespace dbops::http
