#include "fakes/scripted_http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <system_error>

#include "base/text.h"

namespace dbops::fakes {
namespace {

// The bytes of the first request, 0 where it is not whole yet. Bodies by their length or in chunks;
// what is no HTTP is a request as it comes.
size_t request_bytes(std::string_view received) {
  if (!received.empty() && (received[0] < 'A' || received[0] > 'Z')) return received.size();
  const size_t head = received.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  const std::string fields = lower(received.substr(0, head));
  if (fields.find("transfer-encoding: chunked") != std::string::npos) {
    constexpr std::string_view kEnd = "0\r\n\r\n";
    const size_t end = received.find(kEnd, head);
    return end == std::string_view::npos ? 0 : end + kEnd.size();
  }
  constexpr std::string_view kLength = "content-length:";
  size_t body = 0;
  if (const size_t at = fields.find(kLength); at != std::string::npos) {
    const size_t digits = fields.find_first_not_of(' ', at + kLength.size());
    std::from_chars(fields.data() + digits, fields.data() + fields.size(), body);
  }
  return received.size() >= head + 4 + body ? head + 4 + body : 0;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

ScriptedReply http_reply(int status, std::string_view body, std::string_view type,
                         std::string_view more_headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " Scripted\r\ncontent-type: " + std::string(type) +
              "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
              std::string(more_headers) + "\r\n" + std::string(body),
          false};
}

ScriptedHttp::ScriptedHttp(Script script)
    : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "a port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

ScriptedHttp::~ScriptedHttp() {
  stop_.request();
  thread_.join();
  close(listener_);
}

std::vector<std::string> ScriptedHttp::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

size_t ScriptedHttp::connections() const {
  const std::scoped_lock lock(mutex_);
  return connections_;
}

void ScriptedHttp::run() {
  std::map<int, std::string> open;  // What each connection has sent.
  for (;;) {
    std::vector<pollfd> fds = {{stop_.fd(), POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [fd, received] : open) fds.push_back({fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) break;
    if (fds[1].revents != 0) {
      open.emplace(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), "");
      const std::scoped_lock lock(mutex_);
      ++connections_;
    }
    for (size_t i = 2; i < fds.size(); ++i) {
      if (fds[i].revents == 0 || serve(fds[i].fd, open[fds[i].fd])) continue;
      close(fds[i].fd);
      open.erase(fds[i].fd);
    }
  }
  for (const auto& [fd, received] : open) close(fd);
}

// False where the connection is over.
bool ScriptedHttp::serve(int fd, std::string& received) {
  std::array<char, 64 << 10> bytes;
  const ssize_t got = recv(fd, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  received.append(bytes.data(), static_cast<size_t>(got));
  while (const size_t size = request_bytes(received)) {
    const std::string request = received.substr(0, size);
    received.erase(0, size);
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    const ScriptedReply reply = script_(request);
    if (!send_all(fd, reply.bytes) || reply.close) return false;
  }
  return true;
}

}  // namespace dbops::fakes
