#include "app/hide.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "net/url.h"

namespace dbops::app {

void hide_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view text(argv[i]);
    if (text.find("://") == std::string_view::npos && text.find('?') == std::string_view::npos)
      continue;
    const std::string shown = redact_url(text);
    if (shown == text) continue;
    // The room is fixed: what is hidden may be shorter or longer than what hides it.
    const size_t size = text.size();
    std::memset(argv[i], ' ', size);
    std::memcpy(argv[i], shown.data(), std::min(size, shown.size()));
  }
}

}  // namespace dbops::app
