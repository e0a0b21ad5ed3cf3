#include "connectors/redis/cells.h"

#include "base/text.h"

namespace dbops::redis {
namespace {

Kind kind_of(std::string_view text) { return valid_utf8(text) ? Kind::text : Kind::bytes; }

}  // namespace

Value text_cell(std::string_view text) { return Value::view(kind_of(text), text); }

Value text_cell(Batch& batch, std::string_view text) { return batch.copy(kind_of(text), text); }

Value integer_cell(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  return node.type == RespType::integer ? Value::integer(node.integer) : Value();
}

std::string word_of(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  return node.type == RespType::status ? escape_control(reply.text(node)) : std::string();
}

}  // namespace dbops::redis
