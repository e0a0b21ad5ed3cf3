// Operations that only look.
#pragma once

#include "connectors/postgres/link.h"
#include "connectors/timescaledb/target.h"

namespace dbops::timescaledb {

Answer features(const Context& context, Session& session, Arguments arguments);
Answer hypertables(const Context& context, Session& session, Arguments arguments);
Answer candidates(const Context& context, Session& session, Arguments arguments);
Answer chunks(const Context& context, Session& session, Arguments arguments);
Answer aggregates(const Context& context, Session& session, Arguments arguments);
Answer jobs(const Context& context, Session& session, Arguments arguments);
Answer job_errors(const Context& context, Session& session, Arguments arguments);
Answer job_history(const Context& context, Session& session, Arguments arguments);
Answer compression(const Context& context, Session& session, Arguments arguments);
Answer time_series(const Context& context, Session& session, Arguments arguments);
Answer gaps(const Context& context, Session& session, Arguments arguments);

// What time_series is told, as a series of the target: it and a continuous aggregate share this.
Result<Series> read_series(const Target& target, const Arguments& arguments);

// One of dbops' own questions. Where the extension is missing its views are too, and the reason
// would be hidden: Code::unsupported says it first.
Answer report(const Context& context, Session& session, const postgres::Question& question);
// The statement with `part` in place of each {}.
std::string with_each(std::string sql, const std::string& part);

// Runs a read that was put together here, and says with a warning which it is; or, where the
// argument "show" is set, answers its text.
Answer run_or_show(const Context& context, TimescaleSession& session, const Arguments& arguments,
                   const std::string& sql);

// The chunks of a span with their ranges and sizes, in SQL.
std::string chunks_statement(const Target& target, const std::string& span);

}  // namespace dbops::timescaledb
