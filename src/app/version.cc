#include "app/version.h"

#include <unistd.h>

#include "app/connectors.h"
#include "base/json.h"
#include "front/cli/terminal.h"

namespace dbops::app {

int print_version(bool json) {
  std::string text;
  if (json) {
    JsonWriter out(text);
    out.begin_object().member("version", DBOPS_VERSION).key("engines").begin_array();
    for (const Connector* connector : connectors())
      out.begin_object()
          .member("name", connector->name())
          .member("library", connector->library())
          .end_object();
    out.end_array().end_object();
    text += '\n';
  } else {
    text = std::string("dbops ") + DBOPS_VERSION + '\n';
    for (const Connector* connector : connectors())
      text += "  " + std::string(connector->name()) + ": " + connector->library() + '\n';
  }
  cli::write_message(STDOUT_FILENO, text);
  return 0;
}

}  // namespace dbops::app
