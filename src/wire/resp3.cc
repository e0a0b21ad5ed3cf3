#include "wire/resp3.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace dbops {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kTypes = "+-:$*_#,(!=%~>|";
constexpr size_t kFormatBytes = 4;  // "txt:" before a verbatim string

tl::unexpected<Error> broken(Code code, std::string message, std::string hint = {}) {
  return fail(Error{.code = code,
                    .message = "in a reply of the server, " + std::move(message),
                    .hint = std::move(hint),
                    .session_broken = true});
}

tl::unexpected<Error> malformed(std::string_view what, std::string_view text) {
  constexpr size_t kShownBytes = 40;
  return broken(Code::protocol,
                std::string(what) + ": " + escape_control(shorten(text, kShownBytes)),
                "look whether a Redis or Valkey server listens there, and whether it wants TLS");
}

tl::unexpected<Error> too_many_elements(uint64_t elements_max = kRespElementsMax) {
  return broken(Code::too_large, "there are more than " + format_count(elements_max) + " values",
                "read it in parts: SCAN, HSCAN, SSCAN, ZSCAN, or LRANGE and XRANGE with bounds");
}

tl::unexpected<Error> too_many_bytes(std::string_view what, size_t bytes_max) {
  return broken(Code::too_large,
                std::string(what).append(" more than ").append(format_bytes(bytes_max)),
                "read a string in parts with GETRANGE, a collection with its SCAN command");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// The whole text as one number; a '+' may stand before it. nullopt for anything else.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// std::from_chars() takes more names for what is no number than RESP has.
std::optional<double> parse_real(std::string_view text) {
  const auto number = parse_number<double>(text);
  const bool named = text == "inf" || text == "-inf" || text == "nan" || text == "-nan";
  if (!number || std::isfinite(*number) == named) return std::nullopt;
  return number;
}

// A length or count. What no uint64_t holds comes back as the largest one, which is over any bound.
Result<uint64_t> parse_count(std::string_view text) {
  if (text == "?")
    return broken(Code::unsupported, "a value comes as a stream of unknown length",
                  "dbops reads replies that tell their length, as all of Redis and Valkey do");
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    return malformed("a length is not a number", text);
  return parse_number<uint64_t>(text).value_or(UINT64_MAX);
}

RespType aggregate_type(char type) {
  if (type == '%') return RespType::map;
  if (type == '~') return RespType::set;
  if (type == '>') return RespType::push;
  return RespType::array;
}

}  // namespace

std::string_view RespReply::format(const RespNode& node) const {
  return std::string_view(texts).substr(node.offset - kFormatBytes, kFormatBytes - 1);
}

Result<void> append_command(std::string& out, std::span<const std::string_view> words) {
  if (words.empty()) return fail(Code::invalid_argument, "a command has at least one word");
  if (words.size() > kRespWordsMax)
    return fail(Code::too_large,
                "the command has more than " + format_count(kRespWordsMax) + " words",
                "send it in parts");
  uint64_t bytes = 0;
  for (const std::string_view word : words) {
    if (word.size() > kRespBulkBytesMax || (bytes += word.size()) > kRespReplyBytesMax)
      return fail(Code::too_large,
                  "the command has a word of more than " + format_bytes(kRespBulkBytesMax) +
                      ", or more than " + format_bytes(kRespReplyBytesMax) + " in all",
                  "write a long string in parts with APPEND or SETRANGE");
  }
  append_number(out += '*', uint64_t{words.size()});
  out += kLineEnd;
  for (const std::string_view word : words) {
    append_number(out += '$', uint64_t{word.size()});
    out.append(kLineEnd).append(word).append(kLineEnd);
  }
  return {};
}

void RespDecoder::feed(std::string_view bytes) {
  if (failed_) return;
  buffer_.erase(0, cursor_);
  scanned_ -= std::exchange(cursor_, 0);
  buffer_ += bytes;
}

Result<std::optional<RespReply>> RespDecoder::next() {
  if (failed_) return fail(*failed_);
  auto whole = advance();
  if (!whole) return die(std::move(whole).error());
  if (!*whole) return std::nullopt;
  elements_ = 1;
  bytes_ = 0;
  return std::exchange(reply_, RespReply());
}

Result<std::optional<RespHead>> RespDecoder::next_head() {
  if (failed_) return fail(*failed_);
  auto head = take_head();
  if (!head) return die(std::move(head).error());
  return head;
}

tl::unexpected<Error> RespDecoder::die(Error error) {
  *this = RespDecoder();
  failed_ = error;
  return fail(std::move(error));
}

Result<std::optional<RespHead>> RespDecoder::take_head() {
  constexpr std::string_view kStreamed = "*%~";
  const auto rest = std::string_view(buffer_).substr(cursor_);
  if (rest.empty()) return std::nullopt;
  if (kStreamed.find(rest[0]) == std::string_view::npos) return RespHead{.push = rest[0] == '>'};
  if (rest.size() < 2) return std::nullopt;
  if (rest[1] == '-') return RespHead();  // Version 2's null.
  DBOPS_ASSIGN(const auto line, next_line());
  if (!line) return std::nullopt;
  DBOPS_ASSIGN(const uint64_t children, parse_count(line->substr(1)));
  if (children > kRespStreamedMax) return too_many_elements(kRespStreamedMax);
  const RespType type = aggregate_type((*line)[0]);
  return RespHead{.type = type, .values = type == RespType::map ? 2 * children : children};
}

// True: reply_ is whole. False: it needs more bytes.
Result<bool> RespDecoder::advance() {
  for (;;) {
    bool value = false;
    if (bulk_left_) {
      DBOPS_ASSIGN(value, take_bulk());
      if (!value) return false;
    } else {
      DBOPS_ASSIGN(const auto line, next_line());
      if (!line) return false;
      DBOPS_ASSIGN(value, take_line(*line));
    }
    if (value && close_value()) return true;
  }
}

// Without its end. nullopt when that has not come yet.
Result<std::optional<std::string_view>> RespDecoder::next_line() {
  const auto rest = std::string_view(buffer_).substr(cursor_);
  if (rest.empty()) return std::nullopt;
  // Told by its first byte, so that a peer of another kind is not waited for.
  if (kTypes.find(rest[0]) == std::string_view::npos)
    return malformed("a value has no known type", rest);
  const size_t end = std::min(buffer_.find_first_of(kLineEnd, scanned_), buffer_.size());
  if (end - cursor_ > kRespLineBytesMax) return too_many_bytes("a line has", kRespLineBytesMax);
  scanned_ = end;
  if (buffer_.size() - end < kLineEnd.size() && !rest.ends_with('\n')) return std::nullopt;
  if (buffer_.compare(end, kLineEnd.size(), kLineEnd) != 0)
    return malformed("a line does not end in CR LF", rest);
  const std::string_view line = rest.substr(0, end - cursor_);
  cursor_ = scanned_ = end + kLineEnd.size();
  return line;
}

// True: a value is whole with it. False: more of it is to come, or it began an attribute.
Result<bool> RespDecoder::take_line(std::string_view line) {
  const char type = line[0];
  const std::string_view rest = line.substr(1);
  switch (type) {
    case '$':
    case '!':
    case '=':
      return take_bulk_header(type, rest);
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return take_aggregate(type, rest);
    default:
      return take_scalar(type, rest);
  }
}

Result<bool> RespDecoder::take_scalar(char type, std::string_view rest) {
  if (type == '+' || type == '-') {
    DBOPS_TRY(add_text(type == '+' ? RespType::status : RespType::error, rest));
  } else if (type == '(') {
    if (!is_whole_number(rest)) return malformed("a big number is not a number", rest);
    DBOPS_TRY(add_text(RespType::big_number, rest));
  } else if (type == ':') {
    const auto integer = parse_number<int64_t>(rest);
    if (!integer) return malformed("an integer is not a number of 64 bits", rest);
    add(RespType::integer);
    reply_.nodes.back().integer = *integer;
  } else if (type == ',') {
    const auto real = parse_real(rest);
    if (!real) return malformed("a double is not a number", rest);
    add(RespType::real);
    reply_.nodes.back().real = *real;
  } else if (type == '#') {
    if (rest != "t" && rest != "f") return malformed("a boolean is neither t nor f", rest);
    add(RespType::boolean);
    reply_.nodes.back().integer = rest == "t" ? 1 : 0;
  } else {
    if (!rest.empty()) return malformed("a null has a value", rest);
    add(RespType::null);
  }
  return true;
}

Result<bool> RespDecoder::take_bulk_header(char type, std::string_view rest) {
  if (type == '$' && rest == "-1") {
    add(RespType::null);
    return true;
  }
  DBOPS_ASSIGN(const uint64_t size, parse_count(rest));
  if (size > kRespBulkBytesMax) return too_many_bytes("a string has", kRespBulkBytesMax);
  if (type == '=' && size < kFormatBytes) return malformed("a string has no format", rest);
  DBOPS_TRY(claim_bytes(size));
  RespType string = RespType::bulk;
  if (type == '!') string = RespType::error;
  if (type == '=') string = RespType::verbatim;
  add(string, size);
  reply_.nodes.back().offset = reply_.texts.size();
  bulk_left_ = size;
  return false;
}

Result<bool> RespDecoder::take_aggregate(char type, std::string_view rest) {
  if (type == '*' && rest == "-1") {
    add(RespType::null);
    return true;
  }
  if (type == '>' && !open_.empty()) return malformed("a push stands inside a value", rest);
  DBOPS_ASSIGN(uint64_t children, parse_count(rest));
  if (children > kRespElementsMax) return too_many_elements();
  if (type == '%' || type == '|') children *= 2;
  // An attribute has no node; it counts, so that a reply made of nothing else ends too.
  const uint64_t claimed = type == '|' ? children + 1 : children;
  if (claimed > kRespElementsMax - elements_) return too_many_elements();
  elements_ += claimed;
  if (open_.size() == kRespDepthMax)
    return broken(Code::too_large,
                  "values stand in each other more than " + format_count(kRespDepthMax) + " deep");
  const Open open{.missing = children,
                  .attribute = type == '|',
                  .nodes = reply_.nodes.size(),
                  .texts = reply_.texts.size()};
  if (!open.attribute) add(aggregate_type(type), children);
  if (children > 0) open_.push_back(open);
  return children == 0 && !open.attribute;
}

// True: the string that was announced is whole.
Result<bool> RespDecoder::take_bulk() {
  const auto rest = std::string_view(buffer_).substr(cursor_);
  const std::string_view arrived = rest.substr(0, *bulk_left_);
  reply_.texts += arrived;
  *bulk_left_ -= arrived.size();
  cursor_ += arrived.size();
  scanned_ = cursor_;
  const std::string_view end = rest.substr(arrived.size(), kLineEnd.size());
  if (*bulk_left_ > 0 || end.size() < kLineEnd.size()) return false;
  if (end != kLineEnd) return malformed("a string is longer than it said", end);
  cursor_ += kLineEnd.size();
  scanned_ = cursor_;
  bulk_left_.reset();
  RespNode& node = reply_.nodes.back();
  if (node.type == RespType::verbatim) {
    if (reply_.texts[node.offset + kFormatBytes - 1] != ':')
      return malformed("a string has no format", reply_.text(node));
    node.offset += kFormatBytes;
    node.size -= static_cast<uint32_t>(kFormatBytes);
  }
  return true;
}

void RespDecoder::add(RespType type, uint64_t size) {
  RespNode& node = reply_.nodes.emplace_back();
  node.type = type;
  node.size = static_cast<uint32_t>(size);
}

Result<void> RespDecoder::add_text(RespType type, std::string_view text) {
  DBOPS_TRY(claim_bytes(text.size()));
  add(type, text.size());
  reply_.nodes.back().offset = reply_.texts.size();
  reply_.texts += text;
  return {};
}

Result<void> RespDecoder::claim_bytes(uint64_t bytes) {
  if (bytes > kRespReplyBytesMax - bytes_)
    return too_many_bytes("strings have", kRespReplyBytesMax);
  bytes_ += bytes;
  return {};
}

// The value read last is whole: counts it in what holds it and closes what is full. True: the reply
// is whole.
bool RespDecoder::close_value() {
  while (!open_.empty()) {
    if (--open_.back().missing > 0) return false;
    const Open closed = open_.back();
    open_.pop_back();
    if (closed.attribute) {
      reply_.nodes.resize(closed.nodes);
      reply_.texts.resize(closed.texts);
      return false;  // The value that it speaks of comes next.
    }
    reply_.nodes[closed.nodes].nodes = static_cast<uint32_t>(reply_.nodes.size() - closed.nodes);
  }
  return true;
}

}  // namespace dbops
