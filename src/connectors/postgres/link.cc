#include "connectors/postgres/link.h"

#include <poll.h>

#include <utility>

#include "base/executor.h"
#include "base/signal.h"
#include "base/text.h"
#include "connectors/postgres/errors.h"

namespace dbops::postgres {
namespace {

// libpq 15 can only cancel by blocking calls, so they run here; each is waited for with a bound.
constexpr size_t kCancelThreads = 4;
constexpr size_t kCancelQueueMax = 256;

Executor& cancel_threads() {
  static Executor threads(kCancelThreads, kCancelQueueMax);
  return threads;
}

struct CancelFree {
  void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};

struct CancelRequest {
  std::unique_ptr<PGcancel, CancelFree> handle;
  Signal done;
};

}  // namespace

std::string array_literal(std::span<const std::string> items) {
  std::string out = "{";
  for (const std::string& item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out += '}';
}

Link::Link(PgConn connection, std::vector<Secret> secrets)
    : connection_(std::move(connection)), secrets_(std::move(secrets)) {
  PQsetnonblocking(raw(), 1);
  PQsetErrorVerbosity(raw(), PQERRORS_DEFAULT);
  PQsetNoticeReceiver(raw(), on_notice, this);
}

std::string_view Link::reported(const char* name) const {
  const char* value = PQparameterStatus(raw(), name);
  return value ? value : std::string_view();
}

Error Link::lost() {
  broken_ = true;
  active_ = false;
  return link_error(PQerrorMessage(raw()), secrets_);
}

Error Link::error_of(const PGresult& result) {
  Error error = result_error(result);
  error.message = clean(error.message, secrets_);
  if (error.session_broken || PQstatus(raw()) == CONNECTION_BAD) {
    error.session_broken = broken_ = true;
    active_ = false;
    if (error.hint.empty()) error.hint = "the next call makes a new connection";
  }
  return error;
}

Result<void> Link::flush(const Context& context, int sent) {
  if (!sent) return fail(lost());
  active_ = true;
  for (;;) {
    const int left = PQflush(raw());
    if (left < 0) return fail(lost());
    if (left == 0) return {};
    // The server may have to send before it can read on, so both ways are watched.
    DBOPS_ASSIGN(const short events, context.wait(PQsocket(raw()), POLLIN | POLLOUT));
    if ((events & POLLIN) && !PQconsumeInput(raw())) return fail(lost());
  }
}

Result<void> Link::send(const Context& context, const char* sql, const Values& values) {
  if (broken_) return fail(lost());
  DBOPS_TRY(context.alive());
  return flush(context, PQsendQueryParams(raw(), sql, values.count, values.types, values.texts,
                                          values.sizes, values.formats, 0));
}

Result<void> Link::send_prepared(const Context& context, const char* name, const Values& values) {
  if (broken_) return fail(lost());
  DBOPS_TRY(context.alive());
  return flush(context, PQsendQueryPrepared(raw(), name, values.count, values.texts, values.sizes,
                                            values.formats, 0));
}

Result<bool> Link::ready() {
  if (!PQisBusy(raw())) return true;
  if (!PQconsumeInput(raw())) return fail(lost());
  return !PQisBusy(raw());
}

Result<PgResult> Link::receive(const Context& context) {
  if (broken_) return fail(lost());
  while (PQisBusy(raw())) {
    DBOPS_TRY(context.wait(PQsocket(raw()), POLLIN));
    if (!PQconsumeInput(raw())) return fail(lost());
  }
  PgResult result(PQgetResult(raw()));
  if (!result && PQpipelineStatus(raw()) == PQ_PIPELINE_OFF) active_ = false;
  if (result && PQresultMemorySize(result.get()) > kMemoryMax) swollen_ = true;
  return result;
}

Result<void> Link::finish(const Context& context) {
  std::optional<Error> first;
  for (;;) {
    DBOPS_ASSIGN(const PgResult result, receive(context));
    if (!result) break;
    const auto status = PQresultStatus(result.get());
    const bool failed = status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
    if (failed && !first) first = error_of(*result);
    if (broken_) break;
  }
  if (first) return fail(std::move(*first));
  return {};
}

// Throws away all that the server still sends for the running command. True once the link is idle.
bool Link::drain(const Context& context) {
  while (active_ && !broken_) {
    const auto result = receive(context);
    if (!result) return false;
    if (*result && PQresultStatus(result->get()) == PGRES_PIPELINE_SYNC) leave_pipeline();
    if (*result && PQresultStatus(result->get()) == PGRES_FATAL_ERROR) error_of(**result);
  }
  return !broken_;
}

void Link::leave_pipeline() {
  // The results are all read, so this can't fail.
  PQexitPipelineMode(raw());
  active_ = false;
}

void Link::ask_server_to_cancel() {
  const auto request = std::make_shared<CancelRequest>();
  request->handle.reset(PQgetCancel(raw()));
  if (!request->handle || !request->done.good()) return;
  const bool accepted = cancel_threads().submit([request] {
    char problem[256];
    PQcancel(request->handle.get(), problem, sizeof problem);
    request->done.set();
  });
  if (!accepted) return;
  Context bounded;
  bounded.deadline = Deadline::after(kStopMax / 2);
  // One that comes later would hit whatever this link does then.
  if (!bounded.wait(request->done)) broken_ = true;
}

void Link::stop() {
  if (!active_ || broken_) return;
  const Deadline end = Deadline::after(kStopMax);
  do {
    // A request that overtakes the statement finds the server idle and is lost: so it is repeated.
    ask_server_to_cancel();
    Context bounded;
    bounded.deadline = end.earlier(Deadline::after(kCancelAgain));
    if (drain(bounded)) return;
  } while (!broken_ && !end.passed());
  broken_ = true;
}

Result<void> Link::command(const Context& context, const std::string& sql) {
  if (broken_) return fail(lost());
  auto sent = flush(context, PQsendQuery(raw(), sql.c_str()));
  if (sent) sent = finish(context);
  if (!sent) stop();
  return sent;
}

Result<PgResult> Link::copy_in(const Context& context, const std::string& sql,
                               std::string_view data) {
  if (broken_) return fail(lost());
  auto result = try_copy_in(context, sql, data);
  if (!result) stop();
  return result;
}

Result<PgResult> Link::try_copy_in(const Context& context, const std::string& sql,
                                   std::string_view data) {
  DBOPS_TRY(flush(context, PQsendQuery(raw(), sql.c_str())));
  DBOPS_ASSIGN(PgResult result, receive(context));
  if (!result) return fail(lost());
  if (PQresultStatus(result.get()) == PGRES_COPY_IN) {
    DBOPS_TRY(put(context, data));
    DBOPS_ASSIGN(result, receive(context));
    if (!result) return fail(lost());
  }
  // Nothing follows but the end, also of what failed.
  for (;;) {
    DBOPS_ASSIGN(const PgResult more, receive(context));
    if (!more) return result;
  }
}

// Data that the server no longer wants, having failed, is sent and thrown away there.
Result<void> Link::put(const Context& context, std::string_view data) {
  constexpr size_t kChunkBytes = 256u << 10;
  while (!data.empty()) {
    const std::string_view chunk = data.substr(0, kChunkBytes);
    if (PQputCopyData(raw(), chunk.data(), static_cast<int>(chunk.size())) < 0) return fail(lost());
    DBOPS_TRY(flush(context, 1));
    data.remove_prefix(chunk.size());
  }
  return flush(context, PQputCopyEnd(raw(), nullptr) > 0 ? 1 : 0);
}

Result<void> Link::send_question(const Context& context, const Question& question) {
  std::vector<const char*> texts;
  for (const auto& parameter : question.parameters)
    texts.push_back(parameter ? parameter->c_str() : nullptr);
  return send(context, question.sql,
              Values{.count = static_cast<int>(texts.size()), .texts = texts.data()});
}

Result<Rows> Link::ask(const Context& context, const Question& question) {
  auto answer = try_ask(context, question);
  if (!answer) stop();
  return answer;
}

Result<std::vector<Rows>> Link::ask_all(const Context& context,
                                        std::span<const Question> questions) {
  DBOPS_ASSIGN(std::vector<PgResult> results, pipeline(context, [&]() -> Result<void> {
                 for (const Question& question : questions)
                   DBOPS_TRY(send_question(context, question));
                 return {};
               }));
  std::vector<Rows> all;
  for (PgResult& result : results) all.emplace_back(std::move(result));
  return all;
}

Result<PgResult> Link::prepare(const Context& context, const char* name, const char* sql,
                               std::span<const Oid> types) {
  DBOPS_ASSIGN(
      std::vector<PgResult> results, pipeline(context, [&]() -> Result<void> {
        DBOPS_TRY(flush(context, PQsendPrepare(raw(), name, sql, static_cast<int>(types.size()),
                                               types.data())));
        return flush(context, PQsendDescribePrepared(raw(), name));
      }));
  if (results.size() != 2) return fail(lost());
  return std::move(results.back());
}

Result<Rows> Link::try_ask(const Context& context, const Question& question) {
  DBOPS_TRY(send_question(context, question));
  DBOPS_ASSIGN(PgResult result, receive(context));
  if (!result) return fail(lost());
  const auto status = PQresultStatus(result.get());
  DBOPS_TRY(finish(context));
  if (status == PGRES_FATAL_ERROR) return fail(error_of(*result));
  return Rows(std::move(result));
}

template <class Fill>
Result<std::vector<PgResult>> Link::pipeline(const Context& context, Fill fill) {
  if (broken_ || !PQenterPipelineMode(raw())) return fail(lost());
  Result<void> sent = fill();
  if (sent) sent = flush(context, PQpipelineSync(raw()));
  if (!sent) {
    broken_ = true;  // Half a pipeline can't be drained.
    return fail(std::move(sent).error());
  }
  auto results = collect(context);
  if (!results) stop();
  return results;
}

Result<std::vector<PgResult>> Link::collect(const Context& context) {
  std::vector<PgResult> all;
  std::optional<Error> first;
  while (active_) {
    DBOPS_ASSIGN(PgResult result, receive(context));
    if (!result) continue;  // Between two answers of a pipeline.
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_SYNC:
        leave_pipeline();
        break;
      case PGRES_FATAL_ERROR:
        if (!first) first = error_of(*result);
        break;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        all.push_back(std::move(result));
    }
  }
  if (first) return fail(std::move(*first));
  return all;
}

Result<void> Link::run_together(const Context& context, std::span<const Bound> all,
                                const Take& take) {
  if (broken_ || !PQenterPipelineMode(raw())) return fail(lost());
  bool queued = true;
  for (const auto& [name, values] : all)
    queued = queued && PQsendQueryPrepared(raw(), name.c_str(), values.count, values.texts,
                                           values.sizes, values.formats, 0);
  if (auto sent = flush(context, queued && PQpipelineSync(raw())); !sent) {
    broken_ = true;  // Half a pipeline can't be drained.
    return sent;
  }
  auto handed = hand_out(context, all.size(), take);
  if (!handed) stop();
  return handed;
}

Result<void> Link::hand_out(const Context& context, size_t count, const Take& take) {
  for (size_t index = 0; index < count; ++index) {
    single_rows();
    for (;;) {
      DBOPS_ASSIGN(const PgResult result, receive(context));
      if (!result) break;
      if (!take(index, *result)) return fail(Code::too_large, "an answer is not a short one");
    }
  }
  DBOPS_ASSIGN(const PgResult end, receive(context));
  if (end && PQresultStatus(end.get()) == PGRES_FATAL_ERROR) return fail(error_of(*end));
  if (!end || PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC) return fail(lost());
  leave_pipeline();
  return {};
}

Result<std::vector<std::string>> Link::notified(const Context& context, std::string_view channel) {
  std::vector<std::string> payloads;
  while (!broken_) {
    while (PGnotify* notice = payloads.size() < kPayloadsMax ? PQnotifies(raw()) : nullptr) {
      if (notice->relname == channel) payloads.emplace_back(notice->extra);
      PQfreemem(notice);
    }
    if (!payloads.empty()) return payloads;
    DBOPS_TRY(context.wait(PQsocket(raw()), POLLIN));
    if (PQconsumeInput(raw()) == 0) broken_ = true;
  }
  return fail(lost());
}

void Link::on_notice(void* self, const PGresult* result) {
  auto& link = *static_cast<Link*>(self);
  if (link.notices_.size() >= kNoticesMax) {
    ++link.notices_dropped_;
    return;
  }
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!message) return;
  link.notices_.push_back(
      shorten((severity ? severity + std::string(": ") : "") + clean(message, link.secrets_),
              kNoticeBytesMax));
}

std::vector<std::string> Link::take_notices() {
  if (notices_dropped_ > 0)
    notices_.push_back("and " + std::to_string(notices_dropped_) + " notices more");
  notices_dropped_ = 0;
  return std::exchange(notices_, {});
}

}  // namespace dbops::postgres
