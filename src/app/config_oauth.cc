// [oauth]: the authorization server whose tokens are taken.
#include <algorithm>

#include "app/config_parts.h"
#include "app/section.h"
#include "base/text.h"
#include "net/url.h"

namespace dbops::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kAudiencesMax = 16;
constexpr size_t kAlgorithmsMax = 16;
constexpr size_t kNamedMax = 1000;  // subjects or scopes with policies

void read_endpoint(Section& section, std::string_view key, std::string& into) {
  auto text = section.text(key, kUrlBytesMax);
  if (!text) return;
  if (!http::is_safe_url(*text))
    section.complain(section.any(key)->place, section.name_of(key) + " is no https URL",
                     "write https://HOST/PATH, without user or query; http only to this machine");
  into = std::move(*text);
}

void need(Section& section, std::string_view key, std::string_view hint) {
  if (section.any(key) == nullptr)
    section.complain(section.place(), section.name_of(key) + " is missing", std::string(hint));
}

void read_algorithms(Section& section, std::vector<http::Algorithm>& into) {
  const auto names = section.texts("algorithms", kAlgorithmsMax);
  if (!names) return;
  into.clear();
  for (const std::string& name : *names) {
    const auto algorithm = http::parse_algorithm(name);
    if (algorithm) into.push_back(*algorithm);
    if (algorithm) continue;
    section.complain(section.any("algorithms")->place,
                     section.name_of("algorithms") + " has \"" + escape_control(name) + '"',
                     "it is made of \"RS256\", \"ES256\" and \"EdDSA\"");
  }
  if (names->empty())
    section.complain(section.any("algorithms")->place, section.name_of("algorithms") + " is empty");
}

void read_mode(Section& section, bool& introspect) {
  const auto mode = section.text("tokens", 64);
  if (!mode) return;
  introspect = *mode == "introspection";
  if (!introspect && *mode != "jwt")
    section.complain(section.any("tokens")->place,
                     section.name_of("tokens") + " is \"" + escape_control(*mode) + '"',
                     "it is \"jwt\" or \"introspection\"");
}

void read_client(Section& section, const std::string& folder, http::OAuthSettings& oauth,
                 std::vector<Problem>& problems) {
  if (auto id = section.text("client_id", 255)) oauth.client_id = std::move(*id);
  const Node* secret = section.any("client_secret");
  if (secret != nullptr)
    oauth.client_secret = [source =
                               read_source(*secret, "client_secret of [oauth]", folder, problems)](
                              const Context& context) { return read_secret(context, source); };
  if (secret != nullptr && oauth.client_id.empty())
    need(section, "client_id", "it is the name that the client_secret belongs to");
  if (oauth.introspect)
    need(section, "client_secret",
         "introspection needs it and client_id: write { env = \"NAME\" }, { file = \"PATH\" } or "
         "{ command = [\"PROGRAM\"] }");
}

void read_times(Section& section, http::OAuthSettings& oauth) {
  if (const auto skew = section.duration("skew", milliseconds(0), minutes(5)))
    oauth.skew = std::chrono::duration_cast<seconds>(*skew);
  if (const auto time = section.duration("keys_refetch", milliseconds(100), hours(1)))
    oauth.keys_refetch = *time;
  if (const auto time = section.duration("keys_life", seconds(1), hours(24)))
    oauth.keys_life = *time;
  if (const auto time = section.duration("answer_life", milliseconds(0), hours(1)))
    oauth.answer_life = *time;
  if (const auto time = section.duration("patience", milliseconds(100), minutes(1)))
    oauth.patience = *time;
}

// [oauth.subjects.NAME] or [oauth.scopes.NAME]: their policies.
void read_named(Section& section, std::string_view key,
                std::map<std::string, Restrictions, std::less<>>& into,
                std::vector<Problem>& problems) {
  const Node* table = section.table(key);
  if (table == nullptr) return;
  if (table->members.size() > kNamedMax)
    section.complain(table->place, section.name_of(key) + " has more than 1000 members");
  for (const auto& [name, node] : table->members) {
    const std::string label = "[oauth." + std::string(key) + "." + escape_control(name) + "]";
    if (node.type != Node::Type::table) {
      section.complain(node.place, label + " must be a table", "write its policy below it");
      continue;
    }
    Section own(node, label, problems);
    into.emplace(name, read_restrictions(own, label, problems));
    own.finish();
  }
}

}  // namespace

void read_oauth(const Node& table, const std::string& folder, http::OAuthSettings& oauth,
                std::vector<Problem>& problems) {
  Section section(table, "[oauth]", problems);
  read_endpoint(section, "issuer", oauth.issuer);
  read_endpoint(section, "resource", oauth.resource);
  need(section, "issuer", "it is the URL of the authorization server, as its tokens spell it");
  need(section, "resource", "it is this server's own URL, such as https://db.example.com/mcp");
  if (auto audiences = section.texts("audiences", kAudiencesMax)) {
    if (audiences->empty())
      section.complain(section.any("audiences")->place, section.name_of("audiences") + " is empty",
                       "leave it out: the resource alone is the audience then");
    oauth.audiences = std::move(*audiences);
  }
  read_mode(section, oauth.introspect);
  read_algorithms(section, oauth.algorithms);
  read_endpoint(section, "jwks_uri", oauth.jwks_uri);
  read_endpoint(section, "introspection_endpoint", oauth.introspection_endpoint);
  read_client(section, folder, oauth, problems);
  if (const auto file = section.text("ca_file")) oauth.ca_file = full_path(*file, folder);
  read_times(section, oauth);
  oauth.policy = read_restrictions(section, "[oauth]", problems);
  read_named(section, "subjects", oauth.subjects, problems);
  read_named(section, "scopes", oauth.scopes, problems);
  section.finish();
}

}  // namespace dbops::app
