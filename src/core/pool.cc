#include "core/pool.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/signal.h"

namespace dbops {
namespace {

using Time = Deadline::Clock::time_point;

struct Idle {
  std::unique_ptr<Session> session;
  Time since;
};

// What a caller's turn brings: an idle session, or else a place to make one.
struct Turn {
  Idle idle;
};

struct Waiter {
  Signal signal;
  std::optional<Turn> turn;
  std::shared_ptr<const Error> failure;  // Of the connect that it waited for.
};

}  // namespace

// Invariant between two calls: whoever waits could not be served, that is, no session is idle, and
// all places are taken or a connect is under way.
struct Pool::State {
  State(size_t sessions, Connect make, Now clock)
      : sessions_max(std::clamp<size_t>(sessions, 1, kSessionsMax)),
        connect(std::move(make)),
        now(std::move(clock)) {
    idle.reserve(sessions_max);  // So that giving back allocates nothing.
  }

  // All of these REQUIRE the mutex.
  size_t open() const { return lent + idle.size() + (connecting ? 1 : 0); }
  std::optional<Turn> take() noexcept;
  void serve() noexcept;

  // Waits for the caller's turn; `first`: before all others, for one whose turn was spoilt.
  Result<Turn> wait(const Context& context, bool first);
  // Code::busy, with what the pool is busy with.
  Error no_turn(std::string_view why) const;  // REQUIRES the mutex.
  void give_back(std::unique_ptr<Session> session) noexcept;
  // The session is gone: its place is free.
  void forget(size_t sessions) noexcept;
  // Ends the one connect that is under way: with a session, with a failure that answers all who
  // wait for it, or with neither, and then the next in line tries.
  void land(bool connected, const std::shared_ptr<const Error>& failure) noexcept;

  const size_t sessions_max;
  const Connect connect;
  const Now now;
  mutable std::mutex mutex;
  std::vector<Idle> idle;  // The last one was used last, and is lent first: the others may age.
  std::deque<Waiter*> waiting;
  size_t lent = 0;
  bool connecting = false;  // One at a time, so that a dead server is asked once, not by everyone.
};

std::optional<Turn> Pool::State::take() noexcept {
  if (!idle.empty()) {
    Turn turn{std::move(idle.back())};
    idle.pop_back();
    ++lent;
    return turn;
  }
  if (connecting || open() >= sessions_max) return std::nullopt;
  connecting = true;
  return Turn{};
}

void Pool::State::serve() noexcept {
  while (!waiting.empty()) {
    auto turn = take();
    if (!turn) return;
    Waiter& first = *waiting.front();
    waiting.pop_front();
    first.turn = std::move(turn);
    first.signal.set();
  }
}

Error Pool::State::no_turn(std::string_view why) const {
  return Error{.code = Code::busy,
               .message = std::string(why) + ": " + std::to_string(lent) + " of " +
                          std::to_string(sessions_max) + " sessions are in use, " +
                          (connecting ? "one more is being made, " : "") +
                          std::to_string(waiting.size()) + " callers wait",
               .hint = "try again, or raise the time limit or the connection's pool_max",
               .retryable = true};
}

Result<Turn> Pool::State::wait(const Context& context, bool first) {
  {
    const std::lock_guard lock(mutex);
    if (first || waiting.empty())
      if (auto turn = take()) return *std::move(turn);
    if (!first && waiting.size() >= kWaitingMax) return fail(no_turn("the queue is full"));
  }
  Waiter waiter;
  if (!waiter.signal.good())
    return fail(Code::exhausted, std::string("eventfd: ") + std::strerror(errno),
                "raise the limit of open files (ulimit -n)");
  {
    const std::lock_guard lock(mutex);
    waiting.insert(first ? waiting.begin() : waiting.end(), &waiter);
    serve();
  }
  auto woken = context.wait(waiter.signal);

  std::unique_lock lock(mutex);
  if (waiter.turn) return *std::move(waiter.turn);  // Also when it came at the last moment.
  if (waiter.failure) return fail(*waiter.failure);
  waiting.erase(std::find(waiting.begin(), waiting.end(), &waiter));
  if (woken.error().code == Code::timeout)
    return fail(no_turn("the time limit passed while waiting for a session"));
  return fail(std::move(woken).error());
}

void Pool::State::give_back(std::unique_ptr<Session> session) noexcept {
  if (session->broken()) {
    session.reset();  // Before its place is free: the server never sees more than sessions_max.
    forget(1);
    return;
  }
  const std::lock_guard lock(mutex);
  --lent;
  idle.push_back({std::move(session), now()});
  serve();
}

void Pool::State::forget(size_t sessions) noexcept {
  const std::lock_guard lock(mutex);
  lent -= sessions;
  serve();
}

void Pool::State::land(bool connected, const std::shared_ptr<const Error>& failure) noexcept {
  const std::lock_guard lock(mutex);
  connecting = false;
  if (connected) ++lent;
  if (failure != nullptr) {
    for (Waiter* waiter : waiting) {
      waiter->failure = failure;
      waiter->signal.set();
    }
    waiting.clear();
  }
  serve();
}

Pool::Pool(size_t sessions_max, Connect connect, Now now)
    : state_(std::make_unique<State>(sessions_max, std::move(connect), std::move(now))) {}

Pool::~Pool() = default;

Result<Pool::Lease> Pool::acquire(const Context& context) {
  for (bool first = false;; first = true) {
    DBOPS_TRY(context.alive());
    DBOPS_ASSIGN(Turn turn, state_->wait(context, first));
    if (turn.idle.session == nullptr) return connect(context);
    Lease lease(*state_, std::move(turn.idle.session));
    // Also one that came back just now: its link may have been cut since.
    if (lease->hung_up()) {
      lease.close();
      continue;
    }
    if (state_->now() - turn.idle.since <= kUncheckedMax) return lease;
    Context check = context;
    check.deadline = context.deadline.earlier(Deadline::after(kPingMax));
    if (lease->ping(check)) return lease;
    lease.close();  // Dead, and if not, then its answer to the ping may still be on its way.
  }
}

Result<Pool::Lease> Pool::connect(const Context& context) {
  struct Flight {
    State& state;
    bool connected = false;
    std::shared_ptr<const Error> failure = nullptr;
    ~Flight() { state.land(connected, failure); }
  } flight{*state_};
  auto session = state_->connect(context);
  if (!session) {
    // A caller that gave up says nothing about the server.
    if (context.alive()) flight.failure = std::make_shared<const Error>(session.error());
    return fail(std::move(session).error());
  }
  flight.connected = true;
  return Lease(*state_, *std::move(session));
}

void Pool::trim() {
  std::vector<Idle> old;
  {
    const std::lock_guard lock(state_->mutex);
    const Time oldest = state_->now() - kIdleMax;
    auto& idle = state_->idle;
    // In order of their return, so the oldest stand first.
    const auto keep = std::find_if(idle.begin(), idle.end(),
                                   [&](const Idle& each) { return each.since >= oldest; });
    old.assign(std::move_iterator(idle.begin()), std::move_iterator(keep));
    idle.erase(idle.begin(), keep);
    state_->lent += old.size();  // Until they are closed, their places are taken.
  }
  const size_t closed = old.size();
  old.clear();
  if (closed > 0) state_->forget(closed);
}

Pool::Counts Pool::counts() const {
  const std::lock_guard lock(state_->mutex);
  return {.open = state_->open(), .idle = state_->idle.size(), .waiting = state_->waiting.size()};
}

Pool::Lease::Lease(State& state, std::unique_ptr<Session> session) noexcept
    : state_(&state), session_(std::move(session)) {}

Pool::Lease::Lease(Lease&& other) noexcept
    : state_(other.state_), session_(std::move(other.session_)) {}

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  if (session_ != nullptr) state_->give_back(std::move(session_));
  state_ = other.state_;
  session_ = std::move(other.session_);
  return *this;
}

Pool::Lease::~Lease() {
  if (session_ != nullptr) state_->give_back(std::move(session_));
}

void Pool::Lease::close() noexcept {
  session_.reset();
  state_->forget(1);
}

}  // namespace dbops
