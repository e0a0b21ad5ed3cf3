#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/elasticsearch/target.h"
#include "net/http_client.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

inline constexpr size_t kValueBytesMax = 64u << 20;  // bytes of one hit, row, or other member
inline constexpr size_t kErrorBytesMax = 1u << 20;   // bytes read of an answer that is an error
inline constexpr std::string_view kOpaqueIdStart =
    "dbops-";                                        // of the name that long work is sent under
inline constexpr size_t kWholeBytesMax = 64u << 20;  // bytes of an answer that is read at once

struct Request {
  std::string method;
  std::string path;            // With its query; starts with '/'.
  std::string_view body = {};  // Must outlive the answer.
  bool lines = false;          // The body is NDJSON.
  bool repeatable = false;     // It is no read, but sending it twice is as good as once.
};

// An answer, read value by value as it comes. A view lives until the next call.
class Answer {
 public:
  Answer(std::unique_ptr<HttpAnswer> http, Effect effect)
      : http_(std::move(http)), effect_(effect) {}

  int status() const { return http_->status(); }
  std::string_view header(std::string_view name) const { return http_->header(name); }
  // What is known of the request's work, should the answer break off.
  Effect effect() const { return effect_; }

  // The next character that is no white space, which stays; NUL at the end.
  Result<char> peek(const Context& context);
  // Steps into the object or array that is next. Code::protocol where it is neither.
  Result<void> enter(const Context& context, char open);
  // The next key of the object, whose value is next then; nullopt behind its end.
  Result<std::optional<std::string>> next_key(const Context& context);
  // Whether another element is next; false behind the end of the array.
  Result<bool> next_element(const Context& context);
  // The next value, whole. Code::too_large beyond kValueBytesMax.
  Result<JsonView> value(const Context& context);
  // The next line of text without its end; nullopt at the end.
  Result<std::optional<std::string_view>> line(const Context& context);
  // Whether the next value has arrived whole, with what stands before it in its array.
  bool arrived() const;
  // All that is left, up to so many bytes; Code::too_large beyond.
  Result<std::string> rest(const Context& context, size_t bytes_max);

 private:
  Result<bool> more(const Context& context);
  Result<char> separator(const Context& context, char close);

  std::unique_ptr<HttpAnswer> http_;
  const Effect effect_;
  std::string buffer_;
  size_t at_ = 0;       // Of what has not been read.
  bool first_ = false;  // Nothing of the object or array was read yet.
};

// The servers of one cluster, asked one request at a time. One that can't be reached is left for
// the next; what may have been sent is never sent again. Work that goes on at the server after its
// connection is closed (by query, reindex) is cancelled there when its call is given up.
class Link {
 public:
  explicit Link(Target target);

  // Sends it, and waits for the head of the answer, whatever its status. Code::forbidden for what
  // needs more than `allowed`, by its method and path as they go out. Errors as HttpClient's.
  // Code::protocol for a redirect. REQUIRES: the answer before is destroyed.
  Result<std::unique_ptr<Answer>> send(const Context& context, Tier allowed,
                                       const Request& request);
  // The same, read whole; statuses from 400 on are errors, as errors.h has them.
  Result<std::string> ask(const Context& context, Tier allowed, const Request& request);

  const Target& target() const { return target_; }
  std::string transport() const { return std::string(client_.protocol()); }

 private:
  Result<std::unique_ptr<Answer>> try_nodes(const Context& context, HttpRequest& http, bool reads,
                                            const std::string& path);
  void cancel_work();
  Result<std::unique_ptr<Answer>> read_head(std::unique_ptr<HttpAnswer> answer, bool reads) const;

  Target target_;
  const std::string name_;  // By which the server's tasks of this link are known.
  HttpClient client_;
  size_t node_ = 0;  // The one that answered last.
};

// Keeps what an answer to ask() says and its view.
struct Whole {
  std::string text;
  JsonView json() const { return JsonView::trust(text); }
};
// ask() with a JSON answer. Code::protocol where it is none.
Result<Whole> ask_json(const Context& context, Link& link, Tier allowed, const Request& request);

}  // namespace dbops::elasticsearch
