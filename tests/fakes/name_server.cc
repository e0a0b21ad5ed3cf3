#include "fakes/name_server.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <system_error>

namespace dbops::fakes {
namespace {

constexpr size_t kHeadBytes = 12;
constexpr size_t kUdpBytesMax = 512;
constexpr int kPortsTried = 50;

std::atomic<uint16_t> asked_port = 0;  // 0: the machine's own name servers.

std::string two_bytes(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 255)};
}

// A socket on that port of 127.0.0.1; 0: on any. -1 where it is taken.
int open_socket(int type, uint16_t& port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) == 0 && (type == SOCK_DGRAM || listen(fd, 16) == 0) &&
      getsockname(fd, generic, &size) == 0) {
    port = ntohs(address.sin_port);
    return fd;
  }
  close(fd);
  return -1;
}

// The name that the question is for; its end within the message.
std::string name_in(std::string_view question, size_t& end) {
  std::string name;
  end = kHeadBytes;
  while (end < question.size() && question[end] != 0) {
    const auto size = static_cast<unsigned char>(question[end]);
    name += (name.empty() ? "" : ".") + std::string(question.substr(end + 1, size));
    end += 1 + size;
  }
  end += 1;
  return name;
}

}  // namespace

std::string name_data(std::string_view name) {
  std::string data;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    data += static_cast<char>(label.size());
    data += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return data + '\0';
}

std::string srv_data(uint16_t port, std::string_view host) {
  return two_bytes(0) + two_bytes(5) + two_bytes(port) + name_data(host);
}

std::string txt_data(const std::vector<std::string>& strings) {
  std::string data;
  for (const std::string& each : strings) data += static_cast<char>(each.size()) + each;
  return data;
}

NameServer::NameServer() {
  uint16_t port = 0;
  for (int i = 0; i < kPortsTried && tcp_ < 0; ++i) {
    port = 0;
    udp_ = open_socket(SOCK_DGRAM, port);
    tcp_ = open_socket(SOCK_STREAM, port);
    if (tcp_ < 0) close(udp_);
  }
  if (tcp_ < 0) throw std::system_error(errno, std::generic_category(), "a port to listen on");
  asked_port = port;
  thread_ = std::thread([this] { run(); });
}

NameServer::~NameServer() {
  asked_port = 0;
  stop_.request();
  thread_.join();
  close(udp_);
  close(tcp_);
}

void NameServer::add(const std::string& name, uint16_t type, std::string data) {
  const std::scoped_lock lock(mutex_);
  records_[name][type].push_back(std::move(data));
}

void NameServer::be_silent(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  silent_.push_back(name);
}

void NameServer::wait_for_question(const std::string& name) {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [&] { return questions_[name] > 0; });
}

void NameServer::answer_with(const std::string& name, uint16_t records, std::string bytes) {
  const std::scoped_lock lock(mutex_);
  raw_[name] = {records, std::move(bytes)};
}

std::string NameServer::answer(std::string_view question) {
  size_t end = 0;
  const std::string name = name_in(question, end);
  if (end + 4 > question.size()) return {};
  const size_t type = static_cast<unsigned char>(question[end + 1]);
  const std::scoped_lock lock(mutex_);
  ++questions_[name];
  asked_.notify_all();
  if (std::find(silent_.begin(), silent_.end(), name) != silent_.end()) return {};
  std::string answers;
  size_t count = 0;
  const auto known = records_.find(name);
  const auto raw = raw_.find(name);
  if (raw != raw_.end()) {
    answers = raw->second.bytes;
    count = raw->second.records;
  } else if (known != records_.end()) {
    for (const auto& [kind, all] : known->second)
      for (const std::string& data : all) {
        if (kind != type && kind != kCname) continue;
        // The name is that of the question, which stands behind the message's head.
        answers += "\xc0\x0c" + two_bytes(kind) + two_bytes(1) + two_bytes(0) + two_bytes(60) +
                   two_bytes(data.size()) + data;
        ++count;
      }
  }
  const bool there = known != records_.end() || raw != raw_.end();
  return std::string(question.substr(0, 2)) + (there ? "\x81\x80" : "\x81\x83") + two_bytes(1) +
         two_bytes(count) + two_bytes(0) + two_bytes(0) +
         std::string(question.substr(kHeadBytes, end + 4 - kHeadBytes)) + answers;
}

void NameServer::serve_udp() {
  std::array<char, 1500> bytes;
  sockaddr_in from = {};
  socklen_t size = sizeof from;
  auto* generic = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got = recvfrom(udp_, bytes.data(), bytes.size(), 0, generic, &size);
  if (got < static_cast<ssize_t>(kHeadBytes)) return;
  std::string reply = answer({bytes.data(), static_cast<size_t>(got)});
  if (reply.size() > kUdpBytesMax) {
    // Truncated: the question alone, and who asks comes again over TCP.
    size_t end = 0;
    name_in(reply, end);
    reply.resize(end + 4);
    reply[2] = static_cast<char>(reply[2] | 2);
    reply.replace(6, 2, 2, '\0');
  }
  if (!reply.empty()) sendto(udp_, reply.data(), reply.size(), 0, generic, size);
}

void NameServer::serve_tcp() {
  const int fd = accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  std::array<char, 1500> bytes;
  // The question's size stands before it; both arrive at once from this machine.
  const ssize_t got = recv(fd, bytes.data(), bytes.size(), 0);
  const std::string reply = got > static_cast<ssize_t>(kHeadBytes)
                                ? answer({bytes.data() + 2, static_cast<size_t>(got - 2)})
                                : "";
  const std::string framed = two_bytes(reply.size()) + reply;
  if (!reply.empty()) send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
  close(fd);
}

void NameServer::run() {
  for (;;) {
    std::array<pollfd, 3> fds = {{{stop_.fd(), POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) serve_udp();
    if (fds[2].revents != 0) serve_tcp();
  }
}

}  // namespace dbops::fakes

// Stands before the C library's for this program.
extern "C" int __res_ninit(res_state state) {  // NOLINT(*-reserved-identifier)
  static const auto next = reinterpret_cast<int (*)(res_state)>(dlsym(RTLD_NEXT, "__res_ninit"));
  const int result = next(state);
  const uint16_t port = dbops::fakes::asked_port;
  if (result != 0 || port == 0) return result;
  state->retrans = state->retry = 1;  // Seconds until it gives up.
  state->nscount = 1;
  state->nsaddr_list[0] = {};
  state->nsaddr_list[0].sin_family = AF_INET;
  state->nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  state->nsaddr_list[0].sin_port = htons(port);
  return result;
}
