// One libpq connection whose every wait can be cancelled. All of libpq's talking goes through here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "connectors/postgres/pq.h"
#include "net/transport.h"

namespace dbops::postgres {

// One of dbops' own questions. Parameters are text, nullopt is NULL; the server infers their types.
struct Question {
  const char* sql;
  std::vector<std::optional<std::string>> parameters = {};
};

// A text array as the server reads it: {"a","b\"c"}.
std::string array_literal(std::span<const std::string> items);

// Not thread-safe. After `broken()` every call answers Code::disconnected.
class Link {
 public:
  // After a cancel the server has this long to stop; then the socket is dropped.
  static constexpr std::chrono::milliseconds kStopMax{1000};
  static constexpr std::chrono::milliseconds kCancelAgain{50};  // between two cancel requests
  static constexpr size_t kNoticesMax = 100;       // of one statement; more are counted
  static constexpr size_t kNoticeBytesMax = 1024;  // of one notice
  static constexpr size_t kPayloadsMax = 1000;     // notifications handed on at once
  static constexpr size_t kMemoryMax = 32u << 20;  // bytes of one row that a link may have held and
                                                   // still be used again: libpq never shrinks

  // `connection` is connected. `secrets` are kept out of every message.
  Link(PgConn connection, std::vector<Secret> secrets);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  PGconn* raw() const { return connection_.get(); }
  bool broken() const { return broken_; }
  // The server has ended it.
  bool hung_up() const { return socket_hung_up(PQsocket(raw())); }
  // Works, but holds so much memory that it should be closed after use.
  bool swollen() const { return swollen_; }
  void break_off() { broken_ = true; }
  // A parameter the server reports by itself ("TimeZone"); empty when it does not report it.
  std::string_view reported(const char* name) const;

  // Starts one command; the text and parameters are copied by libpq. Waits only to send.
  // `parameters` that the formats and types describe as in PQsendQueryParams.
  struct Values {
    int count = 0;
    const Oid* types = nullptr;
    const char* const* texts = nullptr;
    const int* sizes = nullptr;
    const int* formats = nullptr;
  };
  Result<void> send(const Context& context, const char* sql, const Values& values);
  Result<void> send_prepared(const Context& context, const char* name, const Values& values);
  // Makes the command just sent answer row by row.
  void single_rows() { PQsetSingleRowMode(raw()); }

  // The next result of the command, nullptr once it has no more. A result that says FATAL_ERROR is
  // a result, not an error here. Code::cancelled and Code::timeout leave the command running:
  // stop().
  Result<PgResult> receive(const Context& context);
  // Whether receive() has something to answer without waiting; takes in what has arrived.
  Result<bool> ready();

  // Reads the command to its end, rows and all; the first error wins.
  Result<void> finish(const Context& context);
  // Stops whatever the server is doing for this link, within kStopMax, or breaks the link. Nothing
  // when it is idle.
  void stop();

  // These run to their end, or are stopped. Nothing else may be running.
  // One or more SQL commands without parameters, in one message.
  Result<void> command(const Context& context, const std::string& sql);
  Result<Rows> ask(const Context& context, const Question& question);
  // All in one round trip, in one transaction where the server is not in one already. On an error
  // the first one is answered.
  Result<std::vector<Rows>> ask_all(const Context& context, std::span<const Question> questions);

  // Runs a COPY ... FROM STDIN with all of its data, and answers its last result: a failure that
  // the server reports is a result, not an error here. After an error nothing is running.
  Result<PgResult> copy_in(const Context& context, const std::string& sql, std::string_view data);

  // Waits until there is something on that channel (LISTEN), and answers the payloads, at most
  // kPayloadsMax. Nothing may be running.
  Result<std::vector<std::string>> notified(const Context& context, std::string_view channel);

  // Has the server parse a statement under a name (empty: the unnamed one), and answers its
  // description, in one round trip.
  Result<PgResult> prepare(const Context& context, const char* name, const char* sql,
                           std::span<const Oid> types);

  // Statements that the server has parsed, in one round trip and one transaction. `take` has each
  // result of the one at `index`, row by row; false: all is given up (Code::too_large). What fails
  // is a result, and so is each statement behind it. After an error nothing is running.
  struct Bound {
    std::string name;
    Values values;
  };
  using Take = std::function<bool(size_t index, PGresult& result)>;
  Result<void> run_together(const Context& context, std::span<const Bound> all, const Take& take);

  // What the server said beside the results since the last call.
  std::vector<std::string> take_notices();
  // An error of `result` in this link's words. Marks the link broken where the server ended it.
  Error error_of(const PGresult& result);
  Error lost();

 private:
  Result<void> flush(const Context& context, int sent);
  Result<PgResult> try_copy_in(const Context& context, const std::string& sql,
                               std::string_view data);
  Result<void> put(const Context& context, std::string_view data);
  Result<Rows> try_ask(const Context& context, const Question& question);
  // What the pipeline that `fill` sends answers, in order.
  template <class Fill>
  Result<std::vector<PgResult>> pipeline(const Context& context, Fill fill);
  Result<std::vector<PgResult>> collect(const Context& context);
  Result<void> hand_out(const Context& context, size_t count, const Take& take);
  Result<void> send_question(const Context& context, const Question& question);
  bool drain(const Context& context);
  void leave_pipeline();
  void ask_server_to_cancel();
  static void on_notice(void* self, const PGresult* result);

  PgConn connection_;
  std::vector<Secret> secrets_;
  std::vector<std::string> notices_;
  size_t notices_dropped_ = 0;
  bool active_ = false;  // A command was sent and its last result not yet read.
  bool broken_ = false;
  bool swollen_ = false;
};

}  // namespace dbops::postgres
