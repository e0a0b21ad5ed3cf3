// The parts of reading a configuration that stand in files of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/secrets.h"
#include "app/section.h"

namespace dbops::app {

// [limits] of the file or of one connection; what is not given keeps its value.
void read_limits(const Node& table, std::string label, Limits& limits,
                 std::vector<Problem>& problems);

// [connections.NAME], with config.limits as their default.
// [connections.NAME.policy]; `label` names it in messages.
void read_policy(const Node& table, std::string label, Access& access,
                 std::vector<Problem>& problems);

// The members `policy` and `policies` of a table of callers; `of` names it in messages.
Restrictions read_restrictions(Section& section, const std::string& of,
                               std::vector<Problem>& problems);
// The member `tier`; nullopt: not given, or no tier.
std::optional<Tier> read_tier(Section& section);

void read_connections(const Node& table, const std::string& folder, Config& config,
                      std::vector<Problem>& problems);

// [audit]
void read_audit(const Node& table, const std::string& folder, AuditConfig& audit,
                std::vector<Problem>& problems);
// [state]
void read_state(const Node& table, const std::string& folder, Config& config,
                std::vector<Problem>& problems);

// [tracing]
void read_tracing(const Node& table, const std::string& folder, TracingConfig& tracing,
                  std::vector<Problem>& problems);

// [server]; what is not given keeps its value.
void read_server(const Node& table, const std::string& folder, http::Settings& server,
                 std::vector<Problem>& problems);

// [tokens.NAME]
void read_tokens(const Node& table, std::vector<http::Token>& tokens,
                 std::vector<Problem>& problems);
// [oauth]
void read_oauth(const Node& table, const std::string& folder, http::OAuthSettings& oauth,
                std::vector<Problem>& problems);
// A text by itself is the secret; else as read_source().
SecretSource read_secret_node(const Node& node, const std::string& label, const std::string& folder,
                              std::vector<Problem>& problems);
// { env = ... }, { file = ... } or { command = ... }; `label` names it in messages.
SecretSource read_source(const Node& node, const std::string& label, const std::string& folder,
                         std::vector<Problem>& problems);
bool is_token_name(std::string_view name);

// `path` with `~/` replaced by the home folder, and a relative one put into `folder`.
std::string full_path(std::string_view path, const std::string& folder);

}  // namespace dbops::app
