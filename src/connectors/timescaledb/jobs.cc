#include "connectors/timescaledb/jobs.h"

#include "base/text.h"
#include "connectors/postgres/dialect.h"

namespace dbops::timescaledb {
namespace {

const TimeColumn kInterval = {.name = "every", .type = "interval"};

// "schema.function(" of the extension, where the licence has it.
Result<std::string> call(const Context& context, Session& session, std::string_view function,
                         std::string_view what) {
  DBOPS_ASSIGN(const Edition* const edition, own(session).edition(context));
  DBOPS_TRY(need_license(*edition, what));
  return edition->schema + '.' + std::string(function) + '(';
}

std::string job_of(const Arguments& arguments) {
  return std::to_string(arguments.integer("job").value_or(0));
}

// A path as a literal that the server looks up: 'public."two words"'.
Result<std::string> name_literal(const std::string& text) {
  DBOPS_ASSIGN(const auto path, parse_path(text));
  std::string name;
  for (const std::string& part : path)
    name += (name.empty() ? "" : ".") + postgres::dialect().quote(part);
  return literal(name);
}

std::string shown(const Arguments& arguments, std::string_view name) {
  return escape_control(arguments.text(name));
}

}  // namespace

std::string add_job_danger(const Arguments& arguments) {
  return "from now on " + shown(arguments, "procedure") + " runs by itself every " +
         shown(arguments, "every") + ", with the rights of this user";
}

Answer add_job(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function, call(context, session, "add_job", "a job of one's own"));
  DBOPS_ASSIGN(const std::string procedure, name_literal(arguments.text("procedure")));
  DBOPS_ASSIGN(const std::string every,
               span_argument(arguments, "every", "schedule_interval", kInterval));
  std::string sql = "SELECT " + function + procedure + "::regproc" + every;
  if (arguments.has("config"))
    sql += ", config => " + literal(arguments.object("config")) + "::jsonb";
  if (arguments.has("start"))
    sql += ", initial_start => " + literal(arguments.text("start")) + "::timestamptz";
  if (arguments.has("scheduled"))
    sql += std::string(", scheduled => ") + (arguments.boolean("scheduled") ? "true" : "false");
  return change(context, own(session), sql + ") AS job");
}

std::string alter_job_danger(const Arguments& arguments) {
  std::string what = "job " + job_of(arguments);
  if (arguments.has("scheduled"))
    what += arguments.boolean("scheduled") ? " runs by itself" : " runs no more by itself";
  if (arguments.has("every"))
    what += std::string(arguments.has("scheduled") ? "," : " runs") + " every " +
            shown(arguments, "every");
  return what;
}

Answer alter_job(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function, call(context, session, "alter_job", "a job"));
  if (!arguments.has("scheduled") && !arguments.has("every"))
    return fail(Code::invalid_argument, "what is to be altered was not said",
                "give scheduled, every, or both");
  std::string sql =
      "SELECT job_id AS job, schedule_interval AS every, scheduled, next_start FROM " + function +
      job_of(arguments);
  if (arguments.has("scheduled"))
    sql += std::string(", scheduled => ") + (arguments.boolean("scheduled") ? "true" : "false");
  DBOPS_ASSIGN(const std::string every,
               span_argument(arguments, "every", "schedule_interval", kInterval));
  return change(context, own(session), sql + every + ')');
}

std::string run_job_danger(const Arguments& arguments) {
  return "job " + job_of(arguments) +
         " runs now: one of a policy of retention drops chunks with all their rows";
}

Answer run_job(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function, call(context, session, "run_job", "a job"));
  return change(context, own(session), "CALL " + function + job_of(arguments) + ')');
}

std::string delete_job_danger(const Arguments& arguments) {
  return "job " + job_of(arguments) + " is deleted, with what is known of its runs";
}

Answer delete_job(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function, call(context, session, "delete_job", "a job"));
  return change(context, own(session), "SELECT " + function + job_of(arguments) + ')');
}

std::string reorder_chunk_danger(const Arguments& arguments) {
  return "the rows of " + shown(arguments, "chunk") +
         " are written anew in the order of an index, and nobody writes to it meanwhile";
}

Answer reorder_chunk(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function,
               call(context, session, "reorder_chunk", "reordering of chunks"));
  DBOPS_ASSIGN(const std::string chunk, name_literal(arguments.text("chunk")));
  std::string sql = "SELECT " + function + chunk + "::regclass";
  if (arguments.has("index")) {
    DBOPS_ASSIGN(const std::string index, name_literal(arguments.text("index")));
    sql += ", index => " + index + "::regclass";
  }
  return change(context, own(session), sql + ')', How::alone);
}

std::string move_chunk_danger(const Arguments& arguments) {
  return shown(arguments, "chunk") + " is written anew in the tablespace " +
         shown(arguments, "tablespace") + ", and nobody writes to it meanwhile";
}

Answer move_chunk(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(const std::string function,
               call(context, session, "move_chunk", "moving of chunks"));
  DBOPS_ASSIGN(const std::string chunk, name_literal(arguments.text("chunk")));
  const std::string tablespace = arguments.text("tablespace");
  const std::string indexes =
      arguments.has("index_tablespace") ? arguments.text("index_tablespace") : tablespace;
  std::string sql = "SELECT " + function + chunk + "::regclass, destination_tablespace => " +
                    literal(tablespace) + ", index_destination_tablespace => " + literal(indexes);
  if (arguments.has("index")) {
    DBOPS_ASSIGN(const std::string index, name_literal(arguments.text("index")));
    sql += ", reorder_index => " + index + "::regclass";
  }
  return change(context, own(session), sql + ')', How::alone);
}

}  // namespace dbops::timescaledb
