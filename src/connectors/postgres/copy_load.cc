// A batch by COPY. Where the server refuses a row it says which: the rows before it are sent again
// without it, then those behind it, in pieces that grow while all goes well.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "connectors/postgres/commit.h"
#include "connectors/postgres/copy_text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/loader.h"

namespace dbops::postgres {
namespace {

constexpr size_t kPieceRows = 64;  // of the first piece behind a refused row

// Whether an error is about rows; all others are about the batch. Classes 21 to 23, 44 and P0 of
// SQLSTATE: values, constraints, check options, what a trigger raises.
bool is_of_rows(std::string_view sqlstate) {
  for (const std::string_view kind : {"21", "22", "23", "44", "P0"})
    if (sqlstate.starts_with(kind)) return true;
  return false;
}

class CopyLoad final : public Load {
 public:
  CopyLoad(Core& core, const LoadTarget& target, const LoadTable& table)
      : core_(core), target_(target), bare_(table.bare) {
    sql_ = "COPY " + table.name + " (";
    for (const LoadPlan::Field& field : table.plan.fields) {
      if (&field != table.plan.fields.data()) sql_ += ", ";
      sql_ += dialect().quote(field.name);
      forms_.push_back(field.type.ends_with("[]") ? ListForm::array : ListForm::json);
    }
    sql_ += ") FROM STDIN";
  }

  Result<LoadOutcome> write(const Context& context, const Batch& batch,
                            size_t refusals_max) override;

 private:
  // What became of an attempt to send rows.
  struct Attempt {
    bool done = false;
    Error error = {};                // Why not.
    std::optional<size_t> row = {};  // Of those sent, the one that is meant.
  };
  void encode(const Batch& batch);
  std::string_view data(size_t from, size_t to) const {
    return std::string_view(text_).substr(ends_[from], ends_[to] - ends_[from]);
  }
  Result<Attempt> copy(const Context& context, size_t from, size_t to);
  Result<void> copy_apart(const Context& context, size_t refusals_max, LoadOutcome& outcome);
  Result<Attempt> copy_piece(const Context& context, size_t from, size_t to);
  Result<void> begin(const Context& context);
  Result<void> roll_back(const Context& context);
  std::optional<size_t> row_of(const PGresult& result) const;

  Core& core_;
  const LoadTarget& target_;
  const std::string bare_;
  std::string sql_;
  std::vector<ListForm> forms_;
  // Of the batch: its rows as text, where each ends behind the one before it, and those that can't
  // be sent.
  std::string text_;
  std::vector<size_t> ends_;
  std::map<size_t, Error> unfit_;
};

void CopyLoad::encode(const Batch& batch) {
  text_.clear();
  ends_.assign(1, 0);
  unfit_.clear();
  for (size_t row = 0; row < batch.rows(); ++row) {
    size_t column = 0;
    if (auto fits = append_copy_row(text_, batch.row(row), forms_, column); !fits) {
      Error error = std::move(fits).error();
      error.message =
          "column " + escape_control(target_.columns[column].name) + ": " + error.message;
      unfit_.emplace(row, std::move(error));
    }
    ends_.push_back(text_.size());
  }
}

Result<void> CopyLoad::begin(const Context& context) {
  return core_.link().command(context, core_.begin_command(Mode::write));
}

Result<void> CopyLoad::roll_back(const Context& context) {
  Link& link = core_.link();
  auto done = link.broken() ? fail(link.lost()) : link.command(context, "ROLLBACK");
  if (!done) link.break_off();
  return done;
}

// "COPY flights, line 7, column ...": in the server's language, so it may not be found.
std::optional<size_t> CopyLoad::row_of(const PGresult& result) const {
  const char* const context = PQresultErrorField(&result, PG_DIAG_CONTEXT);
  if (context == nullptr) return std::nullopt;
  const std::string_view text(context);
  const std::string mark = "COPY " + bare_ + ", line ";
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  size_t line = 0;
  const char* const digits = text.data() + at + mark.size();
  if (std::from_chars(digits, text.data() + text.size(), line).ec != std::errc() || line == 0)
    return std::nullopt;
  return line - 1;
}

Result<CopyLoad::Attempt> CopyLoad::copy(const Context& context, size_t from, size_t to) {
  Link& link = core_.link();
  DBOPS_ASSIGN(const PgResult result, link.copy_in(context, sql_, data(from, to)));
  if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return Attempt{.done = true};
  Error error = link.error_of(*result);
  if (!is_of_rows(error.native_code)) return fail(std::move(error));
  Attempt failed{.error = std::move(error)};
  if (const auto line = row_of(*result); line && *line < to - from) failed.row = from + *line;
  return failed;
}

// The same, which leaves the transaction as it was where it fails.
Result<CopyLoad::Attempt> CopyLoad::copy_piece(const Context& context, size_t from, size_t to) {
  Link& link = core_.link();
  DBOPS_TRY(link.command(context, "SAVEPOINT dbops_piece"));
  DBOPS_ASSIGN(auto attempt, copy(context, from, to));
  DBOPS_TRY(
      link.command(context, attempt.done ? "RELEASE dbops_piece" : "ROLLBACK TO dbops_piece"));
  return attempt;
}

// Row by row where need be, in one transaction. No piece has a row in it that can't be sent.
Result<void> CopyLoad::copy_apart(const Context& context, size_t refusals_max,
                                  LoadOutcome& outcome) {
  const size_t rows = ends_.size() - 1;
  size_t piece = kPieceRows;
  for (size_t at = 0; at < rows;) {
    const auto unfit = unfit_.lower_bound(at);
    const size_t end = std::min(at + piece, unfit == unfit_.end() ? rows : unfit->first);
    std::optional<Error> refusal;
    if (end == at) {
      refusal = unfit->second;
    } else {
      DBOPS_ASSIGN(auto attempt, copy_piece(context, at, end));
      if (attempt.done) {
        at = end;
        piece *= 2;
        continue;
      }
      // Once more without the row that is meant, or with half, until there is one.
      const size_t good = attempt.row ? *attempt.row - at : (end - at) / 2;
      if (good > 0) {
        piece = good;
        continue;
      }
      refusal = std::move(attempt.error);
    }
    outcome.refused.push_back({at, *std::move(refusal)});
    outcome.settled = at;
    if (outcome.refused.size() > refusals_max) return {};
    ++at;
    piece = kPieceRows;
  }
  outcome.settled = rows;
  return {};
}

Result<LoadOutcome> CopyLoad::write(const Context& context, const Batch& batch,
                                    size_t refusals_max) {
  LoadOutcome outcome;
  DBOPS_TRY(core_.make_ready(context));
  core_.soil();
  encode(batch);
  const auto work = [&]() -> Result<void> {
    DBOPS_TRY(begin(context));
    if (unfit_.empty()) {
      DBOPS_ASSIGN(const Attempt all, copy(context, 0, batch.rows()));
      if (all.done) {
        outcome.settled = batch.rows();
        return commit(context, core_.link());
      }
      DBOPS_TRY(roll_back(context));
      DBOPS_TRY(begin(context));
    }
    DBOPS_TRY(copy_apart(context, refusals_max, outcome));
    return commit(context, core_.link());
  };
  auto done = work();
  core_.link().take_notices();
  if (done) return outcome;
  Error error = std::move(done).error();
  Context bounded;
  bounded.deadline = Deadline::after(Link::kStopMax);
  core_.link().stop();
  if (!core_.link().broken() && PQtransactionStatus(core_.link().raw()) != PQTRANS_IDLE)
    static_cast<void>(roll_back(bounded));
  error.session_broken = core_.link().broken();
  return fail(std::move(error));
}

}  // namespace

std::unique_ptr<Load> copy_load(Core& core, const LoadTarget& target, const LoadTable& table) {
  return std::make_unique<CopyLoad>(core, target, table);
}

}  // namespace dbops::postgres
