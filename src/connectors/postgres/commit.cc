#include "connectors/postgres/commit.h"

namespace dbops::postgres {
namespace {

Result<std::string> send_commit(const Context& context, Link& link) {
  DBOPS_TRY(link.send(context, "COMMIT", {}));
  auto reply = link.receive(context);
  Context patient;
  patient.deadline = Deadline::after(Link::kStopMax);
  if (!reply && !link.broken()) reply = link.receive(patient);
  if (!reply) return fail(std::move(reply).error());
  if (!*reply) return fail(link.lost());
  if (PQresultStatus(reply->get()) == PGRES_FATAL_ERROR) return fail(link.error_of(**reply));
  DBOPS_TRY(link.finish(patient));
  return PQcmdStatus(reply->get());
}

}  // namespace

Result<void> commit(const Context& context, Link& link) {
  DBOPS_TRY(context.alive());
  const auto done = send_commit(context, link);
  if (done && *done == "COMMIT") return {};
  if (done) return fail(Code::conflict, "the server rolled the transaction back");
  Error error = done.error();
  const bool answered = !error.native_code.empty() && !link.broken();
  if (!answered) {
    link.break_off();
    error.effect = Effect::unknown;
    error.retryable = false;
    error.session_broken = true;
    error.message = "the reply to COMMIT was lost: " + error.message;
    error.hint = "look whether the changes are there before you try again";
  }
  return fail(std::move(error));
}

}  // namespace dbops::postgres
