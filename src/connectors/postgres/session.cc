#include "connectors/postgres/session.h"

#include <array>

namespace dbops::postgres {
namespace {

// What the server says of itself and of the user; one row.
constexpr const char* kAboutUs = R"sql(
SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_database(),
       current_user,
       r.rolsuper,
       r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
         OR EXISTS (SELECT FROM pg_catalog.pg_namespace n
                    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                      AND pg_catalog.has_schema_privilege(n.oid, 'CREATE'))
         OR EXISTS (SELECT FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname !~ '^pg_'
                      AND n.nspname <> 'information_schema'
                      AND pg_catalog.has_table_privilege(
                            c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.pg_encoding_to_char(d.encoding)
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()
)sql";

bool is_local(std::string_view host) {
  return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         host.starts_with("127.") || host == "::1";
}

std::string transport(PGconn* link) {
  const char* host = PQhost(link);
  if (PQsslInUse(link)) {
    const char* protocol = PQsslAttribute(link, "protocol");
    return protocol ? protocol : "TLS";
  }
  return host && (*host == '/' || *host == '@') ? "socket" : "plain";
}

// The statements that make a role which can only read.
std::string read_only_role(const std::string& database) {
  return "make a role for it: CREATE ROLE dbops_reader LOGIN PASSWORD '...'; GRANT CONNECT ON "
         "DATABASE \"" +
         database + "\" TO dbops_reader; GRANT pg_read_all_data TO dbops_reader;";
}

void find_risks(ServerInfo& info, PGconn* link, Tier tier, const Rows& rows) {
  const auto add = [&](Severity severity, std::string message, std::string hint) {
    info.findings.push_back(
        {severity, "connection", info.user, std::move(message), std::move(hint)});
  };
  if (tier == Tier::read && info.granted != Tier::read)
    add(Severity::warning,
        "the role could do more than read: dbops and its READ ONLY transactions alone hold it back",
        read_only_role(info.database));
  const char* host = PQhost(link);
  if (!PQsslInUse(link) && !is_local(host ? host : ""))
    add(Severity::warning, "the link is not encrypted", "add sslmode=verify-full to the URL");
  if (PQsslInUse(link) && !is_local(host ? host : "")) {
    PQconninfoOption* all = PQconninfo(link);
    for (const PQconninfoOption* option = all; option && option->keyword; ++option)
      if (std::string_view(option->keyword) == "sslmode" && option->val &&
          !std::string_view(option->val).starts_with("verify"))
        add(Severity::warning, "the server's certificate is not verified",
            "add sslmode=verify-full and sslrootcert to the URL");
    PQconninfoFree(all);
  }
  if (rows.boolean(0, 6)) add(Severity::info, "the server is a standby: it takes reads only", {});
  if (rows.text(0, 7) == "SQL_ASCII")
    add(Severity::info, "the database has no encoding (SQL_ASCII): text that is not UTF-8 is bytes",
        {});
}

}  // namespace

Result<std::unique_ptr<Core>> open_core(const Context& context, const ConnectionOptions& options) {
  DBOPS_ASSIGN(const Target target, read_target(options));
  DBOPS_ASSIGN(std::unique_ptr<Link> link, open_link(context, options, target));
  auto core = std::make_unique<Core>(std::move(link), target, options.tier, options.access);
  DBOPS_TRY(core->make_ready(context));
  return core;
}

PostgresSession::PostgresSession(std::unique_ptr<Core> core)
    : core_(std::move(core)),
      queries_(*core_),
      catalog_(*core_),
      explainer_(queries_),
      diagnostics_(*core_),
      loader_(*core_),
      searcher_(*core_, queries_),
      watcher_(*core_) {}

Result<ServerInfo> PostgresSession::info(const Context& context) {
  Link& link = core_->link();
  DBOPS_TRY(core_->make_ready(context));
  DBOPS_ASSIGN(const Rows rows, link.ask(context, {.sql = kAboutUs}));
  if (rows.size() != 1) return fail(Code::protocol, "the server did not say who we are");
  ServerInfo info;
  info.product = "PostgreSQL";
  info.version = rows.text(0, 0).substr(0, rows.text(0, 0).find(' '));
  info.database = rows.string(0, 1);
  info.user = rows.string(0, 2);
  info.transport = transport(link.raw());
  if (rows.boolean(0, 3) || rows.boolean(0, 4))
    info.granted = Tier::admin;
  else if (rows.boolean(0, 5))
    info.granted = Tier::write;
  find_risks(info, link.raw(), core_->tier(), rows);
  return info;
}

Result<void> PostgresSession::ping(const Context& context) {
  return core_->link().command(context, ";");
}

}  // namespace dbops::postgres
