#include "connectors/mongodb/driver.h"

#include <string>

namespace dbops::mongodb {
namespace {

std::string encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_')
      encoded += c;
    else
      encoded.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return encoded;
}

// The URL as libmongoc is to have it, without secrets: those are set on it later.
std::string driver_url(const Target& target) {
  std::string url = target.srv ? "mongodb+srv://" : "mongodb://";
  for (size_t i = 0; i < target.hosts.size(); ++i) {
    const Url::Host& host = target.hosts[i];
    const bool address = host.name.find(':') != std::string::npos;
    url += (i == 0 ? "" : ",") + (address ? "[" + host.name + "]" : encode(host.name));
    if (!target.srv && !host.name.starts_with('/'))
      url += ':' + std::to_string(host.port.value_or(kPort));
  }
  // Nothing is retried, and no more is sent than is asked for. TLS is the wire's.
  url += "/" + encode(target.database) +
         "?tls=false&retryReads=false&retryWrites=false&heartbeatFrequencyMS=2000000000"
         "&socketCheckIntervalMS=2000000000&serverSelectionTryOnce=true";
  for (const auto& [name, value] : target.options) {
    url += '&' + encode(name) + '=';
    for (const char c : value) url += c == ',' || c == ':' ? std::string(1, c) : encode({&c, 1});
  }
  return url;
}

}  // namespace

Result<Uri> make_uri(const Target& target) {
  DBOPS_TRY(load_mongoc());
  bson_error_t error{};
  Uri uri(mongoc().uri_new_with_error(driver_url(target).c_str(), &error));
  // Its message may quote the URL's options, which hold no secret that it has seen.
  if (!uri ||
      (!target.user.empty() && !mongoc().uri_set_username(uri.get(), target.user.c_str())) ||
      (!target.password.empty() &&
       !mongoc().uri_set_password(uri.get(), std::string(target.password.reveal()).c_str())))
    return fail(Code::invalid_config, "the URL can't be used: " + redact_url(error.message),
                "write mongodb://user:password@host:27017/database?authSource=admin");
  return uri;
}

}  // namespace dbops::mongodb
