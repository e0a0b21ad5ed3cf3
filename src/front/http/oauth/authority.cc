#include "front/http/oauth/authority.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace dbops::http {
namespace {

// Tells subjects from the names of tokens, which have no colon: sessions and cursors of one are not
// the other's.
constexpr std::string_view kPrincipalPrefix = "oauth:";

Expected expected_by(const OAuthSettings& settings) {
  return {
      .issuer = settings.issuer,
      .audiences = settings.audiences.empty() ? std::vector{settings.resource} : settings.audiences,
      .skew = settings.skew};
}

tl::unexpected<Error> unknown_key() {
  return fail(Code::authentication, "the token is signed by a key that the issuer does not have");
}

}  // namespace

Authority::Authority(OAuthSettings settings, Now now)
    : settings_(std::move(settings)),
      expected_(expected_by(settings_)),
      now_(std::move(now)),
      provider_(settings_) {}

Authority::~Authority() { cancel_.request(); }

Context Authority::patience() const {
  Context context;
  context.cancel = cancel_;
  context.deadline = Deadline::after(settings_.patience);
  return context;
}

Caller Authority::caller_of(const Identity& identity) const {
  auto grants = std::make_shared<Grants>();
  // Others than this server's, such as "openid", grant nothing here.
  for (const std::string& scope : identity.scopes) static_cast<void>(grants->add(scope));
  grants->restrict(settings_.policy);
  if (const auto found = settings_.subjects.find(identity.subject);
      found != settings_.subjects.end())
    grants->restrict(found->second);
  for (const std::string& scope : identity.scopes)
    if (const auto found = settings_.scopes.find(scope); found != settings_.scopes.end())
      grants->restrict(found->second);
  return {.principal = std::string(kPrincipalPrefix) + identity.subject,
          .grants = std::move(grants)};
}

std::optional<Authority::Answer> Authority::recall(const std::string& hash, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(hash);
  if (found == known_.end()) return std::nullopt;
  if (now < found->second.until) return found->second.answer;
  known_.erase(found);
  return std::nullopt;
}

Authority::Answer Authority::remember(const std::string& hash, Answer answer,
                                      Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kAnswersMax) known_.clear();
  known_.insert_or_assign(hash, Known{answer, until});
  return answer;
}

Authority::Answer Authority::read_signed(const Jws& jws, const std::string& hash,
                                         const std::shared_ptr<const KeySet>& keys) {
  const auto payload = parse_json(jws.payload);
  if (!payload || !payload->is_object())
    return fail(Code::authentication, "the token's claims are no JSON object");
  DBOPS_ASSIGN(const Identity identity, read_claims(payload->get_object(), expected_, now_()));
  const Caller caller = caller_of(identity);
  {
    const std::lock_guard lock(mutex_);
    if (keys_ != keys) return caller;  // Its key may be gone by now.
  }
  return remember(hash, caller, identity.until);
}

// `settled`: no more is to be asked, whatever is not known.
std::optional<Authority::Answer> Authority::look_signed(std::string_view token,
                                                        const std::string& hash, bool settled) {
  auto jws = parse_jws(token);
  if (!jws) return fail(std::move(jws).error());
  const auto now = now_();
  std::shared_ptr<const KeySet> keys;
  bool may_fetch = false;
  bool old = false;
  std::optional<Error> failure;
  {
    const std::lock_guard lock(mutex_);
    // Keys that are on their way are waited for, by whoever asks meanwhile.
    may_fetch = !settled && (underway_ || !tried_at_ || now >= *tried_at_ + settings_.keys_refetch);
    old = now >= keys_at_ + settings_.keys_life;
    if (keys_ && now < keys_at_ + kKeysStaleMax) keys = keys_;
    failure = failure_;
  }
  if (may_fetch && (!keys || old)) return std::nullopt;
  if (!keys)
    return fail(failure.value_or(Error{.code = Code::unreachable,
                                       .message = "the issuer's keys are not known yet",
                                       .hint = "try again soon"}));
  switch (keys->verify(*jws)) {
    case KeySet::Found::valid:
      return read_signed(*jws, hash, keys);
    case KeySet::Found::forged:
      return fail(Code::authentication, "the token's signature is wrong");
    case KeySet::Found::unknown:
      break;
  }
  if (may_fetch) return std::nullopt;
  return unknown_key();
}

Result<void> Authority::fetch_keys() {
  {
    const std::lock_guard lock(mutex_);
    tried_at_ = now_();
    underway_ = true;
  }
  const auto text = provider_.fetch_keys(patience());
  auto keys = text ? KeySet::parse(*text, settings_.algorithms)
                   : Result<KeySet>(tl::unexpected(text.error()));
  const std::lock_guard lock(mutex_);
  underway_ = false;
  if (!keys) {
    log::warning("the keys of the issuer could not be fetched: " +
                 escape_control(keys.error().message));
    failure_ = keys.error();
    return fail(std::move(keys).error());
  }
  // What was signed by a key that is gone is good no more.
  known_.clear();
  failure_.reset();
  keys_ = std::make_shared<const KeySet>(std::move(*keys));
  keys_at_ = now_();
  return {};
}

Authority::Answer Authority::ask_provider(std::string_view token, const std::string& hash) {
  auto said = provider_.introspect(patience(), token);
  if (!said) {
    log::warning("a token could not be introspected: " + escape_control(said.error().message));
    return fail(std::move(said).error());
  }
  const auto now = now_();
  const auto identity = read_introspection(said->get_object(), expected_, now);
  const auto until = now + settings_.answer_life;
  if (!identity && identity.error().code != Code::authentication) return fail(identity.error());
  if (!identity) return remember(hash, fail(identity.error()), until);
  return remember(hash, caller_of(*identity), std::min(until, identity->until));
}

std::optional<Authority::Answer> Authority::look(std::string_view token) {
  const std::string hash = sha256(token);
  if (auto known = recall(hash, now_())) return known;
  if (settings_.introspect) return std::nullopt;
  return look_signed(token, hash, false);
}

Authority::Answer Authority::ask(std::string_view token) {
  const std::string hash = sha256(token);
  if (settings_.introspect) {
    if (auto known = recall(hash, now_())) return *known;
    return ask_provider(token, hash);
  }
  // One fetch answers all that wait for it.
  const std::lock_guard lock(fetching_);
  if (auto answer = look_signed(token, hash, false)) return *answer;
  static_cast<void>(fetch_keys());  // Where it failed, look_signed() says how.
  return look_signed(token, hash, true).value_or(unknown_key());
}

void Authority::ask_soon(std::string token, std::function<void(Answer)> done) {
  const auto wait = std::make_shared<std::function<void(Answer)>>(std::move(done));
  const auto secret = std::make_shared<const Secret>(std::move(token));
  if (executor_.submit([this, secret, wait] { (*wait)(ask(secret->reveal())); })) return;
  (*wait)(fail(Error{.code = Code::busy,
                     .message = "too many tokens wait for the authorization server",
                     .hint = "try again soon",
                     .retryable = true}));
}

}  // namespace dbops::http
