#include "front/http/response.h"

#include "mcp/jsonrpc.h"

namespace dbops::http {

Response refusal(unsigned status, std::string_view id, const mcp::Failure& failure) {
  return {
      .status = status, .content_type = "application/json", .body = mcp::error_frame(id, failure)};
}

Response refusal(unsigned status, std::string_view message) {
  return refusal(status, {}, {.code = mcp::kInvalidRequest, .message = std::string(message)});
}

Response not_allowed(std::string_view message, std::string_view methods) {
  Response response = refusal(kMethodNotAllowed, message);
  response.headers.emplace_back("Allow", methods);
  return response;
}

Response refusal_for(std::chrono::seconds wait, unsigned status, std::string_view id,
                     std::string_view message) {
  Response response =
      refusal(status, id, {.code = mcp::kInvalidRequest, .message = std::string(message)});
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

}  // namespace dbops::http
