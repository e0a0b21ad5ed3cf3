#include "connectors/elasticsearch/errors.h"

#include <array>
#include <charconv>
#include <string>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 1000;  // of the server's words

struct Known {
  string_view type;
  Code code;
  string_view hint = {};
};
// By the server's name for it, before the status is asked.
constexpr auto kKnown = std::to_array<Known>({
    {"index_not_found_exception", Code::not_found, "list what is there with explore"},
    {"resource_not_found_exception", Code::not_found},
    {"search_context_missing_exception", Code::expired, "run the search again"},
    {"resource_already_exists_exception", Code::already_exists},
    {"version_conflict_engine_exception", Code::conflict,
     "read the document again, then write with its new version"},
    {"parsing_exception", Code::syntax},
    {"x_content_parse_exception", Code::syntax},
    {"x_content_e_o_f_exception", Code::syntax},
    {"json_parse_exception", Code::syntax},
    {"verification_exception", Code::syntax},
    {"query_shard_exception", Code::data},
    {"number_format_exception", Code::data},
    {"mapper_parsing_exception", Code::data},
    {"document_parsing_exception", Code::data},
    {"strict_dynamic_mapping_exception", Code::constraint},
    {"circuit_breaking_exception", Code::exhausted, "ask for less, or give the server more memory"},
    {"es_rejected_execution_exception", Code::busy, "try again later, with fewer requests at once"},
    {"rejected_execution_exception", Code::busy, "try again later, with fewer requests at once"},
    {"unavailable_shards_exception", Code::busy, "diagnose shows which shards are not there"},
    {"cluster_block_exception", Code::exhausted, "diagnose shows whether a disk is full"},
    {"no_shard_available_action_exception", Code::busy,
     "diagnose shows which shards are not there"},
    {"task_cancelled_exception", Code::cancelled},
    {"license_exception", Code::unsupported},
    {"api_not_available_exception", Code::unsupported},
});

struct ByStatus {
  int status;
  Code code;
  string_view hint;
};
constexpr auto kByStatus = std::to_array<ByStatus>({
    {400, Code::invalid_argument, ""},
    {401, Code::authentication, "check user and password, or the key, in the connection's URL"},
    {403, Code::denied, "the connection's user lacks the right: ask who runs the cluster"},
    {404, Code::not_found, "list what is there with explore"},
    {405, Code::unsupported, "this server has no such API: look at its version with doctor"},
    {408, Code::timeout, ""},
    {409, Code::conflict, "read the document again, then write with its new version"},
    {413, Code::too_large, "send it in smaller parts"},
    {429, Code::busy, "try again later, with fewer requests at once"},
    {502, Code::unreachable, "a proxy stands before the server, and can't reach it"},
    {503, Code::busy, "try again later; diagnose shows what is wrong"},
    {504, Code::timeout, "a proxy stands before the server, and does not wait longer"},
});

string_view type_of(const JsonView& error, std::string& memory) {
  memory = error["type"].string();
  return memory;
}

const Known* find(const JsonView& error) {
  std::string memory;
  const string_view type = type_of(error, memory);
  for (const Known& known : kKnown)
    if (known.type == type) return &known;
  return nullptr;
}

// The cause that says most: down "caused_by" as far as it has words, from the first failed shard on
// where the search as a whole is said to have failed.
std::vector<JsonView> causes(const JsonView& error) {
  std::vector<JsonView> chain = {error};
  const auto shards = error["failed_shards"].elements();
  if (!shards.empty()) chain.push_back(shards[0]["reason"]);
  while (chain.back()["caused_by"].is_object() &&
         chain.back().at({"caused_by", "reason"}).is_string())
    chain.push_back(chain.back()["caused_by"]);
  return chain;
}

// "line 1:10: ..." of ES|QL and SQL: the column, where it is the first line's.
std::optional<uint64_t> position_of(string_view reason) {
  constexpr string_view kLine = "line 1:";
  const size_t at = reason.find(kLine);
  if (at == string_view::npos) return std::nullopt;
  uint64_t column = 0;
  const char* end = reason.data() + reason.size();
  if (std::from_chars(reason.data() + at + kLine.size(), end, column).ec != std::errc())
    return std::nullopt;
  return column;
}

void apply_status(int status, Error& error) {
  for (const ByStatus& known : kByStatus)
    if (known.status == status) {
      error.code = known.code;
      if (error.hint.empty()) error.hint = known.hint;
    }
}

}  // namespace

Error item_error(int status, const JsonView& body) {
  Error error{.code = Code::internal, .message = {}, .native_code = std::to_string(status)};
  apply_status(status, error);
  if (body.is_string()) {
    error.message = "the server says: " + escape_control(shorten(body.string(), kShownBytes));
    if (error.message.find("no handler found") != std::string::npos) {
      error.code = Code::unsupported;
      error.hint = "this server has no such API: look at its version with doctor";
    }
    return error;
  }
  std::string words;
  for (const JsonView& cause : causes(body)) {
    const std::string reason = cause["reason"].string();
    if (words.find(reason) == std::string::npos) words += (words.empty() ? "" : ": ") + reason;
    if (const Known* known = find(cause); known != nullptr && status != 401 && status != 403) {
      error.code = known->code;
      error.hint = known->hint;
    }
  }
  std::string memory;
  error.message = "the server says: " + escape_control(shorten(words, kShownBytes));
  error.native_code = escape_control(shorten(type_of(body, memory), kShownBytes));
  error.position = position_of(words);
  // What a server without that API takes for an index.
  if (words.find("must not start with '_'") != std::string::npos) {
    error.code = Code::unsupported;
    error.hint = "this server has no such API: look at its version with doctor";
  }
  const bool no_field = words.find("Unknown column") != std::string::npos;
  if (words.find("Unknown index") != std::string::npos) error.code = Code::not_found;
  if (error.code == Code::not_found || no_field) error.hint = "list what is there with explore";
  error.retryable = error.code == Code::busy || error.code == Code::timeout;
  return error;
}

Error server_error(int status, string_view body) {
  const auto json = JsonView::parse(body);
  if (json && json->is_object() && !(*json)["error"].is_null())
    return item_error(status, (*json)["error"]);
  Error error{.code = Code::protocol,
              .message = "the server answered with status " + std::to_string(status),
              .hint = "check that host and port are Elasticsearch's",
              .native_code = std::to_string(status)};
  if (status >= 300 && status < 400)
    error.hint = "it sends us elsewhere, which is not followed: write the right host into the URL";
  else
    error.hint.clear();
  apply_status(status, error);
  error.retryable = error.code == Code::busy;
  if (!body.empty() && status >= 400)
    error.message += ": " + escape_control(shorten(body, kShownBytes));
  return error;
}

}  // namespace dbops::elasticsearch
