#include "ops/watches.h"

#include <algorithm>

#include "ops/call.h"

namespace dbops::ops {

class Watch final : public Standing::Work {
 public:
  Watch(const Workspace& workspace, std::string name, const Watches::Tell& tell,
        const Watches::Pace& pace)
      : tell_(tell), pace_(pace), standing_(workspace, std::move(name), *this, pace.standing) {}

  Result<void> begin(const Context& context) { return standing_.begin(context); }

 private:
  Result<void> check(const Connection& connection) const override {
    if (connection.connector().watches()) return {};
    return fail(no_capability(connection, "subscriptions"));
  }
  Result<void> begin(const Context& context, Session& session) override {
    return session.watcher()->begin(context);
  }
  Result<void> hear(const Context& context, Session& session) override {
    DBOPS_ASSIGN(auto places, session.watcher()->next(context));
    gather(session, std::move(places));
    return {};
  }
  void resume() override { tell({Watcher::Place()}); }

  void gather(Session& session, std::vector<Watcher::Place> places) const {
    const Context context = standing_.within(pace_.gather);
    while (places.size() <= pace_.places_max) {
      auto more = session.watcher()->next(context);
      if (!more) break;
      places.insert(places.end(), more->begin(), more->end());
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (places.size() > pace_.places_max) places = {Watcher::Place()};
    tell(places);
  }

  void tell(const std::vector<Watcher::Place>& places) const {
    if (standing_.ending()) return;
    tell_(standing_.connection(), places);
    standing_.pause(pace_.rest);
  }

  const Watches::Tell& tell_;
  const Watches::Pace& pace_;
  Standing standing_;  // Last: it ends first.
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
