#include <memory>
#include <utility>

#include "connectors/redis/cells.h"
#include "connectors/redis/queries.h"

namespace dbops::redis {
namespace {

// The node at `at` with all below; moves `at` behind it. As deep as the decoder lets a reply be.
Value cell(Batch& batch, const RespReply& reply, size_t& at) {
  const RespNode& node = reply.nodes[at++];
  switch (node.type) {
    case RespType::null:
      return {};
    case RespType::boolean:
      return Value::boolean(node.integer != 0);
    case RespType::integer:
      return Value::integer(node.integer);
    case RespType::real:
      return Value::real(node.real);
    case RespType::big_number: {
      std::string_view digits = reply.text(node);
      if (digits.starts_with('+')) digits.remove_prefix(1);
      return batch.copy(Kind::decimal, digits);
    }
    case RespType::status:
    case RespType::bulk:
    case RespType::verbatim:
    case RespType::error:
      return text_cell(batch, reply.text(node));
    case RespType::array:
    case RespType::map:
    case RespType::set:
    case RespType::push:
      break;
  }
  auto* items = static_cast<Value*>(batch.arena().allocate(node.size * sizeof(Value)));
  for (uint32_t i = 0; i < node.size; ++i) std::construct_at(items + i, cell(batch, reply, at));
  return Value::items(node.type == RespType::map ? Kind::map : Kind::list, {items, node.size});
}

// Rows are made as their values arrive; what is not pulled stays with the server.
class ReplyStream final : public Stream {
 public:
  // `first` is the whole reply where it is no aggregate.
  ReplyStream(Link& link, const RespHead& head, std::optional<RespReply> first, std::string verb,
              Effect done, ReplyNotes notes)
      : link_(link), first_(std::move(first)), done_(done), rules_(notes.rules) {
    summary_.command = std::move(verb);
    summary_.warnings = std::move(notes.warnings);
    if (head.type == RespType::map)
      schema_.push_back({.name = "key", .type = "", .kind = Kind::null});
    schema_.push_back({.name = "value", .type = "", .kind = Kind::null});
  }
  ~ReplyStream() override { link_.abandon(); }
  ReplyStream(const ReplyStream&) = delete;
  ReplyStream& operator=(const ReplyStream&) = delete;

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    auto filled = fill(context, batch);
    if (filled) return batch.rows() > 0;
    Error error = std::move(filled).error();
    error.effect = done_;
    if (link_.left() > 0) {
      link_.close();
      error.session_broken = true;
    }
    return fail(std::move(error));
  }

 private:
  Result<void> fill(const Context& context, Batch& batch) {
    DBOPS_TRY(context.alive());
    if (first_) {
      batch.add_row()[0] = to_cell(batch, *std::exchange(first_, std::nullopt));
      return {};
    }
    while (link_.left() > 0 && !batch.full()) {
      // As many rows as have arrived, and at least one.
      std::optional<RespReply> value;
      if (batch.rows() > 0) {
        DBOPS_ASSIGN(value, link_.arrived_value());
        if (!value) return {};
      } else {
        DBOPS_ASSIGN(value, link_.value(context));
      }
      if (rules_ != nullptr) rules_->hide(*value);
      Value* const row = batch.add_row();
      row[0] = to_cell(batch, *value);
      if (schema_.size() == 1) continue;
      DBOPS_ASSIGN(const RespReply second, link_.value(context));
      row[1] = to_cell(batch, second);
    }
    return {};
  }

  Link& link_;
  std::optional<RespReply> first_;
  const Effect done_;
  const KeyRules* rules_;  // Of lists of keys; may be null.
  Schema schema_;
  Summary summary_;
};

class HeldStream final : public Stream {
 public:
  HeldStream(RespReply reply, std::string verb, std::vector<std::string> warnings)
      : reply_(std::move(reply)) {
    summary_.command = std::move(verb);
    summary_.warnings = std::move(warnings);
    const RespType type = reply_.nodes[0].type;
    if (type == RespType::map) schema_.push_back({.name = "key", .type = "", .kind = Kind::null});
    schema_.push_back({.name = "value", .type = "", .kind = Kind::null});
    const bool many = type == RespType::map || type == RespType::array || type == RespType::set;
    if (many) ++at_;
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    DBOPS_TRY(context.alive());
    while (at_ < reply_.nodes.size() && !batch.full()) {
      Value* const row = batch.add_row();
      for (size_t column = 0; column < schema_.size(); ++column)
        row[column] = cell(batch, reply_, at_);
    }
    return batch.rows() > 0;
  }

 private:
  const RespReply reply_;
  size_t at_ = 0;  // The node that comes next.
  Schema schema_;
  Summary summary_;
};

}  // namespace

std::unique_ptr<Stream> rows_of(RespReply reply, std::string verb,
                                std::vector<std::string> warnings) {
  return std::make_unique<HeldStream>(std::move(reply), std::move(verb), std::move(warnings));
}

Value to_cell(Batch& batch, const RespReply& reply) {
  size_t at = 0;
  return cell(batch, reply, at);
}

std::string_view Reply::error() const {
  const bool failed = whole && whole->nodes[0].type == RespType::error;
  return failed ? whole->text(whole->nodes[0]) : std::string_view();
}

Result<Reply> begin_reply(const Context& context, Link& link) {
  Reply reply;
  DBOPS_ASSIGN(reply.head, link.begin_next(context));
  if (reply.head.type == RespType::null) {
    DBOPS_ASSIGN(reply.whole, link.value(context));
  }
  return reply;
}

Result<std::unique_ptr<Stream>> rows_of(Link& link, Reply reply, std::string verb, Effect done,
                                        ReplyNotes notes) {
  if (const std::string_view error = reply.error(); !error.empty())
    return fail(server_error(error));
  return std::make_unique<ReplyStream>(link, reply.head, std::move(reply.whole), std::move(verb),
                                       done, std::move(notes));
}

}  // namespace dbops::redis
