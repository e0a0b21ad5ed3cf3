#include "app/checks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/value.hpp>
#include <cerrno>
#include <cstring>

#include "base/awake.h"
#include "base/bytes.h"
#include "front/cli/findings.h"
#include "front/http/certificates.h"
#include "front/http/oauth/key_set.h"
#include "front/http/oauth/provider.h"
#include "net/url.h"

namespace dbops::app {
namespace {

Result<std::string> check_folder(const std::string& folder) {
  struct stat found {};
  int error = stat(folder.c_str(), &found) != 0 ? errno : 0;
  if (error == 0 && !S_ISDIR(found.st_mode)) error = ENOTDIR;
  if (error == 0 && access(folder.c_str(), R_OK | X_OK) != 0) error = errno;
  if (error == 0) return "files are loaded from " + folder;
  return fail(Code::io, folder + " can't be read: " + std::strerror(error),
              "name a folder that this user may read as folder in [load]");
}

Result<std::string> check_certificate(const http::Settings& settings) {
  DBOPS_TRY(http::Certificates::load(settings.tls_certificate, settings.tls_key));
  return "the certificate " + settings.tls_certificate + " and its key fit";
}

Result<std::string> check_cpus() {
  DBOPS_TRY(Awake::open());
  return std::string("the processors can be kept awake by ") + Awake::kDevice;
}

Result<std::string> check_authorization(const http::OAuthSettings& settings) {
  Context context;
  context.deadline = Deadline::after(settings.patience);
  http::Provider provider(settings);
  const std::string issuer = redact_url(settings.issuer);
  if (settings.introspect) {
    // A token that nobody was given: what matters is that the question is answered.
    DBOPS_TRY(provider.introspect(context, random_name()));
    return issuer + " answers what it is asked of tokens";
  }
  DBOPS_ASSIGN(const std::string text, provider.fetch_keys(context));
  DBOPS_ASSIGN(const http::KeySet keys, http::KeySet::parse(text, settings.algorithms));
  if (keys.size() == 0)
    return fail(Code::invalid_config, issuer + " has no key of the algorithms that are allowed",
                "look at algorithms in [oauth]");
  return issuer + " has keys to check tokens by: " + std::to_string(keys.size());
}

}  // namespace

std::vector<Finding> check_serving(const Config& config) {
  std::vector<Finding> findings;
  const auto add = [&](const std::string& area, const Result<std::string>& checked) {
    findings.push_back(checked ? Finding{Severity::ok, area, "", *checked, ""}
                               : cli::finding_of(area, checked.error()));
  };
  if (!config.settings.load_folder.empty()) add("load", check_folder(config.settings.load_folder));
  if (!config.server.tls_certificate.empty()) add("tls", check_certificate(config.server));
  if (config.server.keep_cpus_awake.value_or(false)) add("cpus", check_cpus());
  if (config.server.oauth.used()) add("oauth", check_authorization(config.server.oauth));
  return findings;
}

}  // namespace dbops::app
