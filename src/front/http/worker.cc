#include "front/http/worker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace dbops::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurnMax{1000};  // between two looks at what is overdue

}  // namespace

Result<std::unique_ptr<Worker>> Worker::start(Service& service, const Certificates* tls,
                                              std::function<void()> closed) {
  DBOPS_ASSIGN(std::unique_ptr<Loop> loop, Loop::create(service.awake.get()));
  return std::unique_ptr<Worker>(new Worker(service, tls, std::move(closed), std::move(loop)));
}

Worker::Worker(Service& service, const Certificates* tls, std::function<void()> closed,
               std::unique_ptr<Loop> loop)
    : service_(service),
      certificates_(tls),
      closed_(std::move(closed)),
      loop_(std::move(loop)),
      scratch_(kReadBytes),
      due_(Clock::time_point::max()),
      keep_alive_at_(Clock::now() + service.settings.keep_alive),
      thread_([this] { work(); }) {}

Worker::~Worker() {
  ending_ = true;
  loop_->look_again();
  thread_.join();
}

void Worker::adopt(int fd) {
  ++count_;
  if (Loop::current() == loop_.get()) return add(fd);
  loop_->post([this, fd] { add(fd); });
}

void Worker::stop_all() {
  loop_->post([this] {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->stop();
  });
}

void Worker::add(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto channel =
      certificates_ != nullptr ? make_tls_channel(fd, *certificates_) : make_plain_channel(fd);
  if (channel) {
    const auto connection = std::make_shared<Connection>(std::move(channel), service_, *this);
    if (connection->open()) {
      connections_.emplace(connection.get(), connection);
      return;
    }
  }
  --count_;
  closed_();
}

void Worker::wake(std::shared_ptr<Connection> connection) {
  if (Loop::current() == loop_.get()) return woken_.push_back(std::move(connection));
  loop_->post([connection = std::move(connection)] { connection->go_on(); });
}

void Worker::remove(Connection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  removed_.push_back(std::move(found->second));
  connections_.erase(found);
  --count_;
  closed_();
}

void Worker::go_on_with_woken() {
  going_on_.swap(woken_);
  now_.reset();
  for (const auto& connection : going_on_) connection->go_on();
  going_on_.clear();
}

void Worker::look_after(Clock::time_point now) {
  const bool quiet = now >= keep_alive_at_;
  if (quiet) keep_alive_at_ = now + service_.settings.keep_alive;
  std::vector<std::shared_ptr<Connection>> overdue;
  due_ = Clock::time_point::max();
  for (const auto& [key, connection] : connections_) {
    if (connection->due() <= now)
      overdue.push_back(connection);
    else
      due_ = std::min(due_, connection->due());
    if (quiet) connection->keep_alive();
  }
  for (const auto& connection : overdue) connection->close();
  overdue.clear();
  removed_.clear();  // Nobody is within one here, and what comes next may be a long wait.
}

milliseconds Worker::patience() {
  const auto now = Clock::now();
  now_.reset();
  if (now >= std::min(due_, keep_alive_at_)) look_after(now);
  if (!woken_.empty()) return milliseconds(0);
  const auto left = std::chrono::ceil<milliseconds>(std::min(due_, keep_alive_at_) - now);
  return std::clamp(left, milliseconds(0), kTurnMax);
}

void Worker::work() {
  const Loop::Seat seat(*loop_);
  while (!ending_ || loop_->tasks() > 0) {
    loop_->turn(patience());
    go_on_with_woken();
    removed_.clear();
  }
  loop_->turn(milliseconds(0));  // What was given over last is closed with the others.
  while (!connections_.empty()) {
    const auto connection = connections_.begin()->second;
    connection->close();
  }
}

}  // namespace dbops::http
