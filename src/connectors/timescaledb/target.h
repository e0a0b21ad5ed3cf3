// What the operations share: the hypertable that an argument names, and statements that change it.
#pragma once

#include "connectors/postgres/catalog.h"
#include "connectors/timescaledb/series.h"
#include "connectors/timescaledb/session.h"
#include "core/connector.h"

namespace dbops::timescaledb {

using Answer = Result<std::unique_ptr<Stream>>;

inline constexpr int64_t kRowsMax = 1000;  // of one report; each of its questions has it as LIMIT

// REQUIRES: the session is this connector's, as an operation's contract says.
inline TimescaleSession& own(Session& session) { return static_cast<TimescaleSession&>(session); }

// A hypertable, or a continuous aggregate, which is kept in one.
struct Target {
  postgres::Place place;
  std::string relation;  // As it must be written: public."two words"
  TimeColumn time;
  const Edition* edition = nullptr;  // The session's.

  std::string regclass() const { return literal(relation) + "::regclass"; }
};

// Code::unsupported without the extension, Code::not_found, Code::invalid_argument for what is no
// hypertable.
Result<Target> find_target(const Context& context, TimescaleSession& session,
                           const Arguments& arguments);
// The same of any table, which need not be one yet: `time` is empty.
Result<Target> find_table(const Context& context, TimescaleSession& session,
                          const Arguments& arguments);

enum class How : uint8_t {
  kept,
  alone,       // The server takes the statement outside of a transaction only.
  taken_back,  // The statements run in a transaction that is rolled back.
};

// Runs what was put together as a write, to its end, and answers the rows of its last statement. A
// warning shows the statements. With everything that holds for a write of the user's: tiers,
// transaction, effect.
Answer change(const Context& context, TimescaleSession& session, const std::string& sql,
              How how = How::kept);

// ", older_than => ..., newer_than => ..." of an operation on a span of chunks; an amount of time
// counts back from now.
Result<std::string> chunk_span(const Arguments& arguments, const TimeColumn& time);

// ", NAME => INTERVAL '...'" where the argument was given.
Result<std::string> span_argument(const Arguments& arguments, std::string_view argument,
                                  std::string_view name, const TimeColumn& time);

}  // namespace dbops::timescaledb
