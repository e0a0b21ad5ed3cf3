#include "base/loop.h"

#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace dbops {
namespace {

constexpr int kEventsMax = 128;  // taken in one turn
// Beside those that are waited for; of poll() and epoll alike, whose numbers are the same.
constexpr short kAlways = POLLERR | POLLHUP | POLLNVAL;
static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLRDHUP == EPOLLRDHUP);
static_assert(POLLERR == EPOLLERR && POLLHUP == EPOLLHUP && POLLPRI == EPOLLPRI);

constexpr itimerspec kNever{};

thread_local Loop* seated = nullptr;

Error system_error(const char* what) {
  return Error{
      .code = errno == EMFILE || errno == ENFILE || errno == ENOMEM ? Code::exhausted : Code::io,
      .message = std::string(what) + ": " + std::strerror(errno)};
}

// That this process may use.
int processors() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create(Awake* awake, const Waits& learnt) {
  const auto bell = std::make_shared<const Bell>();
  if (!bell->good()) return fail(system_error("eventfd"));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return fail(system_error("epoll_create1"));
  const int pulse = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (pulse < 0) {
    auto error = system_error("timerfd_create");
    close(epoll);
    return fail(std::move(error));
  }
  auto loop = std::unique_ptr<Loop>(new Loop(bell, epoll, pulse, awake, learnt));
  for (const int fd : {bell->fd(), pulse}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return fail(system_error("epoll_ctl"));
  }
  return loop;
}

Loop::Loop(std::shared_ptr<const Bell> bell, int epoll, int pulse, Awake* awake,
           const Waits& learnt)
    : bell_(std::move(bell)),
      epoll_(epoll),
      pulse_(pulse),
      alone_(processors() == 1),
      awake_(awake),
      waits_(learnt) {}

Loop::~Loop() {
  if (none_halts_) awake_->release();
  close(pulse_);
  close(epoll_);
}

Loop::Seat::Seat(Loop& loop) { seated = &loop; }
Loop::Seat::~Seat() { seated = nullptr; }

Loop* Loop::current() noexcept { return seated; }

Loop* Loop::of_task() noexcept {
  return seated != nullptr && seated->running_ != nullptr ? seated : nullptr;
}

void Loop::look_again() noexcept {
  if (seated == this)
    rung_here_ = true;
  else
    bell_->ring();
}

void Loop::post(Task work) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(work));
  }
  look_again();
}

Result<void> Loop::watch(int fd, uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return fail(system_error("epoll_ctl"));
  const auto at = static_cast<size_t>(fd);
  if (watchers_.size() <= at) watchers_.resize(at + 1);
  watchers_[at] = &watcher;
  return {};
}

void Loop::forget(int fd) {
  watchers_[static_cast<size_t>(fd)] = nullptr;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

Loop::Slot* Loop::free_slot() {
  if (!free_.empty()) {
    Slot* const slot = free_.back();
    free_.pop_back();
    return slot;
  }
  if (slots_.size() >= kTasksMax) return nullptr;
  auto slot = std::make_unique<Slot>();
  slot->fiber = Fiber::create();
  if (!slot->fiber) return nullptr;
  slots_.push_back(std::move(slot));
  return slots_.back().get();
}

bool Loop::spawn(Task task) {
  if (Slot* const slot = queue_.empty() ? free_slot() : nullptr) {
    begin(*slot, std::move(task));
    return true;
  }
  // Only the end of a task takes one from the queue.
  if (at_work_ == 0 || queue_.size() >= kQueueMax) return false;
  queue_.push_back(std::move(task));
  return true;
}

void Loop::begin(Slot& slot, Task task) {
  slot.fiber->give(std::move(task));
  ++at_work_;
  ready_.push_back(&slot);
}

void Loop::go_on(Slot& slot) {
  running_ = &slot;
  slot.fiber->resume();
  running_ = nullptr;
  if (slot.fiber->has_task()) return;
  --at_work_;
  ended_.push_back(&slot);
  if (queue_.empty()) {
    free_.push_back(&slot);
    return;
  }
  Task next = std::move(queue_.front());
  queue_.pop_front();
  begin(slot, std::move(next));
}

void Loop::wake(Slot& slot, Why why) {
  slot.waiting = false;
  slot.why = why;
  if (slot.fd >= 0) {
    Slot** link = &waiting_[static_cast<size_t>(slot.fd)];
    while (*link != &slot) link = &(*link)->next;
    *link = slot.next;
  }
  ready_.push_back(&slot);
}

// Sets `now_` to when it returned.
int Loop::await_events(std::span<epoll_event> events, std::chrono::milliseconds span) {
  const auto poll = [&](std::chrono::milliseconds most) {
    using Count = std::chrono::milliseconds::rep;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::clamp<Count>(most.count(), 0, INT_MAX)));
    now_ = Clock::now();
    return count;
  };
  if (!ready_.empty() || !yielded_.empty() || rung_here_) return poll({});
  const auto start = Clock::now();
  if (due_ != Clock::time_point::max())
    span = std::min(span, std::chrono::ceil<std::chrono::milliseconds>(due_ - start));
  if (span.count() <= 0 || alone_) return poll(span);
  const Waits::For what = at_work_ > 0 ? Waits::For::tasks : Waits::For::callers;
  const Waits::Span looked = none_halts_ ? Waits::Span(0) : waits_.span(what);
  int count = 0;
  for (now_ = start; count == 0 && now_ - start < looked;) count = poll({});
  if (count == 0) count = poll(span);
  if (none_halts_) return count;
  waits_.learn(what, now_ - start, looked == Waits::Span(0));
  if (awake_ != nullptr && waits_.want_processors_awake()) keep_awake();
  return count;
}

void Loop::keep_awake() {
  constexpr timespec kEach{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kPulse).count()};
  const itimerspec pulse{.it_interval = kEach, .it_value = kEach};
  if (!awake_->hold()) return waits_.begin_anew();
  timerfd_settime(pulse_, 0, &pulse, nullptr);
  none_halts_ = true;
  stirs_ = 0;
}

void Loop::let_halt() {
  timerfd_settime(pulse_, 0, &kNever, nullptr);
  awake_->release();
  none_halts_ = false;
  waits_.begin_anew();
}

void Loop::turn(std::chrono::milliseconds span) {
  for (const Slot* const slot : ended_) slot->fiber->let_go();
  ended_.clear();
  std::array<epoll_event, kEventsMax> events;
  const int count = await_events(events, span);
  for (int i = 0; i < count; ++i)
    take_event(events[static_cast<size_t>(i)].data.fd, events[static_cast<size_t>(i)].events);
  if (std::exchange(rung_here_, false)) look();
  ready_.insert(ready_.end(), yielded_.begin(), yielded_.end());
  yielded_.clear();
  if (now_ >= due_) expire();
  for (size_t step = 0; step < kStepsMax && !ready_.empty(); ++step) {
    Slot& slot = *ready_.front();
    ready_.pop_front();
    go_on(slot);
    // What was set here is heard in the same turn.
    if (ready_.empty() && std::exchange(rung_here_, false)) look();
  }
}

void Loop::take_event(int fd, uint32_t events) {
  if (fd == pulse_) {
    uint64_t ticks = 0;
    if (read(pulse_, &ticks, sizeof ticks) > 0 && std::exchange(stirs_, 0) < kStirs) let_halt();
    return;
  }
  ++stirs_;
  if (const auto at = static_cast<size_t>(fd); at < watchers_.size() && watchers_[at] != nullptr)
    return watchers_[at]->ready(events);
  if (fd == bell_->fd()) {
    bell_->hush();
    rung_here_ = true;
    return;
  }
  for (Slot *slot = waiting_for(fd), *next = nullptr; slot != nullptr; slot = next) {
    next = slot->next;
    const auto came = static_cast<short>(static_cast<short>(events) & (slot->events | kAlways));
    if (came == 0) continue;
    slot->events = came;
    wake(*slot, Why::ready);
  }
  if (const short wanted = wanted_of(fd); wanted != 0) arm(fd, wanted);
}

void Loop::look() {
  for (const auto& slot : slots_) {
    if (!slot->waiting) continue;
    if (slot->signal != nullptr && slot->signal->is_set())
      wake(*slot, Why::ready);
    else if (slot->context->cancel.requested())
      wake(*slot, Why::cancelled);
  }
  std::vector<Task> inbox;
  {
    const std::lock_guard lock(mutex_);
    inbox.swap(inbox_);
  }
  for (const Task& work : inbox) work();
}

void Loop::expire() {
  due_ = Clock::time_point::max();
  for (const auto& slot : slots_) {
    if (!slot->waiting) continue;
    const auto at = slot->context->deadline.at();
    if (!at) continue;
    if (*at <= now_)
      wake(*slot, Why::timeout);
    else
      due_ = std::min(due_, *at);
  }
}

Loop::Why Loop::suspend(const Context& context) {
  Slot& slot = *running_;
  slot.context = &context;
  slot.waiting = true;
  if (const auto at = context.deadline.at()) due_ = std::min(due_, *at);
  slot.fiber->pause();
  return slot.why;
}

// The first; nullptr: none does.
Loop::Slot* Loop::waiting_for(int fd) const {
  const auto at = static_cast<size_t>(fd);
  return at < waiting_.size() ? waiting_[at] : nullptr;
}

// What the waiting tasks want of a descriptor.
short Loop::wanted_of(int fd) const {
  short wanted = 0;
  for (const Slot* slot = waiting_for(fd); slot != nullptr; slot = slot->next)
    wanted = static_cast<short>(wanted | slot->events);
  return wanted;
}

// For one event. One that was armed before is still known to epoll, unless it was closed since.
bool Loop::arm(int fd, short events) const {
  epoll_event event{.events = static_cast<uint32_t>(events) | EPOLLONESHOT, .data = {.fd = fd}};
  return epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0 ||
         (errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
}

Loop::Why Loop::wait(const Context& context, int fd, short& events) {
  if (context.cancel.requested()) return Why::cancelled;
  if (fd >= 0 && !arm(fd, static_cast<short>(events | wanted_of(fd))))
    return errno == EPERM ? Why::ready : Why::failed;  // A file is always ready.
  Slot& slot = *running_;
  slot.signal = nullptr;
  slot.fd = fd;
  slot.events = events;
  if (fd >= 0) {
    const auto at = static_cast<size_t>(fd);
    if (waiting_.size() <= at) waiting_.resize(at + 1);
    slot.next = std::exchange(waiting_[at], &slot);
  }
  const Why why = suspend(context);
  events = slot.events;
  if (why != Why::ready && fd >= 0 && wanted_of(fd) == 0)
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  return why;
}

Loop::Why Loop::wait(const Context& context, const Signal& signal) {
  Slot& slot = *running_;
  slot.signal = &signal;
  slot.fd = -1;
  return suspend(context);
}

void Loop::yield() {
  Slot& slot = *running_;
  yielded_.push_back(&slot);
  slot.fiber->pause();
}

}  // namespace dbops
