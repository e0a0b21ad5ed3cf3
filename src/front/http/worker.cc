#include "front/http/worker.h"

#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

namespace dbops::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurnMax{1000};  // between two looks at what is overdue

// How long the daemon can be left alone; zero: it has something to do.
milliseconds patience(MHD_Daemon* daemon) {
  unsigned long long left_ms = 0;
  if (MHD_get_timeout(daemon, &left_ms) != MHD_YES) return kTurnMax;
  return milliseconds(std::min<unsigned long long>(left_ms, kTurnMax.count()));
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::start(MHD_Daemon* daemon) {
  std::unique_ptr<MHD_Daemon, void (*)(MHD_Daemon*)> owned(daemon, MHD_stop_daemon);
  DBOPS_ASSIGN(std::unique_ptr<Loop> loop, Loop::create());
  DBOPS_TRY(loop->watch(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd));
  return std::unique_ptr<Worker>(new Worker(owned.release(), std::move(loop)));
}

Worker::Worker(MHD_Daemon* daemon, std::unique_ptr<Loop> loop)
    : daemon_(daemon), loop_(std::move(loop)), thread_([this] { work(); }) {}

Worker::~Worker() {
  ending_ = true;
  loop_->look_again();
  thread_.join();
  MHD_stop_daemon(daemon_);
}

void Worker::quiesce() {
  std::promise<void> done;
  loop_->post([this, &done] {
    if (const int listening = MHD_quiesce_daemon(daemon_); listening >= 0) close(listening);
    done.set_value();
  });
  done.get_future().wait();
}

void Worker::work() {
  const Loop::Seat seat(*loop_);
  while (!ending_ || loop_->tasks() > 0) {
    loop_->turn(patience(daemon_));
    // Each time: nothing tells of connections that were resumed, or whose time is up.
    MHD_run(daemon_);
  }
}

}  // namespace dbops::http
