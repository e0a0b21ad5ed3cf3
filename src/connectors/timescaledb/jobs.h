// Operations on jobs, policies' and users' own, and on single chunks. Each shows the statement it
// ran.
#pragma once

#include "connectors/timescaledb/target.h"

namespace dbops::timescaledb {

Answer add_job(const Context& context, Session& session, Arguments arguments);
Answer alter_job(const Context& context, Session& session, Arguments arguments);
Answer run_job(const Context& context, Session& session, Arguments arguments);
Answer delete_job(const Context& context, Session& session, Arguments arguments);
Answer reorder_chunk(const Context& context, Session& session, Arguments arguments);
Answer move_chunk(const Context& context, Session& session, Arguments arguments);

// What a person confirms.
std::string add_job_danger(const Arguments& arguments);
std::string alter_job_danger(const Arguments& arguments);
std::string run_job_danger(const Arguments& arguments);
std::string delete_job_danger(const Arguments& arguments);
std::string reorder_chunk_danger(const Arguments& arguments);
std::string move_chunk_danger(const Arguments& arguments);

}  // namespace dbops::timescaledb
