#include "ops/watches.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "ops/call.h"

namespace dbops::ops {

class Watch {
 public:
  Watch(const Workspace& workspace, std::string name, const Watches::Tell& tell,
        const Watches::Pace& pace)
      : workspace_(workspace), name_(std::move(name)), tell_(tell), pace_(pace) {}
  ~Watch() {
    cancel_.request();
    if (thread_.joinable()) thread_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Answers once the first session listens. Who comes meanwhile waits for the same.
  Result<void> begin(const Context& context) {
    const std::lock_guard lock(beginning_);
    if (thread_.joinable()) return {};
    Context limited = context;
    limited.deadline = context.deadline.earlier(Deadline::after(pace_.begin_max));
    DBOPS_TRY(connect(limited));
    thread_ = std::thread([this] { work(); });
    return {};
  }

 private:
  Context within(std::chrono::milliseconds span) const {
    Context context;
    context.cancel = cancel_;
    context.deadline = Deadline::after(span);
    return context;
  }
  void pause(std::chrono::milliseconds span) const {
    static_cast<void>(within(span).wait(-1, 0));  // Nothing but its time or a cancel ends it.
  }

  Result<void> connect(const Context& context) {
    DBOPS_ASSIGN(connection_, workspace_.connections().find(name_));
    if (!connection_->connector().watches())
      return fail(no_capability(*connection_, "subscriptions"));
    DBOPS_ASSIGN(session_, connection_->open(context));
    auto begun = session_->watcher()->begin(context);
    if (!begun) session_.reset();
    return begun;
  }

  // The configuration has another connection of this name now, or none.
  bool is_outdated() const {
    const auto found = workspace_.connections().find(name_);
    return !found || *found != connection_;
  }

  void work() {
    while (!cancel_.requested()) {
      if (!session_)
        reconnect();
      else
        listen();
    }
  }

  void reconnect() {
    const auto connected = connect(within(pace_.begin_max));
    if (connected) {
      retry_ = pace_.retry_first;
      last_said_.clear();
      return tell({Watcher::Place()});
    }
    if (cancel_.requested()) return;
    const Error& error = connected.error();
    if (error.message != last_said_)
      log::warning("subscribers of " + name_ + " hear of no changes: " + error.message);
    last_said_ = error.message;
    pause(retry_);
    retry_ = std::min(retry_ * 2, pace_.retry_max);
  }

  void listen() {
    if (is_outdated()) return session_.reset();
    auto places = session_->watcher()->next(within(pace_.look));
    if (places) return gather(std::move(*places));
    if (places.error().code == Code::timeout && !session_->broken()) {
      if (!check_.passed()) return;
      check_ = Deadline::after(pace_.check);
      if (session_->watcher()->begin(within(pace_.begin_max))) return;
    }
    session_.reset();
  }

  void gather(std::vector<Watcher::Place> places) {
    const Context context = within(pace_.gather);
    while (places.size() <= pace_.places_max) {
      auto more = session_->watcher()->next(context);
      if (!more) break;
      places.insert(places.end(), more->begin(), more->end());
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (places.size() > pace_.places_max) places = {Watcher::Place()};
    tell(places);
  }

  void tell(const std::vector<Watcher::Place>& places) const {
    if (cancel_.requested()) return;
    tell_(name_, places);
    pause(pace_.rest);
  }

  const Workspace& workspace_;
  const std::string name_;
  const Watches::Tell& tell_;
  const Watches::Pace& pace_;
  const Cancel cancel_ = Cancel::create();
  std::mutex beginning_;
  // From its start on, the thread's alone.
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<Session> session_;
  Deadline check_ = Deadline::after(pace_.check);
  std::chrono::milliseconds retry_ = pace_.retry_first;
  std::string last_said_;  // Of a failure, so that it is logged once.
  std::thread thread_;
};

Watches::Watches(const Workspace& workspace, Tell tell, Pace pace)
    : workspace_(workspace), tell_(std::move(tell)), pace_(pace) {}

Watches::~Watches() = default;

Result<void> Watches::begin(const Context& context, const std::string& connection) {
  std::shared_ptr<Watch> watch;
  {
    const std::lock_guard lock(mutex_);
    unwanted_.erase(connection);
    auto found = watches_.find(connection);
    if (found == watches_.end() && watches_.size() >= kWatchesMax)
      return fail(Code::exhausted, "too many connections are watched for changes",
                  "end subscriptions to others first");
    if (found == watches_.end())
      found =
          watches_
              .emplace(connection, std::make_shared<Watch>(workspace_, connection, tell_, pace_))
              .first;
    watch = found->second;
  }
  auto begun = watch->begin(context);
  if (begun) return begun;
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(connection);
  // Of those that wait for one that failed, each tries for itself; the last takes it out.
  if (found != watches_.end() && found->second == watch && watch.use_count() == 2)
    watches_.erase(found);
  return begun;
}

void Watches::retain(const std::set<std::string>& connections) {
  std::vector<std::shared_ptr<Watch>> ended;  // Destroyed outside the lock: that waits.
  const std::lock_guard lock(mutex_);
  for (auto at = watches_.begin(); at != watches_.end();) {
    const bool wanted = connections.contains(at->first);
    if (wanted) unwanted_.erase(at->first);
    if (wanted || unwanted_.insert(at->first).second) {
      ++at;
      continue;
    }
    unwanted_.erase(at->first);
    ended.push_back(std::move(at->second));
    at = watches_.erase(at);
  }
}

size_t Watches::size() const {
  const std::lock_guard lock(mutex_);
  return watches_.size();
}

}  // namespace dbops::ops
