#include "base/text.h"
#include "connectors/elasticsearch/link.h"
#include "wire/json_scan.h"
#include "wire/json_string.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kKeptBytes = 64u << 10;  // bytes already read that a buffer may hold on to
}  // namespace

// Views end here.
Result<bool> Answer::more(const Context& context) {
  if (at_ > kKeptBytes || at_ == buffer_.size()) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  auto got = http_->read(context, buffer_);
  if (!got) got.error().effect = effect_;
  return got;
}

Result<char> Answer::peek(const Context& context) {
  for (;;) {
    while (at_ < buffer_.size() && is_json_blank(buffer_[at_])) ++at_;
    if (at_ < buffer_.size()) return buffer_[at_];
    DBOPS_ASSIGN(const bool got, more(context));
    if (!got) return '\0';
  }
}

namespace {

tl::unexpected<Error> not_json(Effect effect) {
  return fail(Error{.code = Code::protocol,
                    .message = "the server's answer is not the JSON that it should be",
                    .hint = "check that host and port are Elasticsearch's",
                    .effect = effect});
}

}  // namespace

Result<void> Answer::enter(const Context& context, char open) {
  DBOPS_ASSIGN(const char next, peek(context));
  if (next != open) return not_json(effect_);
  ++at_;
  first_ = true;
  return {};
}

// What stands before the next member or element: its own first character, or `close`.
Result<char> Answer::separator(const Context& context, char close) {
  DBOPS_ASSIGN(char next, peek(context));
  const bool first = std::exchange(first_, false);
  if (next == close) {
    ++at_;
    return close;
  }
  if (!first) {
    if (next != ',') return not_json(effect_);
    ++at_;
    DBOPS_ASSIGN(next, peek(context));
  }
  if (next == '\0') return not_json(effect_);
  return next;
}

Result<std::optional<std::string>> Answer::next_key(const Context& context) {
  DBOPS_ASSIGN(const char next, separator(context, '}'));
  if (next == '}') return std::nullopt;
  if (next != '"') return not_json(effect_);
  DBOPS_ASSIGN(const JsonView key, value(context));
  std::string name = key.string();
  DBOPS_ASSIGN(const char colon, peek(context));
  if (colon != ':') return not_json(effect_);
  ++at_;
  return name;
}

Result<bool> Answer::next_element(const Context& context) {
  DBOPS_ASSIGN(const char next, separator(context, ']'));
  return next != ']';
}

Result<JsonView> Answer::value(const Context& context) {
  DBOPS_TRY(peek(context));
  JsonScan scan;
  size_t size = 0;  // Scanned, from at_ on.
  for (;;) {
    const auto taken = scan.feed(std::string_view(buffer_).substr(at_ + size));
    if (!taken) return not_json(effect_);
    size += *taken;
    if (scan.done()) break;
    if (size > kValueBytesMax)
      return fail(
          Error{.code = Code::too_large,
                .message = "one value of the answer has more than " + format_bytes(kValueBytesMax),
                .hint = "ask for less of it, such as with _source or filter_path",
                .effect = effect_});
    DBOPS_ASSIGN(const bool got, more(context));
    if (got) continue;
    if (!scan.finish()) return not_json(effect_);
    break;
  }
  const std::string_view text = std::string_view(buffer_).substr(at_, size);
  at_ += size;
  return JsonView::trust(text);
}

Result<std::optional<std::string_view>> Answer::line(const Context& context) {
  for (size_t looked = 0;;) {
    const size_t end = buffer_.find('\n', at_ + looked);
    if (end != std::string::npos) {
      const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      return text;
    }
    looked = buffer_.size() - at_;
    if (looked > kValueBytesMax)
      return fail(
          Error{.code = Code::too_large,
                .message = "one line of the answer has more than " + format_bytes(kValueBytesMax),
                .effect = effect_});
    DBOPS_ASSIGN(const bool got, more(context));
    if (got) continue;
    if (at_ == buffer_.size()) return std::nullopt;
    const std::string_view text = std::string_view(buffer_).substr(at_);
    at_ = buffer_.size();
    return text;
  }
}

bool Answer::arrived() const {
  JsonScan scan;
  std::string_view ahead = std::string_view(buffer_).substr(at_);
  while (!ahead.empty() && (is_json_blank(ahead[0]) || ahead[0] == ',')) ahead.remove_prefix(1);
  return scan.feed(ahead) && scan.done();
}

Result<std::string> Answer::rest(const Context& context, size_t bytes_max) {
  for (;;) {
    if (buffer_.size() - at_ > bytes_max)
      return fail(Error{.code = Code::too_large,
                        .message = "the answer has more than " + format_bytes(bytes_max),
                        .effect = effect_});
    DBOPS_ASSIGN(const bool got, more(context));
    if (got) continue;
    std::string text = buffer_.substr(at_);
    at_ = buffer_.size();
    return text;
  }
}

}  // namespace dbops::elasticsearch
