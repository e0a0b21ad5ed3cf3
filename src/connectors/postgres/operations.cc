#include "connectors/postgres/operations.h"

#include <utility>
#include <vector>

#include "connectors/postgres/report_sql.h"
#include "connectors/postgres/reports.h"
#include "connectors/postgres/session.h"
#include "connectors/postgres/watch_sql.h"

namespace dbops::postgres {
namespace {

using Answer = Result<std::unique_ptr<Stream>>;

// REQUIRES: the session is this connector's, as an operation's contract says.
PostgresSession& own(Session& session) { return static_cast<PostgresSession&>(session); }

// An operation that answers what one statement answers, with no parameters.
template <const char* const* sql>
Answer plain(const Context& context, Session& session, Arguments) {
  return report(context, own(session).core(), {.sql = *sql});
}

Answer sessions(const Context& context, Session& session, Arguments arguments) {
  return report(context, own(session).core(),
                {.sql = report_sql::kSessions,
                 .parameters = {arguments.boolean("background") ? "true" : "false"}});
}

Answer settings(const Context& context, Session& session, Arguments arguments) {
  std::optional<std::string> name;
  if (arguments.has("pattern")) name = arguments.text("pattern");
  return report(context, own(session).core(), {.sql = report_sql::kSettings, .parameters = {name}});
}

// A statement about one relation, by its oid.
Answer about_relation(const Context& context, Session& session, const Arguments& arguments,
                      const char* sql) {
  Core& core = own(session).core();
  DBOPS_ASSIGN(const Place place, find_relation(context, core, arguments.text("table")));
  return report(context, core, {.sql = sql, .parameters = {place.oids[0]}});
}

Answer column_stats(const Context& context, Session& session, Arguments arguments) {
  return about_relation(context, session, arguments, report_sql::kColumnStats);
}

Answer grants(const Context& context, Session& session, Arguments arguments) {
  return about_relation(context, session, arguments, report_sql::kGrants);
}

Answer run_sample(const Context& context, Session& session, Arguments arguments) {
  return sample(context, own(session).core(), own(session).statements(), arguments.text("table"),
                arguments.integer("rows").value_or(kSampleRows));
}

Answer run_join_path(const Context& context, Session& session, Arguments arguments) {
  return join_path(context, own(session).core(), arguments.text("from"), arguments.text("to"));
}

Answer run_ddl(const Context& context, Session& session, Arguments arguments) {
  return ddl(context, own(session).core(), *session.catalog(), arguments.text("path"));
}

// Tells the server to do something to another session.
Answer signal_session(const Context& context, Session& session, const Arguments& arguments,
                      const char* sql) {
  Core& core = own(session).core();
  if (core.tier() < Tier::admin)
    return fail(Code::forbidden, "this touches other sessions, and the connection may not",
                "give the connection the admin tier in the configuration");
  DBOPS_TRY(core.make_ready(context));
  const std::string id = std::to_string(arguments.integer("session").value_or(0));
  DBOPS_ASSIGN(const Rows rows, core.link().ask(context, {.sql = sql, .parameters = {id}}));
  if (rows.size() != 1 || !rows.boolean(0, 0))
    return fail(Code::not_found, "there is no other session " + id,
                "look at those there are with the operation sessions");
  auto table = std::make_unique<Table>(
      Schema{{"session", "integer", Kind::integer}, {"done", "boolean", Kind::boolean}});
  table->add({Value::integer(arguments.integer("session").value_or(0)), Value::boolean(true)});
  return table;
}

Answer cancel_query(const Context& context, Session& session, Arguments arguments) {
  return signal_session(context, session, arguments, report_sql::kCancel);
}

Answer terminate_session(const Context& context, Session& session, Arguments arguments) {
  return signal_session(context, session, arguments, report_sql::kTerminate);
}

std::string cancel_danger(const Arguments& arguments) {
  return "the statement of session " + std::to_string(arguments.integer("session").value_or(0)) +
         " is cancelled";
}

std::string terminate_danger(const Arguments& arguments) {
  return "session " + std::to_string(arguments.integer("session").value_or(0)) +
         " is ended, and its transaction rolled back";
}

std::string watch_danger(const Arguments&) {
  return "the schema dbops_watch and two event triggers are made, which run with each DDL "
         "statement of this database; from then on a transaction with DDL can't be prepared "
         "(PREPARE "
         "TRANSACTION), so that DDL can be no part of a two-phase commit until unwatch_schema";
}

Answer watch_schema(const Context& context, Session& session, Arguments) {
  DBOPS_TRY(install_watch(context, own(session).core()));
  return report(context, own(session).core(), {.sql = watch_sql::kInstalled});
}

std::string unwatch_danger(const Arguments&) {
  return "the event triggers of watch_schema and the schema dbops_watch are dropped";
}

Answer unwatch_schema(const Context& context, Session& session, Arguments) {
  DBOPS_TRY(remove_watch(context, own(session).core()));
  return report(context, own(session).core(), {.sql = watch_sql::kInstalled});
}

const Argument kTable = {.name = "table",
                         .description = "Path of a table or view, such as public.flights.",
                         .required = true};
const Argument kSession = {.name = "session",
                           .type = ArgumentType::integer,
                           .description = "The session's pid, as the operation sessions shows it.",
                           .required = true,
                           .minimum = 1,
                           .maximum = INT32_MAX};

std::vector<Operation> look_at_data() {
  return {
      {.name = "sample",
       .description = "Some rows of a table or view, from all over it where it is large.",
       .arguments = {kTable,
                     {.name = "rows",
                      .type = ArgumentType::integer,
                      .description = "How many at most; 20 unless given.",
                      .minimum = 1,
                      .maximum = kSampleRowsMax}},
       .run = run_sample},
      {.name = "column_stats",
       .description = "What the planner knows of each column: nulls, distinct and common values, "
                      "range, order.",
       .arguments = {kTable},
       .run = column_stats},
      {.name = "join_path",
       .description = "How two tables are joined along foreign keys, the shortest way.",
       .arguments = {{.name = "from", .description = "Path of a table.", .required = true},
                     {.name = "to", .description = "Path of another table.", .required = true}},
       .run = run_join_path},
      {.name = "ddl",
       .description = "The statements that would make a table, view, function, type or domain.",
       .arguments = {{.name = "path", .description = "What to write out.", .required = true}},
       .run = run_ddl},
      {.name = "grants",
       .description = "Which role may do what with a table.",
       .arguments = {kTable},
       .run = grants},
  };
}

std::vector<Operation> look_at_server() {
  return {
      {.name = "sessions",
       .description = "Who is connected, what each does, waits for, and since when.",
       .arguments = {{.name = "background",
                      .type = ArgumentType::boolean,
                      .description = "The server's own processes as well."}},
       .run = sessions},
      {.name = "locks",
       .description = "Who waits for a lock, and behind whom.",
       .run = plain<&report_sql::kLocks>},
      {.name = "progress",
       .description = "How far VACUUM, CREATE INDEX, REINDEX and CLUSTER have come.",
       .run = plain<&report_sql::kProgress>},
      {.name = "settings",
       .description = "The server's settings, with their source and meaning.",
       .arguments = {{.name = "pattern", .description = "What the name or meaning contains."}},
       .run = settings},
      {.name = "databases",
       .description = "The server's databases, with sizes and connections.",
       .run = plain<&report_sql::kDatabases>},
      {.name = "roles",
       .description = "The server's roles, what they may do, and what they are members of.",
       .run = plain<&report_sql::kRoles>},
      {.name = "extensions",
       .description = "Extensions that are installed, and those that could be.",
       .run = plain<&report_sql::kExtensions>},
      {.name = "publications",
       .description = "What is published for logical replication.",
       .run = plain<&report_sql::kPublications>},
      {.name = "cancel_query",
       .description = "Cancels the statement that another session runs.",
       .tier = Tier::admin,
       .arguments = {kSession},
       .danger = cancel_danger,
       .run = cancel_query},
      {.name = "terminate_session",
       .description = "Ends another session; its transaction is rolled back.",
       .tier = Tier::admin,
       .arguments = {kSession},
       .danger = terminate_danger,
       .run = terminate_session},
      {.name = "watch_schema",
       .description = "Has this database tell of its DDL, so that schema documents can be "
                      "subscribed to.",
       .tier = Tier::admin,
       .danger = watch_danger,
       .run = watch_schema},
      {.name = "unwatch_schema",
       .description = "Takes back what watch_schema made.",
       .tier = Tier::admin,
       .danger = unwatch_danger,
       .run = unwatch_schema},
  };
}

std::vector<Operation> declare() {
  std::vector<Operation> all = look_at_data();
  for (Operation& operation : look_at_server()) all.push_back(std::move(operation));
  return all;
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> all = declare();
  return all;
}

}  // namespace dbops::postgres
