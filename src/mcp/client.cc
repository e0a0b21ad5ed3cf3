#include "mcp/client.h"

#include "mcp/call.h"

namespace dbops::mcp {

Caller Client::caller() const {
  const std::lock_guard lock(mutex_);
  return {.principal = principal_, .grants = grants_};
}

void Client::renew(std::shared_ptr<const Grants> grants) {
  const std::lock_guard lock(mutex_);
  grants_.swap(grants);
}

std::optional<Revision> Client::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

void Client::attach(std::weak_ptr<Outlet> stream) {
  const std::lock_guard lock(mutex_);
  stream_ = std::move(stream);
}

void Client::announce(std::string_view method, std::string_view params) const {
  announce(notification_frame(method, params));
}

void Client::announce(std::string frame) const {
  std::shared_ptr<Outlet> stream;
  {
    const std::lock_guard lock(mutex_);
    stream = stream_.lock();
  }
  if (stream) stream->send(std::move(frame));
}

bool Client::watch(std::string_view uri) {
  const std::lock_guard lock(mutex_);
  if (watched_.size() >= kWatchedMax && !watched_.contains(uri)) return false;
  watched_.emplace(uri);
  return true;
}

void Client::unwatch(std::string_view uri) {
  const std::lock_guard lock(mutex_);
  if (const auto found = watched_.find(uri); found != watched_.end()) watched_.erase(found);
}

std::vector<std::string> Client::watched() const {
  const std::lock_guard lock(mutex_);
  return {watched_.begin(), watched_.end()};
}

void Client::dismiss_questions() {
  std::vector<std::shared_ptr<Call>> calls;
  {
    const std::lock_guard lock(mutex_);
    answers_ = false;
    for (const auto& [id, asked] : questions_) calls.push_back(asked.call);
  }
  for (const auto& call : calls) call->stop();
}

void Client::cancel_all() {
  for (const auto& call : calls_in_flight()) call->cancel();
}

void Client::stop_all() {
  for (const auto& call : calls_in_flight()) call->stop();
}

std::vector<std::shared_ptr<Call>> Client::calls_in_flight() const {
  std::vector<std::shared_ptr<Call>> calls;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, call] : calls_) calls.push_back(call);
  return calls;
}

bool Client::wait_idle(Deadline deadline) const {
  std::unique_lock lock(mutex_);
  const auto is_idle = [this] { return unfinished_ == 0; };
  if (const auto left = deadline.remaining()) return idle_.wait_for(lock, *left, is_idle);
  idle_.wait(lock, is_idle);
  return true;
}

size_t Client::calls() const {
  const std::lock_guard lock(mutex_);
  return unfinished_;
}

void Client::begin(Revision revision, ClientCapabilities capabilities) {
  const std::lock_guard lock(mutex_);
  revision_ = revision;
  capabilities_ = std::move(capabilities);
}

std::optional<Envelope> Client::envelope(const Message& message) const {
  const std::lock_guard lock(mutex_);
  if (!revision_) return std::nullopt;
  return Envelope{.revision = *revision_,
                  .client = capabilities_,
                  .log_level = log_level_,
                  .progress_token = read_progress_token(message)};
}

void Client::set_log_level(LogLevel level) {
  const std::lock_guard lock(mutex_);
  log_level_ = level;
}

bool Client::add(const std::string& id, const std::shared_ptr<Call>& call) {
  const std::lock_guard lock(mutex_);
  if (!calls_.emplace(id, call).second) return false;
  ++unfinished_;
  return true;
}

void Client::free_id(const std::string& id) {
  std::shared_ptr<Call> removed;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  removed = std::move(found->second);
  calls_.erase(found);
}

void Client::done() {
  const std::lock_guard lock(mutex_);
  if (--unfinished_ == 0) idle_.notify_all();
}

std::shared_ptr<Call> Client::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(id);
  return found != calls_.end() ? found->second : nullptr;
}

std::optional<int64_t> Client::ask(Asked asked) {
  const std::lock_guard lock(mutex_);
  if (!answers_) return std::nullopt;
  questions_.emplace(++last_question_, std::move(asked));
  return last_question_;
}

std::optional<Client::Asked> Client::answered(int64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = questions_.find(id);
  if (found == questions_.end()) return std::nullopt;
  Asked asked = std::move(found->second);
  questions_.erase(found);
  return asked;
}

std::vector<std::pair<int64_t, std::string>> Client::forget_questions(const Call* call) {
  std::vector<std::pair<int64_t, std::string>> open;
  std::vector<Asked> forgotten;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  for (auto at = questions_.begin(); at != questions_.end();) {
    if (at->second.call.get() != call) {
      ++at;
      continue;
    }
    open.emplace_back(at->first, at->second.key);
    forgotten.push_back(std::move(at->second));
    at = questions_.erase(at);
  }
  return open;
}

}  // namespace dbops::mcp
