// The questions behind the operations that only look.
#pragma once

#include <memory>

#include "connectors/postgres/catalog.h"
#include "connectors/postgres/queries.h"

namespace dbops::postgres {

inline constexpr int64_t kReportRowsMax = 1000;  // of one report; each question has it as its LIMIT
inline constexpr int64_t kSampleRows = 20;
inline constexpr int64_t kSampleRowsMax = 1000;

// What the server answers to one of dbops' own questions, held whole. A warning says where
// kReportRowsMax cut it.
Result<std::unique_ptr<Stream>> report(const Context& context, Core& core,
                                       const Question& question);

// The rows of one read, streamed, with the checks that a read of the user's has.
Result<std::unique_ptr<Stream>> read_rows(const Context& context, Queries& queries, Script script);

// The relation that a path names. Code::not_found, or Code::invalid_argument where it is none.
Result<Place> find_relation(const Context& context, Core& core, const std::string& path);

// Some rows of a relation, from all over it where it is large. Streams, as a read of the user's.
Result<std::unique_ptr<Stream>> sample(const Context& context, Core& core, PostgresQueries& queries,
                                       const std::string& path, int64_t rows);

// How two tables are joined along foreign keys, in either direction: the shortest way.
Result<std::unique_ptr<Stream>> join_path(const Context& context, Core& core,
                                          const std::string& from, const std::string& to);

// The statements that would make what a path names.
Result<std::unique_ptr<Stream>> ddl(const Context& context, Core& core, Catalog& catalog,
                                    const std::string& path);

}  // namespace dbops::postgres
