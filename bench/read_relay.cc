// The least that answers point_reads.cc: read_relay PORT URI STATEMENT LOOK_US WORK_US. One client
// after the other, on one thread; finds the number behind "params":[ and sends the row back in a
// fixed answer. No JSON, no policy, no audit: what remains of a read when a server does nothing of
// its own, or works for WORK_US microseconds on what it received before it sends anything. Before
// it blocks it looks for LOOK_US microseconds.
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kRequestBytesMax = 16 << 10;

struct Relay {
  PGconn* database;
  Clock::duration look;
  Clock::duration work;
};

void work(Clock::duration span) {
  for (const auto start = Clock::now(); Clock::now() - start < span;) continue;
}

void await(int fd, Clock::duration look) {
  char peeked;
  for (const auto start = Clock::now(); Clock::now() - start < look;)
    if (recv(fd, &peeked, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) return;
}

std::string read_row(const Relay& relay, const std::string& key) {
  const char* const values[] = {key.c_str()};
  work(relay.work);
  PQsendQueryPrepared(relay.database, "read", 1, values, nullptr, nullptr, 0);
  PQflush(relay.database);
  await(PQsocket(relay.database), relay.look);
  std::string row;
  while (PGresult* const result = PQgetResult(relay.database)) {
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
      row = "[" + std::string(PQgetvalue(result, 0, 0)) + ",\"" + PQgetvalue(result, 0, 1) + "\"]";
    PQclear(result);
  }
  return row;
}

std::string answer(const Relay& relay, std::string_view request) {
  constexpr std::string_view kParams = "\"params\":[";
  if (request.find("notifications/") != request.npos)
    return "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  std::string body = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  if (const size_t at = request.find(kParams); at != request.npos) {
    const std::string_view rest = request.substr(at + kParams.size());
    body = R"({"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"rows":[)" +
           read_row(relay, std::string(rest.substr(0, rest.find(']')))) + "]}}}";
  }
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: one\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void serve(const Relay& relay, int client) {
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::array<char, kRequestBytesMax> request;
  for (;;) {
    await(client, relay.look);
    const ssize_t got = recv(client, request.data(), request.size(), 0);
    if (got <= 0) return;
    const std::string sent = answer(relay, {request.data(), static_cast<size_t>(got)});
    work(relay.work);
    if (send(client, sent.data(), sent.size(), MSG_NOSIGNAL) < 0) return;
  }
}

unsigned number(std::string_view text) {
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fputs("usage: read_relay PORT URI STATEMENT LOOK_US WORK_US\n", stderr);
    return 2;
  }
  const Relay relay{.database = PQconnectdb(arguments[2]),
                    .look = std::chrono::microseconds(number(arguments[4])),
                    .work = std::chrono::microseconds(number(arguments[5]))};
  PGresult* const prepared = PQprepare(relay.database, "read", arguments[3], 1, nullptr);
  if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
    std::fputs(PQerrorMessage(relay.database), stderr);
    return 1;
  }
  PQclear(prepared);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(number(arguments[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0) {
    std::perror("read_relay");
    return 1;
  }
  for (;;) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve(relay, client);
    close(client);
  }
}
