// `dbops token`: a new bearer token, shown once, and what the configuration keeps of it.
#include "app/token.h"

#include <unistd.h>

#include "app/config_parts.h"
#include "base/json.h"
#include "base/text.h"
#include "core/grants.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"
#include "front/http/tokens.h"

namespace dbops::app {
namespace {

Result<void> check(const TokenOptions& options) {
  if (!is_token_name(options.name))
    return fail(Code::invalid_argument, escape_control(options.name) + " can't be a token's name",
                "use 1 to 64 letters, digits, '_' and '-'");
  Grants grants;
  for (const std::string& scope : options.scopes) DBOPS_TRY(grants.add(scope));
  return {};
}

}  // namespace

Result<std::string> token_entry(const TokenOptions& options, const Secret& token) {
  DBOPS_TRY(check(options));
  std::string entry =
      "[tokens." + options.name + "]\nhash = \"" + http::format_token_hash(token) + "\"\nscopes = ";
  // A list of such strings is the same in TOML and JSON.
  JsonWriter scopes(entry);
  scopes.begin_array();
  for (const std::string& scope : options.scopes) scopes.string(scope);
  scopes.end_array();
  return entry + "\n";
}

int print_token(const TokenOptions& options) {
  const Secret token = http::make_token();
  const auto entry = token_entry(options, token);
  if (!entry) {
    cli::write_message(STDERR_FILENO, cli::format_error(entry.error(), {}, 0, false));
    return cli::kUsage;
  }
  std::string text(token.reveal());
  text +=
      "\n\n# The token is shown this once: give it to the client. In dbops.toml goes:\n" + *entry;
  cli::write_message(STDOUT_FILENO, text);
  return cli::kOk;
}

}  // namespace dbops::app
