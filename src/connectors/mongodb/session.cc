#include "connectors/mongodb/session.h"

#include "base/text.h"
#include "connectors/mongodb/server_status.h"

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
                           "FerretDB, not MongoDB: it has no validators, and does not enforce the "
                           "roles of users",
                           {}});
}

// What not every server has, by asking this one.
Result<void> probe_features(const Context& context, MongoQueries& queries, ServerInfo& info) {
  DBOPS_ASSIGN(const bool keeps, queries.link().keeps_transactions(context));
  const auto stream =
      ChangeStream::open(context, queries, {.database = queries.database(), .match = "{}"});
  if (!stream && stream.error().session_broken) return fail(stream.error());
  const auto lacks = [&](const char* what) {
    info.findings.push_back({Severity::info, "server", {}, what, {}});
  };
  if (!keeps)
    lacks("it keeps no transactions: commands stand each for itself, and there is no dry run");
  if (!stream) lacks("it has no change streams for this user: changes can't be collected");
  return {};
}

}  // namespace

Result<ServerInfo> MongoSession::info(const Context& context) {
  DBOPS_ASSIGN(const Bson build, link_->call(context, "admin", *command("buildInfo")));
  DBOPS_ASSIGN(const Bson status, link_->call(context, "admin", *command("connectionStatus")));
  ServerInfo info;
  info.database = queries_.database();
  info.transport = link_->transport();
  info.granted = granted_by_roles(*status);
  name_product(*build, info);
  DBOPS_TRY(probe_features(context, queries_, info));
  info.user = escape_control(text_at(*status, "authInfo.authenticatedUsers.0.user"));
  if (queries_.tier() == Tier::read && info.granted != Tier::read)
    info.findings.push_back(
        {Severity::warning, "connection", info.user,
         "the user could do more than read, or the server asks for none: dbops alone holds it back",
         R"(make one for it, in its database: {"createUser": "dbops_reader", "pwd": "...", )"
         R"("roles": ["read"]})"});
  return info;
}

// A member of a set says whether it is still what it was.
Result<void> MongoSession::ping(const Context& context) {
  const bool watched = !link_->facts().set.empty() && link_->facts().primary;
  DBOPS_ASSIGN(const Bson reply,
               link_->call(context, "admin", *command(watched ? "isMaster" : "ping")));
  if (!watched || true_at(*reply, "ismaster")) return {};
  link_->give_up();
  Error error{.code = Code::disconnected,
              .message = "the member is no longer its set's primary",
              .hint = "try again: a new link finds the primary"};
  error.retryable = error.session_broken = true;
  return fail(std::move(error));
}

}  // namespace dbops::mongodb
