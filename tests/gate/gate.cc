#include "gate/gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace dbops::gate {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kChunkBytes = 16 << 10;

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  // Its end will be a RST.
  void end_by_reset() const {
    const linger now = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  int fd_;
};

// One direction of one connection. What was read is passed on before more is read.
struct Flow {
  int from;
  int to;
  Direction direction;
  std::string held = {};            // Read, not yet passed on.
  Clock::time_point due = {};       // When `held` may pass.
  bool ended = false;               // The source has sent its FIN.
  bool finished = false;            // So have we.
  std::optional<Action> then = {};  // What happens once `held` has passed.
  uint64_t left_out = 0;            // Bytes still to be thrown away.
};

struct Connection {
  Connection(Socket c, Socket s)
      : client(std::move(c)),
        server(std::move(s)),
        up{client.fd(), server.fd(), Direction::to_server},
        down{server.fd(), client.fd(), Direction::to_client} {}

  void cut(Action action) {
    switch (action) {
      case Action::stall:
        state = State::stalled;
        return;
      case Action::finish:
        // A close() with bytes unread would send a RST: they are thrown away until the client goes.
        shutdown(client.fd(), SHUT_WR);
        shutdown(server.fd(), SHUT_WR);
        state = State::finishing;
        return;
      case Action::edit:
        return;
      case Action::reset:
        client.end_by_reset();
        server.end_by_reset();
        state = State::dead;
        return;
    }
  }

  enum class State : uint8_t { flowing, stalled, finishing, dead };
  State state = State::flowing;
  Socket client;
  Socket server;
  Flow up;
  Flow down;
};

}  // namespace

class Gate::Loop {
 public:
  explicit Loop(uint16_t server_port)
      : server_port_(server_port),
        listener_(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")),
        wake_(must(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    must(bind(listener_.fd(), reinterpret_cast<sockaddr*>(&address), size), "bind");
    must(listen(listener_.fd(), SOMAXCONN), "listen");
    must(getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() {
    command([this] { closing_ = true; });
    thread_.join();
    for (Connection& connection : connections_) connection.cut(Action::reset);
  }

  uint16_t port() const { return port_; }

  // Has `what` run between two rounds of the loop, and waits until it has.
  void command(std::function<void()> what) {
    std::unique_lock lock(mutex_);
    commands_.push_back(std::move(what));
    const uint64_t number = ++commands_given_;
    eventfd_write(wake_.fd(), 1);
    changed_.wait(lock, [&] { return commands_done_ >= number; });
  }
  void apply(Action action) {
    stalling_ = action == Action::stall;
    for (Connection& connection : connections_) connection.cut(action);
    sweep();
  }
  void flow() {
    stalling_ = false;
    armed_.reset();
    for (Connection& connection : connections_)
      if (connection.state == State::stalled) connection.state = State::flowing;
  }
  void delay(std::chrono::milliseconds span) { delay_ = span; }
  void arm(Fault fault) {
    armed_ = std::move(fault);
    counted_ = 0;
  }

  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  bool wait(const std::function<bool(const Counts&)>& reached,
            std::chrono::milliseconds span) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, span, [&] { return reached(counts_); });
  }

 private:
  using State = Connection::State;

  void run() {
    while (!closing_) {
      std::vector<pollfd> fds = {{listener_.fd(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
      for (Connection& connection : connections_) {
        fds.push_back({connection.client.fd(), 0, 0});
        fds.push_back({connection.server.fd(), 0, 0});
        want(connection, fds[fds.size() - 2], fds[fds.size() - 1]);
      }
      poll(fds.data(), fds.size(), milliseconds_to_next());

      const std::lock_guard lock(mutex_);
      const size_t known = connections_.size();
      for (size_t i = 0; i < known; ++i) step(connections_[i], fds[2 + 2 * i].revents);
      if (fds[0].revents != 0) accept_all();
      eventfd_t ignored;
      eventfd_read(wake_.fd(), &ignored);
      while (!commands_.empty()) {
        commands_.front()();
        commands_.pop_front();
        ++commands_done_;
      }
      sweep();
      changed_.notify_all();
    }
  }

  // What is to be waited for on both sides. A descriptor that nothing is wanted of is left out, for
  // poll() would report its end for ever.
  static void want(const Connection& connection, pollfd& client, pollfd& server) {
    if (connection.state != State::flowing) {
      const bool finishing = connection.state == State::finishing;
      client.events = finishing ? POLLIN : POLLRDHUP;
      server.events = POLLIN;
      if (!finishing || connection.down.ended) server.fd = -1;
      return;
    }
    const auto now = Clock::now();
    const auto add = [&](const Flow& flow, pollfd& from, pollfd& to) {
      if (flow.held.empty() && !flow.ended) from.events |= POLLIN;
      if (!flow.held.empty() && now >= flow.due) to.events |= POLLOUT;
    };
    add(connection.up, client, server);
    add(connection.down, server, client);
    if (client.events == 0) client.fd = -1;
    if (server.events == 0) server.fd = -1;
  }

  int milliseconds_to_next() const {
    auto next = Clock::time_point::max();
    const auto now = Clock::now();
    for (const Connection& connection : connections_) {
      if (connection.state != State::flowing) continue;
      for (const Flow* flow : {&connection.up, &connection.down})
        if (!flow->held.empty() && flow->due > now) next = std::min(next, flow->due);
    }
    if (next == Clock::time_point::max()) return -1;
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(next - now).count());
  }

  void step(Connection& connection, short client_events) {
    if (connection.state == State::stalled) {
      // The client has left: whoever waits for open == 0 must not wait for ever.
      if (client_events != 0) connection.cut(Action::reset);
      return;
    }
    if (connection.state == State::finishing) {
      throw_away(connection.down);
      throw_away(connection.up);
      if (connection.up.ended) connection.state = State::dead;
      return;
    }
    for (Flow* flow : {&connection.up, &connection.down}) {
      read_some(connection, *flow);
      pass_on(connection, *flow);
      if (connection.state != State::flowing) return;
    }
    if (connection.up.finished && connection.down.finished) connection.state = State::dead;
  }

  static void throw_away(Flow& flow) {
    std::array<char, kChunkBytes> chunk;
    const ssize_t got = recv(flow.from, chunk.data(), chunk.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) flow.ended = true;
  }

  void read_some(Connection& connection, Flow& flow) {
    if (!flow.held.empty() || flow.ended || flow.then) return;
    const bool counting = armed_ && armed_->direction == flow.direction;
    // The byte that meets the fault is looked for, and left where it is.
    const bool due = counting && counted_ == armed_->after;
    std::array<char, kChunkBytes> chunk;
    size_t size = due ? 1 : chunk.size();
    if (counting && !due && armed_->unit == Unit::bytes)
      size = std::min<uint64_t>(size, armed_->after - counted_);
    const ssize_t got = recv(flow.from, chunk.data(), size, due ? MSG_PEEK : 0);
    if (got > 0 && due) {
      fire(flow);
    } else if (got > 0) {
      const size_t dropped = std::min<uint64_t>(flow.left_out, static_cast<uint64_t>(got));
      flow.left_out -= dropped;
      flow.held.assign(chunk.data() + dropped, static_cast<size_t>(got) - dropped);
      flow.due = Clock::now() + delay_;
      if (counting) counted_ += armed_->unit == Unit::bytes ? static_cast<uint64_t>(got) : 1;
    } else if (got == 0) {
      flow.ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
      connection.cut(Action::reset);
    }
  }

  void fire(Flow& flow) {
    if (armed_->action == Action::edit) {
      flow.left_out = armed_->left_out;
      flow.held = std::move(armed_->put_in);
      flow.due = Clock::now() + delay_;
    } else {
      flow.then = armed_->action;
    }
    armed_.reset();
    ++counts_.fired;
  }

  void pass_on(Connection& connection, Flow& flow) {
    if (!flow.held.empty()) {
      if (connection.state == State::dead || Clock::now() < flow.due) return;
      const ssize_t sent = send(flow.to, flow.held.data(), flow.held.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) connection.cut(Action::reset);
      if (sent < 0) return;
      flow.held.erase(0, static_cast<size_t>(sent));
      (flow.direction == Direction::to_server ? counts_.to_server : counts_.to_client) +=
          static_cast<uint64_t>(sent);
    }
    if (!flow.held.empty()) return;
    if (flow.then) connection.cut(*std::exchange(flow.then, std::nullopt));
    if (flow.ended && !flow.finished) {
      shutdown(flow.to, SHUT_WR);
      flow.finished = true;
    }
  }

  void accept_all() {
    for (;;) {
      Socket client(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client.fd() < 0) return;
      ++counts_.accepted;
      // On loopback a connect() answers at once; only then is the socket made non-blocking.
      Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_in address = loopback(server_port_);
      if (server.fd() < 0 ||
          connect(server.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        client.end_by_reset();
        continue;
      }
      fcntl(server.fd(), F_SETFL, O_NONBLOCK);
      const int on = 1;
      setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      setsockopt(server.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_.emplace_back(std::move(client), std::move(server));
      if (stalling_) connections_.back().state = State::stalled;
    }
  }

  void sweep() {
    std::erase_if(connections_,
                  [](const Connection& connection) { return connection.state == State::dead; });
    counts_.open = static_cast<uint64_t>(std::count_if(
        connections_.begin(), connections_.end(),
        [](const Connection& connection) { return connection.state != State::finishing; }));
  }

  const uint16_t server_port_;
  const Socket listener_;
  const Socket wake_;
  uint16_t port_ = 0;
  std::thread thread_;

  // Of the loop's thread alone.
  std::vector<Connection> connections_;
  std::optional<Fault> armed_;
  uint64_t counted_ = 0;
  std::chrono::milliseconds delay_{0};
  bool stalling_ = false;
  bool closing_ = false;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<std::function<void()>> commands_;
  uint64_t commands_given_ = 0;
  uint64_t commands_done_ = 0;
  Counts counts_;
};

Gate::Gate(uint16_t server_port) : loop_(std::make_unique<Loop>(server_port)) {}
Gate::~Gate() = default;

uint16_t Gate::port() const { return loop_->port(); }
void Gate::apply(Action action) {
  loop_->command([this, action] { loop_->apply(action); });
}
void Gate::flow() {
  loop_->command([this] { loop_->flow(); });
}
void Gate::delay(std::chrono::milliseconds span) {
  loop_->command([this, span] { loop_->delay(span); });
}
void Gate::arm(Fault fault) {
  loop_->command([this, fault] { loop_->arm(fault); });
}
Counts Gate::counts() const { return loop_->counts(); }
bool Gate::wait(const std::function<bool(const Counts&)>& reached,
                std::chrono::milliseconds span) const {
  return loop_->wait(reached, span);
}

}  // namespace dbops::gate
