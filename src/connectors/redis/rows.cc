#include <memory>

#include "base/text.h"
#include "connectors/redis/queries.h"

namespace dbops::redis {
namespace {

Value text_cell(Batch& batch, std::string_view text) {
  return batch.copy(valid_utf8(text) ? Kind::text : Kind::bytes, text);
}

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

class ReplyStream final : public Stream {
 public:
  ReplyStream(RespReply reply, std::string command) : reply_(std::move(reply)) {
    summary_.command = std::move(command);
    const RespType type = reply_.nodes[0].type;
    if (type == RespType::map) schema_.push_back({.name = "key", .type = "", .kind = Kind::null});
    schema_.push_back({.name = "value", .type = "", .kind = Kind::null});
    if (type >= RespType::array) at_ = 1;  // Past the aggregate itself, to its first child.
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    DBOPS_TRY(context.alive());
    batch.reset(schema_.size());
    while (at_ < reply_.nodes.size() && !batch.full()) {
      Value* const row = batch.add_row();
      for (size_t i = 0; i < schema_.size(); ++i) row[i] = cell(batch, reply_, at_);
    }
    return batch.rows() > 0;
  }

 private:
  RespReply reply_;
  Schema schema_;
  Summary summary_;
  size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Stream> reply_stream(RespReply reply, std::string command) {
  return std::make_unique<ReplyStream>(std::move(reply), std::move(command));
}

}  // namespace dbops::redis
