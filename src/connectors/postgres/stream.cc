#include "connectors/postgres/stream.h"

#include <charconv>
#include <utility>

#include "base/text.h"

namespace dbops::postgres {
namespace {

constexpr int kCellBytesMax = 256 << 20;  // of one cell as text; libpq has held it already

uint64_t characters(std::string_view text) {
  uint64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

// What may have happened although a statement outside a transaction failed.
Effect effect_alone(const Error& error) {
  switch (error.code) {
    case Code::syntax:
    case Code::not_found:
    case Code::already_exists:
    case Code::denied:
    case Code::forbidden:
    case Code::unsupported:
    case Code::invalid_argument:
      return Effect::none;
    default:
      return Effect::unknown;
  }
}

}  // namespace

Error in_script(Error error, const Running& running, const Context& context) {
  const Script& script = *running.script;
  if (error.position)
    *error.position += characters(
        std::string_view(script.text).substr(0, script.statements[running.index].offset));
  if (error.native_code == "57014" && !context.cancel.requested() &&
      running.armed > std::chrono::milliseconds(0) &&
      std::chrono::steady_clock::now() - running.started >= running.armed * 9 / 10) {
    error.code = Code::timeout;
    error.hint = "raise the time limit, or ask for less (a filter, a smaller range, an index)";
  }
  if (running.alone) {
    error.effect = effect_alone(error);
    if (error.effect == Effect::unknown && error.hint.empty())
      error.hint = "look at what it left behind: it did not run in a transaction";
  }
  return error;
}

void decode_row(const Shape& shape, const PGresult& result, bool trusted, Batch& batch) {
  Value* row = batch.add_row();
  for (size_t i = 0; i < shape.cells.size(); ++i) {
    const int column = static_cast<int>(i);
    if (PQgetisnull(&result, 0, column)) continue;
    const std::string_view text(PQgetvalue(&result, 0, column),
                                static_cast<size_t>(PQgetlength(&result, 0, column)));
    row[i] = decode(shape.cells[i], text, trusted, batch.arena());
  }
}

// The tag without its counts: "INSERT 0 5", "SELECT 3".
std::string command_of(PGresult& result) {
  std::string_view tag = PQcmdStatus(&result);
  while (!tag.empty() && ((tag.back() >= '0' && tag.back() <= '9') || tag.back() == ' '))
    tag.remove_suffix(1);
  return std::string(tag);
}

RowStream::RowStream(Core& core, std::shared_ptr<const Shape> shape, Running running,
                     PgResult first)
    : core_(core), shape_(std::move(shape)), running_(running), first_(std::move(first)) {}

tl::unexpected<Error> RowStream::failed(const Context& context, Error error) {
  ended_ = true;
  core_.link().stop();
  error.session_broken = core_.link().broken();
  return fail(in_script(std::move(error), running_, context));
}

Result<void> RowStream::check_size(const PGresult& result) const {
  for (int column = 0; column < PQnfields(&result); ++column)
    if (PQgetlength(&result, 0, column) > kCellBytesMax)
      return fail(Code::too_large,
                  "a cell of column " +
                      escape_control(shape_->schema[static_cast<size_t>(column)].name) + " has " +
                      format_bytes(static_cast<uint64_t>(PQgetlength(&result, 0, column))) +
                      "; at most " + format_bytes(kCellBytesMax) + " are taken",
                  "read it in parts, with substring()");
  return {};
}

void RowStream::summarize(PGresult& result) {
  summary_.command = command_of(result);
  const std::string_view count = PQcmdTuples(&result);
  uint64_t rows = 0;
  const bool counted =
      std::from_chars(count.data(), count.data() + count.size(), rows).ec == std::errc();
  const bool read = running_.script->statements[running_.index].tier == Tier::read;
  if (counted && !read && (summary_.command != "SELECT" || shape_->schema.empty()))
    summary_.affected = rows;
}

// True once the batch is to be handed out.
Result<bool> RowStream::take(const Context& context, PgResult result, Batch& batch) {
  switch (PQresultStatus(result.get())) {
    case PGRES_SINGLE_TUPLE:
      if (core_.link().swollen())
        if (const auto fits = check_size(*result); !fits) return failed(context, fits.error());
      decode_row(*shape_, *result, core_.trusted(), batch);
      return batch.full();
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      summarize(*result);
      return false;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
      return failed(context, core_.link().error_of(*result));
    default:
      return failed(context,
                    Error{.code = Code::unsupported,
                          .message = "the statement wants to copy data over the connection"});
  }
}

Result<bool> RowStream::next(const Context& context, Batch& batch) {
  batch.reset(shape_->schema.size());
  if (ended_) return false;
  // Rows that have arrived already never wait, so a caller who gives up must be asked for.
  if (const auto alive = context.alive(); !alive) return failed(context, alive.error());
  if (first_) {
    DBOPS_ASSIGN(const bool full, take(context, std::move(first_), batch));
    if (full) return true;
  }
  for (;;) {
    if (batch.rows() > 0) {
      const auto ready = core_.link().ready();
      if (!ready) return failed(context, ready.error());
      if (!*ready) return true;
    }
    auto result = core_.link().receive(context);
    if (!result) return failed(context, std::move(result).error());
    if (!*result) break;
    DBOPS_ASSIGN(const bool full, take(context, std::move(*result), batch));
    if (full) return true;
  }
  ended_ = true;
  summary_.warnings = core_.link().take_notices();
  return batch.rows() > 0;
}

Result<void> RowStream::drain(const Context& context) {
  Batch batch;
  while (!ended_) DBOPS_TRY(next(context, batch));
  return {};
}

}  // namespace dbops::postgres
