#include "front/http/answer_head.h"

#include <array>
#include <ctime>

namespace dbops::http {
namespace {

std::string_view reason_of(unsigned status) {
  switch (status) {
    case kOk:
      return "OK";
    case kAccepted:
      return "Accepted";
    case kNoContent:
      return "No Content";
    case kBadRequest:
      return "Bad Request";
    case kUnauthorized:
      return "Unauthorized";
    case kForbidden:
      return "Forbidden";
    case kNotFound:
      return "Not Found";
    case kMethodNotAllowed:
      return "Method Not Allowed";
    case kNotAcceptable:
      return "Not Acceptable";
    case kConflict:
      return "Conflict";
    case kTooLarge:
      return "Content Too Large";
    case kPathTooLong:
      return "URI Too Long";
    case kUnsupportedType:
      return "Unsupported Media Type";
    case kMisdirected:
      return "Misdirected Request";
    case kTooMany:
      return "Too Many Requests";
    case kHeadTooLarge:
      return "Request Header Fields Too Large";
    case kNotImplemented:
      return "Not Implemented";
    case kUnavailable:
      return "Service Unavailable";
    case kVersionUnknown:
      return "HTTP Version Not Supported";
    default:
      return "";  // RFC 9112, section 4: nobody reads it.
  }
}

// RFC 9110, section 5.6.7; it holds for a second.
std::string_view date() {
  struct Written {
    time_t at = -1;
    std::array<char, 32> text{};
    size_t size = 0;
  };
  thread_local Written written;
  const time_t now = std::time(nullptr);
  if (now != written.at) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    tm parts{};
    gmtime_r(&now, &parts);
    const int size = std::snprintf(written.text.data(), written.text.size(),
                                   "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday],
                                   parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
    written.size = static_cast<size_t>(size);
    written.at = now;
  }
  return {written.text.data(), written.size};
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void append_head(std::string& out, const Response& said, BodyEnd end, bool close,
                 const std::vector<std::pair<std::string_view, std::string>>& extra) {
  out.append("HTTP/1.1 ").append(std::to_string(said.status)).append(" ");
  out.append(reason_of(said.status)).append("\r\n");
  append_header(out, "Date", date());
  if (!said.content_type.empty()) append_header(out, "Content-Type", said.content_type);
  if (end == BodyEnd::chunks) {
    append_header(out, "Transfer-Encoding", "chunked");
  } else if (end != BodyEnd::close && said.status != kNoContent) {
    append_header(out, "Content-Length", std::to_string(said.body.size()));
  }
  if (!said.session.empty()) append_header(out, "Mcp-Session-Id", said.session);
  for (const auto& [name, value] : said.headers) append_header(out, name, value);
  for (const auto& [name, value] : extra) append_header(out, name, value);
  if (close) append_header(out, "Connection", "close");
  out += "\r\n";
}

}  // namespace dbops::http
