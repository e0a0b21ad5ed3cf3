#include "front/http/testing/http_client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace dbops::http::testing {
namespace {

Context patience(std::chrono::milliseconds span = std::chrono::seconds(10)) {
  Context context;
  context.deadline = Deadline::after(span);
  return context;
}

size_t parse_size(std::string_view text, int base) {
  size_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size, base);
  return size;
}

}  // namespace

HttpClient::HttpClient(uint16_t port) {
  auto connected = connect_tcp(patience(), "127.0.0.1", port);
  if (connected) transport_ = std::move(*connected);
}

bool HttpClient::send(std::string_view bytes) {
  return transport_ && transport_->write(patience(), bytes);
}

void HttpClient::send_request(std::string_view method, std::string_view path, const Fields& fields,
                              std::string_view body) {
  std::string text(method);
  text.append(" ").append(path).append(" HTTP/1.1\r\n");
  const bool has_host = std::any_of(fields.begin(), fields.end(),
                                    [](const auto& field) { return field.first == "Host"; });
  if (!has_host) text += "Host: localhost\r\n";
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  if (!body.empty() || method == "POST")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text.append("\r\n").append(body);
  send(text);
}

bool HttpClient::fill() {
  std::array<char, 65536> bytes;
  if (!transport_) return false;
  const auto count = transport_->read(patience(), bytes);
  if (!count || *count == 0) return false;
  buffer_.append(bytes.data(), *count);
  return true;
}

bool HttpClient::has_answer(std::chrono::milliseconds within) {
  std::array<char, 1> byte;
  const auto count = transport_->read(patience(within), byte);
  if (!count || *count == 0) return false;
  buffer_.push_back(byte[0]);
  return true;
}

std::string HttpClient::take(size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  std::string taken = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return taken;
}

bool HttpClient::take_line(std::string& line) {
  size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!fill()) return false;
  line = take(end);
  take(2);
  return true;
}

bool HttpClient::take_chunk(std::string& into) {
  std::string line;
  if (!take_line(line)) return false;
  const size_t size = parse_size(line, 16);
  into += take(size);
  take(2);
  return size > 0;
}

Answer HttpClient::receive_head() {
  Answer answer;
  std::string line;
  if (!take_line(line) || line.size() < 12) return answer;
  answer.status = static_cast<int>(parse_size(line.substr(9, 3), 10));
  while (take_line(line) && !line.empty()) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos)
      answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return answer;
}

Answer HttpClient::receive() {
  Answer answer = receive_head();
  if (answer.status == 100) answer = receive_head();
  if (answer.headers["transfer-encoding"] == "chunked") {
    while (take_chunk(answer.body)) {
    }
  } else {
    answer.body = take(parse_size(answer.headers["content-length"], 10));
  }
  return answer;
}

std::string HttpClient::read_event() { return read_part("data: "); }

std::string HttpClient::read_comment() { return read_part(": "); }

std::string HttpClient::read_part(std::string_view mark) {
  for (;;) {
    const size_t end = stream_.find("\n\n");
    if (end == std::string::npos) {
      if (!take_chunk(stream_)) return {};
      continue;
    }
    const std::string event = stream_.substr(0, end);
    stream_.erase(0, end + 2);
    std::string found;
    for (size_t begin = 0; begin < event.size();) {
      const size_t line_end = std::min(event.find('\n', begin), event.size());
      const std::string line = event.substr(begin, line_end - begin);
      begin = line_end + 1;
      if (line.starts_with("id: ")) last_id_ = line.substr(4);
      if (line.starts_with(mark)) found = line.substr(mark.size());
    }
    if (!found.empty()) return found;
  }
}

bool HttpClient::closed() {
  while (fill()) {
  }
  if (!transport_) return true;
  std::array<char, 1> byte;
  const auto count = transport_->read(patience(), byte);
  return !count ? count.error().code != Code::timeout : *count == 0;
}

Fields legacy_fields(std::string_view session) {
  Fields fields = {{"Content-Type", "application/json"},
                   {"Accept", "application/json, text/event-stream"}};
  if (!session.empty()) fields.emplace_back("Mcp-Session-Id", session);
  return fields;
}

Fields modern_fields(std::string_view method, std::string_view name) {
  Fields fields = legacy_fields();
  fields.emplace_back("MCP-Protocol-Version", "2026-07-28");
  fields.emplace_back("Mcp-Method", method);
  if (!name.empty()) fields.emplace_back("Mcp-Name", name);
  return fields;
}

}  // namespace dbops::http::testing
