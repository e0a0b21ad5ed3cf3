#include "front/http/identities.h"

namespace dbops::http {
namespace {

std::unique_ptr<Authority> authority_for(OAuthSettings settings) {
  return settings.used() ? std::make_unique<Authority>(std::move(settings)) : nullptr;
}

}  // namespace

Identities::Identities(std::vector<Token> tokens, OAuthSettings oauth, bool guarded)
    : tokens_(std::move(tokens)),
      authority_(authority_for(std::move(oauth))),
      guarded_(guarded || any()) {}

void Login::ask(std::function<void()> done) const {
  identities_->authority()->ask_soon(std::string(token_.reveal()),
                                     [slot = slot_, done = std::move(done)](auto answer) {
                                       {
                                         const std::lock_guard lock(slot->mutex);
                                         slot->answer = std::move(answer);
                                       }
                                       done();
                                     });
}

std::optional<Authority::Answer> Login::answer() const {
  const std::lock_guard lock(slot_->mutex);
  return slot_->answer;
}

}  // namespace dbops::http
