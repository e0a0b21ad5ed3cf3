// A URL that is taken has its parts within bounds, and is never shown with a part of its password.
#include <algorithm>

#include "base/text.h"
#include "fuzz/check.h"
#include "net/url.h"

using namespace dbops;

namespace {

constexpr std::string_view kMarker = "zqjzqj";

// Nothing of the password that stands in [begin, end) is shown: a marker put into it never is.
void check_hidden(std::string_view text, size_t begin, size_t end) {
  if (text.find(kMarker) != std::string_view::npos) return;
  for (const size_t at : {begin, (begin + end) / 2, end}) {
    const std::string marked = std::string(text).insert(at, kMarker);
    check(redact_url(marked).find(kMarker) == std::string::npos);
  }
}

void check_user_info(std::string_view text) {
  const size_t authority = text.find("//") + 2;
  const size_t at = text.find('@', authority);
  const size_t colon = text.find(':', authority);
  check(colon < at && at < text.size());
  check_hidden(text, colon + 1, at);
}

void check_query(std::string_view text) {
  for (const std::string_view option : {"?password=", "&password="}) {
    const size_t found = text.find(option);
    if (found == std::string_view::npos) continue;
    const size_t begin = found + option.size();
    check_hidden(text, begin, std::min(text.find('&', begin), text.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const auto url = Url::parse(text);
  if (!url) {
    check(url.error().code == Code::invalid_argument || url.error().code == Code::too_large);
    return 0;
  }
  check(size <= kUrlBytesMax && url->path.size() < size && url->hosts.size() < size);
  check(!url->scheme.empty() && url->scheme == lower(url->scheme));
  for (const Url::Host& host : url->hosts) check(host.port != 0);
  if (!url->password.empty()) check_user_info(text);
  check_query(text);
  return 0;
}
