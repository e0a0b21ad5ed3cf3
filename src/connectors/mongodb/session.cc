#include "connectors/mongodb/session.h"

#include "base/text.h"

namespace dbops::mongodb {
namespace {

Bson command(const char* name) {
  Bson document;
  BSON_APPEND_INT32(document.get(), name, 1);
  return document;
}

// "FerretDB" and its version where the server is one that stands in for MongoDB.
void name_product(const bson_t& build, ServerInfo& info) {
  info.product = "MongoDB";
  info.version = escape_control(text_at(build, "version"));
  const std::string ferret = escape_control(text_at(build, "ferretdb.version"));
  if (ferret.empty()) return;
  info.product = "FerretDB " + ferret;
  info.findings.push_back({Severity::info,
                           "server",
                           {},
                           "FerretDB, not MongoDB: it has no transactions, change streams or "
                           "validators, and does not enforce the roles of users",
                           {}});
}

}  // namespace

Result<ServerInfo> MongoSession::info(const Context& context) {
  DBOPS_ASSIGN(const Bson build, link_->call(context, "admin", *command("buildInfo")));
  DBOPS_ASSIGN(const Bson status, link_->call(context, "admin", *command("connectionStatus")));
  ServerInfo info;
  info.database = queries_.database();
  info.transport = link_->transport();
  info.granted = Tier::admin;  // Roles are many: what they refuse, the server says.
  name_product(*build, info);
  info.user = escape_control(text_at(*status, "authInfo.authenticatedUsers.0.user"));
  return info;
}

Result<void> MongoSession::ping(const Context& context) {
  DBOPS_TRY(link_->call(context, "admin", *command("ping")));
  return {};
}

}  // namespace dbops::mongodb
