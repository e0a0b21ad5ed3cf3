#include "connectors/redis/key_export.h"

#include <algorithm>
#include <utility>

#include "connectors/redis/cells.h"
#include "connectors/redis/key_operations.h"
#include "connectors/redis/keyed.h"

namespace dbops::redis {
namespace {

// All of a value; nullopt for a type that has no command for that.
std::optional<Link::Command> value_command(std::string_view type, const std::string& key) {
  if (type == "string") return Link::Command{"GET", key};
  if (type == "hash") return Link::Command{"HGETALL", key};
  if (type == "list") return Link::Command{"LRANGE", key, "0", "-1"};
  if (type == "set") return Link::Command{"SMEMBERS", key};
  if (type == "zset") return Link::Command{"ZRANGE", key, "0", "-1", "WITHSCORES"};
  if (type == "stream") return Link::Command{"XRANGE", key, "-", "+"};
  if (type == "ReJSON-RL") return Link::Command{"JSON.GET", key};
  return std::nullopt;
}

class KeyExport final : public Stream {
 public:
  KeyExport(RedisSession& session, std::string match, bool dump)
      : session_(session), match_(std::move(match)), dump_(dump) {
    schema_.push_back({"key", "", Kind::null});
    if (!dump_) schema_.push_back({"type", "", Kind::text});
    schema_.push_back({"ttl_ms", "", Kind::integer});
    schema_.push_back({dump_ ? "dump" : "value", "", Kind::null});
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    DBOPS_TRY(context.alive());
    while (!batch.full()) {
      if (at_ == held_.size()) {
        if (batch.rows() > 0) return true;  // They need not wait for others.
        DBOPS_ASSIGN(const bool more, hold_next(context));
        if (!more) return false;
        continue;
      }
      add_row(batch, held_[at_++]);
    }
    return true;
  }

 private:
  struct Held {
    std::string key;
    std::string type;
    Value ttl;
    std::optional<RespReply> value;
  };

  // False at the end; keys that have gone since they were named are left out.
  Result<bool> hold_next(const Context& context) {
    held_.clear();
    at_ = 0;
    while (keys_.empty()) {
      if (ended_) return false;
      const Link::Command options = {"MATCH", match_, "COUNT", "1000"};
      DBOPS_ASSIGN(ScanStep step, scan_step(context, session_, cursor_, options));
      keys_ = std::move(step.keys);
      ended_ = step.next.empty();
      cursor_ = std::move(step.next);
    }
    const size_t count = std::min(keys_.size(), kExportedAtOnce);
    std::vector<std::string> keys(
        std::make_move_iterator(keys_.end() - static_cast<ptrdiff_t>(count)),
        std::make_move_iterator(keys_.end()));
    keys_.resize(keys_.size() - count);
    if (dump_)
      DBOPS_TRY(hold_dumps(context, keys));
    else
      DBOPS_TRY(hold_values(context, keys));
    return true;
  }

  Result<std::vector<RespReply>> ask(const Context& context, std::vector<Keyed> questions) {
    auto replies = call_keyed(context, session_.nodes(), std::move(questions));
    if (!replies) replies.error().effect = Effect::none;
    return replies;
  }

  Result<void> hold_dumps(const Context& context, const std::vector<std::string>& keys) {
    std::vector<Keyed> questions;
    for (const std::string& key : keys) {
      questions.push_back({key, {"PTTL", key}});
      questions.push_back({key, {"DUMP", key}});
    }
    DBOPS_ASSIGN(auto replies, ask(context, std::move(questions)));
    for (size_t i = 0; i < keys.size(); ++i) {
      DBOPS_ASSIGN(const std::optional<Value> ttl, time_left(replies[2 * i]));
      RespReply& dump = replies[2 * i + 1];
      DBOPS_TRY(check(dump));
      if (ttl && dump.nodes[0].type != RespType::null)
        held_.push_back({.key = keys[i], .type = {}, .ttl = *ttl, .value = std::move(dump)});
    }
    return {};
  }

  Result<void> hold_values(const Context& context, const std::vector<std::string>& keys) {
    std::vector<Keyed> questions;
    for (const std::string& key : keys) {
      questions.push_back({key, {"PTTL", key}});
      questions.push_back({key, {"TYPE", key}});
    }
    DBOPS_ASSIGN(const auto facts, ask(context, std::move(questions)));
    std::vector<Keyed> looks;
    std::vector<size_t> places;  // Of each among those held.
    for (size_t i = 0; i < keys.size(); ++i) {
      DBOPS_ASSIGN(const std::optional<Value> ttl, time_left(facts[2 * i]));
      DBOPS_TRY(check(facts[2 * i + 1]));
      if (!ttl) continue;
      held_.push_back(
          {.key = keys[i], .type = word_of(facts[2 * i + 1]), .ttl = *ttl, .value = {}});
      auto command = value_command(held_.back().type, keys[i]);
      if (!command) continue;
      places.push_back(held_.size() - 1);
      looks.push_back({keys[i], *std::move(command)});
    }
    DBOPS_ASSIGN(auto values, ask(context, std::move(looks)));
    for (size_t i = 0; i < values.size(); ++i) {
      DBOPS_TRY(check(values[i]));
      held_[places[i]].value = std::move(values[i]);
    }
    return {};
  }

  static Result<void> check(const RespReply& reply) {
    if (reply.nodes[0].type == RespType::error)
      return fail(server_error(reply.text(reply.nodes[0])));
    return {};
  }

  // nullopt: there is no such key any more.
  static Result<std::optional<Value>> time_left(const RespReply& reply) {
    DBOPS_TRY(check(reply));
    const int64_t left = reply.nodes[0].integer;
    return left == -2 ? std::nullopt : std::optional(Value::integer(left));
  }

  void add_row(Batch& batch, const Held& held) const {
    Value* cell = batch.add_row();
    *cell++ = text_cell(batch, held.key);
    if (!dump_) *cell++ = batch.copy(Kind::text, held.type);
    *cell++ = held.ttl;
    if (held.value) *cell = to_cell(batch, *held.value);
  }

  RedisSession& session_;
  const std::string match_;
  const bool dump_;
  Schema schema_;
  Summary summary_;
  std::vector<std::string> keys_;  // Named by SCAN, and not read yet.
  std::string cursor_;
  bool ended_ = false;
  std::vector<Held> held_;
  size_t at_ = 0;  // The one of them that comes next.
};

}  // namespace

Result<std::unique_ptr<Stream>> export_keys(RedisSession& session, const Arguments& arguments) {
  return std::make_unique<KeyExport>(session,
                                     arguments.has("match") ? arguments.text("match") : "*",
                                     arguments.text("as") == "dump");
}

}  // namespace dbops::redis
