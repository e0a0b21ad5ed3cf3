// PostgresQueries::run_together().
#include <algorithm>
#include <deque>
#include <utility>

#include "connectors/postgres/queries.h"
#include "connectors/postgres/stream.h"

namespace dbops::postgres {
namespace {

// All that a read answered.
class Answer final : public Results, public Stream {
 public:
  explicit Answer(std::shared_ptr<const Shape> shape) : shape_(std::move(shape)) {
    rows_.reset(shape_->schema.size());
  }

  // False: it is no short one.
  bool add_row(PGresult& result, bool trusted) {
    if (rows_.full()) return false;
    decode_row(*shape_, result, trusted, rows_);
    return true;
  }
  void end(PGresult& result, std::vector<std::string> warnings) {
    summary_.command = command_of(result);
    summary_.warnings = std::move(warnings);
    complete_ = true;
  }
  bool complete() const { return complete_; }

  Result<Stream*> next(const Context&) override {
    return std::exchange(started_, true) ? nullptr : this;
  }
  const Schema& schema() const override { return shape_->schema; }
  Result<bool> next(const Context& context, Batch& batch) override {
    DBOPS_TRY(context.alive());
    batch.reset(shape_->schema.size());
    if (std::exchange(given_, true)) return false;
    batch.swap_rows(rows_);
    return batch.rows() > 0;
  }
  const Summary& summary() const override { return summary_; }

 private:
  const std::shared_ptr<const Shape> shape_;
  Batch rows_;
  Summary summary_;
  bool complete_ = false;
  bool started_ = false;
  bool given_ = false;
};

// The statement of a read, as the server knows it.
struct Known {
  std::string_view text;
  std::string name;
  std::vector<Oid> types;
  std::shared_ptr<const Shape> shape;
};

// What is sent, and for whom.
struct Sending {
  size_t read;
  Binding binding;
  const Known* known;
};

// Of a text that two callers send it is found once: for other types of the parameters it would have
// to be parsed again, and the first one's name would be gone.
Result<const Known*> find(const Context& context, Core& core, std::string_view text,
                          const Binding& binding, std::deque<Known>& known) {
  for (const Known& each : known)
    if (each.text == text) return binding.fits(each.types) ? &each : nullptr;
  DBOPS_ASSIGN(const Prepared* prepared, core.prepare(context, text, binding));
  if (prepared->name.empty() || text.size() > Core::kPreparedBytesMax) return nullptr;
  return &known.emplace_back(Known{text, prepared->name, prepared->types, prepared->shape});
}

}  // namespace

Result<std::vector<std::unique_ptr<Results>>> PostgresQueries::run_together(
    const Context& context, std::span<const Read> reads) {
  Link& link = core_.link();
  DBOPS_TRY(core_.make_ready(context));
  if (!core_.guarded()) return fail(Code::unsupported, "the server can't be held to reading");
  Context bounded = context;
  bounded.deadline = context.deadline.earlier(Deadline::after(kTogetherMax));

  std::deque<Known> known;
  std::vector<Sending> sent;
  sent.reserve(reads.size());  // Bindings stay where they are.
  std::vector<Link::Bound> bound;
  for (size_t i = 0; i < reads.size(); ++i) {
    const Script& script = *reads[i].script;
    if (!goes_bare(script) || !check_read(script)) continue;
    // What may leave something behind in the session is run alone.
    if (const auto soils = vet(bounded, script); !soils || *soils) continue;
    auto binding = Binding::make(*reads[i].parameters);
    if (!binding) continue;
    const auto found = find(bounded, core_, script.statement_text(0), *binding, known);
    if (link.broken()) return fail(link.lost());
    if (!found || *found == nullptr) continue;
    sent.push_back({i, std::move(*binding), *found});
    bound.push_back({(*found)->name, sent.back().binding.values()});
  }

  std::vector<std::unique_ptr<Answer>> answers;
  for (const Sending& each : sent) answers.push_back(std::make_unique<Answer>(each.known->shape));
  const auto take = [&](size_t index, PGresult& result) {
    switch (PQresultStatus(&result)) {
      case PGRES_SINGLE_TUPLE:
        return answers[index]->add_row(result, core_.trusted());
      case PGRES_TUPLES_OK:
        answers[index]->end(result, link.take_notices());
        return true;
      case PGRES_FATAL_ERROR:
        if (is_stale(link.error_of(result))) core_.forget(sent[index].known->text);
        return true;
      default:
        return PQresultStatus(&result) == PGRES_PIPELINE_ABORTED;
    }
  };
  const auto ran = bound.empty() ? Result<void>() : link.run_together(bounded, bound, take);
  link.take_notices();  // Of none that is answered here.
  DBOPS_TRY(ran);
  std::vector<std::unique_ptr<Results>> all(reads.size());
  // A serializable transaction's rows are good only once all of it is, the commit as well.
  if (std::all_of(answers.begin(), answers.end(),
                  [](const auto& each) { return each->complete(); }))
    for (size_t i = 0; i < sent.size(); ++i) all[sent[i].read] = std::move(answers[i]);
  return all;
}

}  // namespace dbops::postgres
