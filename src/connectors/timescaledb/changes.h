// Operations that change something. Each shows the statement it ran.
#pragma once

#include "connectors/timescaledb/target.h"

namespace dbops::timescaledb {

Answer create_hypertable(const Context& context, Session& session, Arguments arguments);
Answer set_chunk_interval(const Context& context, Session& session, Arguments arguments);
Answer drop_chunks(const Context& context, Session& session, Arguments arguments);
Answer enable_compression(const Context& context, Session& session, Arguments arguments);
Answer compress_chunks(const Context& context, Session& session, Arguments arguments);
Answer decompress_chunks(const Context& context, Session& session, Arguments arguments);
Answer create_aggregate(const Context& context, Session& session, Arguments arguments);
Answer refresh_aggregate(const Context& context, Session& session, Arguments arguments);
Answer set_real_time(const Context& context, Session& session, Arguments arguments);
Answer add_policy(const Context& context, Session& session, Arguments arguments);
Answer remove_policy(const Context& context, Session& session, Arguments arguments);

// ", timescaledb.compress_segmentby = '...', ..." of the arguments segment_by and order_by.
std::string compression_settings(const Arguments& arguments);

// What a person confirms.
std::string create_hypertable_danger(const Arguments& arguments);
std::string drop_chunks_danger(const Arguments& arguments);
std::string decompress_danger(const Arguments& arguments);
std::string add_policy_danger(const Arguments& arguments);
// ... and what those chunks are: how many, of which range, bytes and rows.
Result<std::string> foresee_drop(const Context& context, Session& session,
                                 const Arguments& arguments);
Result<std::string> foresee_decompress(const Context& context, Session& session,
                                       const Arguments& arguments);

}  // namespace dbops::timescaledb
