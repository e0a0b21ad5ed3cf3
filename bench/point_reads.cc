// Clients that each read one row by its key through an MCP server's tools/call over HTTP, one call
// after the other.
//     point_reads PORT PATH CLIENTS SECONDS kept|per-call TOOL ARGUMENTS KEYS
// All clients share one thread, and a call costs it two system calls, so that the figures are the
// server's. ARGUMENTS is the call's JSON with @ where the key stands. Every answer is checked to
// hold its row. Prints: calls failures microseconds p50_us p99_us max_us own_cpu_us.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kAnswerBytesMax = 64u << 10;

struct Task {
  uint16_t port = 0;
  std::string path;
  bool kept = true;
  std::string tool;
  std::string before;  // Of the arguments, up to the key ...
  std::string after;   // ... and from there on.
  uint64_t keys = 0;
};

struct Tally {
  std::vector<uint32_t> latencies_us;
  uint64_t failures = 0;
  std::string example;
};

// 0 for what is no number.
uint64_t number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// ASCII, without case.
size_t find_header(std::string_view head, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(),
                                 [&](char a, char b) { return lower(a) == lower(b); });
  return found == head.end() ? std::string_view::npos : static_cast<size_t>(found - head.begin());
}

std::string_view header(std::string_view head, std::string_view name) {
  size_t at = find_header(head, name);
  if (at == std::string_view::npos) return {};
  at = head.find_first_not_of(' ', at + name.size());
  return head.substr(at, head.find('\r', at) - at);
}

// One client with one connection: what it sends next, and what it makes of the answer.
class Client {
 public:
  Client(const Task& task, unsigned seed) : task_(task), random_(seed) {}

  int open();
  int fd() const { return fd_; }
  void send_next();
  // Reads what has come; true: an answer was whole, and the next request may go out.
  bool read(Tally& tally);

 private:
  enum class Stage : uint8_t { initialize, initialized, call, end };
  void post(std::string_view body);
  size_t answer_bytes() const;
  void settle(std::string_view answer, Tally& tally);
  void count(std::string_view answer, Tally& tally);

  const Task& task_;
  std::minstd_rand random_;
  int fd_ = -1;
  Stage stage_ = Stage::initialize;
  uint64_t key_ = 0;
  uint64_t message_ = 0;
  std::string session_;
  std::string out_;
  std::array<char, kAnswerBytesMax> in_;
  size_t in_bytes_ = 0;
  Clock::time_point sent_;
};

int Client::open() {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(task_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    die("connect");
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd_;
}

void Client::post(std::string_view body) {
  out_ = "POST " + task_.path +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\n";
  if (!session_.empty()) out_ += "Mcp-Session-Id: " + session_ + "\r\n";
  if (stage_ != Stage::initialize) out_ += "MCP-Protocol-Version: 2025-06-18\r\n";
  out_ += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out_ += body;
}

void Client::send_next() {
  const std::string id = std::to_string(++message_);
  switch (stage_) {
    case Stage::initialize:
      session_.clear();
      post(R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},)"
           R"("clientInfo":{"name":"bench","version":"1"}}})");
      break;
    case Stage::initialized:
      post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
      break;
    case Stage::call:
      key_ = random_() % task_.keys + 1;
      post(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" +
           task_.tool + R"(","arguments":)" + task_.before + std::to_string(key_) + task_.after +
           "}}");
      break;
    case Stage::end:
      out_ = "DELETE " + task_.path +
             " HTTP/1.1\r\nHost: 127.0.0.1\r\nMcp-Session-Id: " + session_ + "\r\n\r\n";
  }
  sent_ = Clock::now();
  if (send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out_.size()))
    die("send");
}

// Of the whole answer; 0: not known yet.
size_t Client::answer_bytes() const {
  const std::string_view all(in_.data(), in_bytes_);
  const size_t head = all.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  const std::string_view length = header(all.substr(0, head + 2), "\r\ncontent-length:");
  if (!length.empty()) return head + 4 + number(length);
  const std::string_view coding = header(all.substr(0, head + 2), "\r\ntransfer-encoding:");
  if (coding.empty()) return head + 4;  // Such as 204.
  return all.ends_with("0\r\n\r\n") ? all.size() : 0;
}

bool Client::read(Tally& tally) {
  const ssize_t got = recv(fd_, in_.data() + in_bytes_, in_.size() - in_bytes_, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) die("recv");
  in_bytes_ += static_cast<size_t>(got);
  const size_t bytes = answer_bytes();
  if (bytes == 0 || in_bytes_ < bytes) return false;
  settle({in_.data(), in_bytes_}, tally);
  in_bytes_ = 0;
  return true;
}

void Client::count(std::string_view answer, Tally& tally) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_);
  tally.latencies_us.push_back(static_cast<uint32_t>(took.count()));
  const std::string row = "customer " + std::to_string(key_ % 9973);
  if (answer.starts_with("HTTP/1.1 200") && answer.find(row) != std::string_view::npos) return;
  ++tally.failures;
  tally.example = answer;
}

void Client::settle(std::string_view answer, Tally& tally) {
  switch (stage_) {
    case Stage::initialize:
      session_ = header(answer, "\r\nmcp-session-id:");
      stage_ = Stage::initialized;
      break;
    case Stage::initialized:
      stage_ = Stage::call;
      break;
    case Stage::call:
      count(answer, tally);
      if (!task_.kept) stage_ = session_.empty() ? Stage::initialize : Stage::end;
      break;
    case Stage::end:
      stage_ = Stage::initialize;
  }
}

uint64_t own_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

void work(const Task& task, size_t clients, std::chrono::seconds seconds) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Client>> all;
  for (size_t i = 0; i < clients; ++i) {
    all.push_back(std::make_unique<Client>(task, static_cast<unsigned>(i * 7919 + 17)));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = all.back().get()}};
    epoll_ctl(poller, EPOLL_CTL_ADD, all.back()->open(), &event);
  }
  Tally tally;
  const auto begin = Clock::now();
  for (const auto& client : all) client->send_next();
  while (Clock::now() - begin < seconds) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(poller, events.data(), events.size(), 1000);
    for (int i = 0; i < count; ++i) {
      auto& client = *static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr);
      if (client.read(tally)) client.send_next();
    }
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
  auto& sorted = tally.latencies_us;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](size_t percent) {
    return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
  };
  std::printf("%zu %zu %lld %u %u %u %zu\n", sorted.size(), size_t{tally.failures},
              static_cast<long long>(took), at(50), at(99), sorted.empty() ? 0 : sorted.back(),
              size_t{own_cpu_us()});
  if (tally.failures > 0) std::printf("%.500s\n", tally.example.c_str());
}

}  // namespace

int main(int count, char** words) {
  if (count != 9) return 2;
  Task task;
  task.port = static_cast<uint16_t>(number(words[1]));
  task.path = words[2];
  task.kept = std::string_view(words[5]) == "kept";
  task.tool = words[6];
  const std::string arguments = words[7];
  const size_t key = arguments.find('@');
  if (key == std::string::npos) return 2;
  task.before = arguments.substr(0, key);
  task.after = arguments.substr(key + 1);
  task.keys = number(words[8]);
  work(task, number(words[3]), std::chrono::seconds(number(words[4])));
  return 0;
}
