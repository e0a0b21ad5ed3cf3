#include "front/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <optional>

#include "base/text.h"
#include "front/http/guard.h"

namespace dbops::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kDigits = "0123456789";

std::string_view view(Text text) { return {text.data(), text.size()}; }

tl::unexpected<Response> refused(unsigned status, std::string_view message) {
  Response response = refusal(status, message);
  response.close = true;
  return tl::unexpected(std::move(response));
}

tl::unexpected<Response> refused(error_code error) {
  if (error == beast::error::bad_version)
    return refused(kVersionUnknown, "this server speaks HTTP/1.1");
  if (error == beast::error::header_limit)
    return refused(kHeadTooLarge, "the headers are too long");
  return refused(kBadRequest, "this is no HTTP request: " + error.message());
}

// What a proxy may read in another way: lines that go on in the next one, that end in LF or CR
// alone, and NULs.
bool is_ambiguous(std::string_view head, size_t from = 0) {
  const std::string_view text = head.substr(from);
  if (text.find('\0') != text.npos) return true;
  for (size_t at = 0;;) {
    const size_t cr = text.find('\r', at);
    const size_t lf = text.find('\n', at);
    if (cr == text.npos) return lf != text.npos;
    if (lf != cr + 1) return true;
    at = lf + 1;
    if (at < text.size() && (text[at] == ' ' || text[at] == '\t')) return true;
  }
}

struct Target {
  std::string_view scheme = {};
  std::string_view authority = {};
  std::string_view path;
};

// RFC 9112, section 3.2. What is in no absolute form is a path, whatever it says. nullopt: nobody
// can be meant by that authority; a user in it is for deceiving readers (RFC 9110, section 4.2.4).
std::optional<Target> read_target(std::string_view target) {
  const size_t scheme = target.find("://");
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (scheme == 0 || scheme == target.npos ||
      !std::all_of(target.begin(), target.begin() + scheme, is_letter))
    return Target{.path = target.substr(0, target.find('?'))};
  const std::string_view rest = target.substr(scheme + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view path = rest.substr(end, rest.find('?', end) - end);
  if (!is_host(rest.substr(0, end))) return std::nullopt;
  return Target{.scheme = target.substr(0, scheme),
                .authority = rest.substr(0, end),
                .path = path.empty() ? "/" : path};
}

class Parser final : public beast::basic_parser<true> {
 public:
  explicit Parser(size_t head_bytes_max) {
    eager(true);
    header_limit(static_cast<uint32_t>(
        std::min<size_t>(head_bytes_max + 1, std::numeric_limits<uint32_t>::max())));
    body_limit(boost::none);
  }

  Request* request = nullptr;  // While the head is read.
  std::string* body = nullptr;
  bool awaits_continue = false;
  bool bodiless = false;
  bool takes_chunks = false;
  std::string_view authority;  // Of a target in absolute form; lives as long as the head.

 private:
  void on_request_impl(beast::verb, Text method, Text target, int version,
                       error_code& error) override {
    request->method = view(method);
    bodiless = method == "HEAD";
    takes_chunks = version >= 11;
    const auto read = read_target(view(target));
    if (!read) {
      error = beast::error::bad_target;
      return;
    }
    request->scheme = read->scheme;
    request->path = read->path;
    authority = read->authority;
  }
  void on_response_impl(int, Text, int, error_code&) override {}
  void on_field_impl(beast::field name, Text text, Text value, error_code&) override {
    if (request == nullptr) return;  // Behind the last chunk: nothing there is looked at.
    request->headers.take(view(text), view(value));
    // RFC 9110, section 8.6, lets a list of equal ones pass.
    if (name == beast::field::content_length &&
        view(value).find_first_not_of(kDigits) != view(value).npos)
      request->headers.malformed = true;
    if (name == beast::field::expect)
      awaits_continue = same_ignoring_case(view(value), "100-continue");
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(Text bytes, error_code&) override {
    if (body != nullptr) body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(uint64_t, Text, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, Text bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(error_code&) override {}
};

}  // namespace

struct RequestReader::State {
  explicit State(size_t head_bytes_max) { parser.emplace(head_bytes_max); }

  std::optional<Parser> parser;
  std::string head;
  size_t searched = 0;  // Bytes in which no head ends ...
  size_t judged = 0;    // ... and no line is ambiguous.
};

RequestReader::RequestReader(size_t head_bytes_max)
    : head_bytes_max_(head_bytes_max), state_(std::make_unique<State>(head_bytes_max)) {}

RequestReader::~RequestReader() = default;

void RequestReader::reset() {
  state_->parser.emplace(head_bytes_max_);
  state_->head.clear();
  state_->searched = 0;
  state_->judged = 0;
}

tl::expected<size_t, Response> RequestReader::read_head(std::string_view bytes, Request& request) {
  State& state = *state_;
  // RFC 9112, section 2.2: an empty line before a request is overlooked.
  const size_t skipped = bytes.starts_with(kLineEnd) ? kLineEnd.size() : 0;
  const std::string_view rest = bytes.substr(skipped);
  // What can't become a request is not waited for.
  if (!rest.empty() && (rest[0] < 'A' || rest[0] > 'z') && rest[0] != '\r')
    return refused(kBadRequest, "this is no HTTP request");
  const size_t end = rest.find(kHeadEnd, state.searched);
  const size_t size = end == std::string_view::npos ? rest.size() : end + kHeadEnd.size();
  if (size > head_bytes_max_) {
    const bool in_line = rest.find(kLineEnd) > head_bytes_max_;
    return in_line ? refused(kPathTooLong, "the path is too long")
                   : refused(kHeadTooLarge, "the headers are too long");
  }
  if (end == std::string_view::npos) {
    const size_t lines = rest.find_last_of('\n') + 1;
    if (is_ambiguous(rest.substr(0, lines), state.judged))
      return refused(kBadRequest, "a line of the head does not end in CR and LF alone");
    state.judged = lines - std::min(lines, kLineEnd.size());  // The next line may go on from it.
    state.searched = rest.size() - std::min(rest.size(), kHeadEnd.size() - 1);
    return 0;
  }
  state.head.assign(rest.substr(0, end + kHeadEnd.size()));
  if (is_ambiguous(state.head))
    return refused(kBadRequest, "a line of the head is folded, or does not end in CR and LF");
  state.parser->request = &request;
  error_code error;
  state.parser->put({state.head.data(), state.head.size()}, error);
  state.parser->request = nullptr;
  if (error && error != beast::error::need_more) return refused(error);
  if (!state.parser->is_header_done()) return refused(kBadRequest, "this is no HTTP request");
  if (takes_chunks() && !request.headers.host)
    return refused(kBadRequest, "a request of HTTP/1.1 names its Host");
  // RFC 9112, section 3.2.2: what the header says does not matter then.
  if (!state.parser->authority.empty()) request.headers.host = state.parser->authority;
  return skipped + state.head.size();
}

tl::expected<size_t, Response> RequestReader::read_body(std::string_view bytes, std::string* body) {
  if (done()) return 0;
  state_->parser->body = body;
  error_code error;
  const size_t taken = state_->parser->put({bytes.data(), bytes.size()}, error);
  if (error && error != beast::error::need_more) return refused(error);
  if (bytes.size() - taken > head_bytes_max_ && !done())
    return refused(kBadRequest, "what frames a chunk is too long");
  return taken;
}

bool RequestReader::done() const { return state_->parser->is_done(); }
bool RequestReader::keeps_alive() const { return state_->parser->keep_alive(); }
bool RequestReader::takes_chunks() const { return state_->parser->takes_chunks; }
bool RequestReader::awaits_continue() const { return state_->parser->awaits_continue; }
bool RequestReader::is_bodiless() const { return state_->parser->bodiless; }

}  // namespace dbops::http
