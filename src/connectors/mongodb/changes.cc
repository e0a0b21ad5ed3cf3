#include "connectors/mongodb/changes.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/rows.h"

namespace dbops::mongodb {
namespace {

// What the server waits for has this much longer to arrive than the server has to wait.
constexpr std::chrono::seconds kLate{5};
constexpr size_t kTokenBytesMax = 4096;  // of a token, as Extended JSON

Result<std::string> pipeline(const ChangesWanted& wanted) {
  std::string stage;
  const auto add = [&](const std::string& option) {
    stage += (stage.empty() ? "" : ", ") + option;
  };
  if (wanted.everywhere) add(R"("allChangesForCluster": true)");
  if (wanted.documents) add(R"("fullDocument": "updateLookup")");
  if (wanted.schema) add(R"("showExpandedEvents": true)");
  if (wanted.after) {
    std::string token;
    DBOPS_TRY(append_json(token, **wanted.after, JsonForm::canonical));
    if (token.size() > kTokenBytesMax)
      return fail(Code::too_large, "that is too long for a token of a change stream");
    add(R"("startAfter": )" + token);
  }
  std::string all = R"([{"$changeStream": {)" + stage + "}}";
  if (!wanted.match.empty()) all += R"(, {"$match": )" + wanted.match + "}";
  return all + "]";
}

// A server without them does not know the stage.
Error explained(Error error) {
  if (error.code == Code::syntax && error.native_code.starts_with("40324")) {
    error.code = Code::unsupported;
    error.hint = "replica sets and mongos of MongoDB have change streams";
  }
  return error;
}

class Changes final : public Stream {
 public:
  Changes(std::unique_ptr<ChangeStream> stream, Shape shape, Deadline until, int64_t changes_max)
      : stream_(std::move(stream)), shape_(shape), until_(until), left_(changes_max) {}

  const Schema& schema() const override {
    static const Schema kSchema = {
        {"at", "date", Kind::timestamp_tz},    {"operation", "string", Kind::text},
        {"database", "string", Kind::text},    {"collection", "string", Kind::text},
        {"key", "object", Kind::json},         {"document", "object", Kind::json},
        {"description", "object", Kind::json}, {"token", "object", Kind::json}};
    return kSchema;
  }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema().size());
    while (left_ > 0) {
      bson_t event;
      DBOPS_ASSIGN(const bool more, stream_->arrived(event));
      if (more) {
        DBOPS_TRY(add(batch, event));
        --left_;
        if (batch.full()) return true;
        continue;
      }
      if (batch.rows() > 0) return true;
      if (!stream_->open() || until_.passed()) break;
      const auto left = context.deadline.earlier(until_).remaining();
      DBOPS_TRY(stream_->wait(context, *left));
    }
    if (batch.rows() > 0) return true;
    say_where_it_ended();
    return false;
  }

 private:
  Result<void> add(Batch& batch, const bson_t& event) {
    constexpr auto kFields = std::to_array<const char*>(
        {"wallTime", "operationType", "ns.db", "ns.coll", "documentKey", "fullDocument"});
    constexpr auto kDescriptions =
        std::to_array<const char*>({"updateDescription", "operationDescription", "to"});
    Value* const row = batch.add_row();
    for (size_t i = 0; i < kFields.size(); ++i) DBOPS_TRY(fill(batch, event, kFields[i], row[i]));
    for (const char* each : kDescriptions) DBOPS_TRY(fill(batch, event, each, row[kFields.size()]));
    last_token_ = shown_json(event, "_id");
    return fill(batch, event, "_id", row[kFields.size() + 1]);
  }

  Result<void> fill(Batch& batch, const bson_t& event, const char* field, Value& cell) const {
    bson_iter_t found;
    if (!find_field(event, field, found)) return {};
    DBOPS_ASSIGN(cell, to_cell(batch, found, shape_.canonical));
    return {};
  }

  void say_where_it_ended() {
    if (!stream_->open())
      summary_.warnings.emplace_back(
          "the stream is over: what it was opened for is gone or is called otherwise");
    // Behind all that was looked at, of which there may be more than was shown.
    const std::string token = left_ > 0 ? stream_->token() : last_token_;
    if (!token.empty()) summary_.warnings.push_back("to go on from here, give after: " + token);
  }

  const std::unique_ptr<ChangeStream> stream_;
  const Shape shape_;
  const Deadline until_;
  int64_t left_;  // events
  std::string last_token_;
  Summary summary_;
};

}  // namespace

Result<std::unique_ptr<ChangeStream>> ChangeStream::open(const Context& context,
                                                         MongoQueries& queries,
                                                         const ChangesWanted& wanted) {
  DBOPS_ASSIGN(const std::string stages, pipeline(wanted));
  DBOPS_ASSIGN(Bson command,
               parse_document(R"({"aggregate": )" +
                              (wanted.collection.empty() ? "1" : quoted(wanted.collection)) +
                              R"(, "pipeline": )" + stages + R"(, "cursor": {}, "$db": )" +
                              quoted(wanted.database) + "}"));
  auto reply = queries.send(context, std::move(command), Tier::read);
  if (!reply) return fail(explained(std::move(reply).error()));
  if (!Cursor::holds_cursor(**reply))
    return fail(Code::protocol, "the server answered no cursor to a change stream");
  return std::make_unique<ChangeStream>(queries.link(), *std::move(reply));
}

Result<void> ChangeStream::wait(const Context& context, std::chrono::milliseconds span) {
  Context patient = context;
  patient.deadline = Deadline::after(span + kLate);
  return cursor_.fetch(patient, std::max(span, std::chrono::milliseconds(1)));
}

std::string ChangeStream::token() const {
  return shown_json(cursor_.reply(), "cursor.postBatchResumeToken");
}

Result<std::unique_ptr<Stream>> collect_changes(const Context& context, MongoQueries& queries,
                                                const ChangesWanted& wanted,
                                                std::chrono::seconds span, int64_t changes_max) {
  DBOPS_ASSIGN(auto stream, ChangeStream::open(context, queries, wanted));
  return std::make_unique<Changes>(std::move(stream), queries.shape(), Deadline::after(span),
                                   changes_max);
}

}  // namespace dbops::mongodb
