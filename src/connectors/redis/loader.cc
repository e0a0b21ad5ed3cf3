#include "connectors/redis/loader.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"
#include "connectors/redis/keyed.h"

namespace dbops::redis {
namespace {

constexpr std::string_view kValue = "value";  // the column that makes keys of texts
constexpr std::string_view kTime = "ttl_ms";  // these two make keys of what DUMP answered
constexpr std::string_view kDump = "dump";
constexpr std::string_view kReplaces = "a load with `replace` overwrites it";
// HSET where there is no such key: 1 where it was made.
constexpr const char* kMakeHash =
    "if redis.call('EXISTS',KEYS[1])==1 then return 0 end "
    "redis.call('HSET',KEYS[1],unpack(ARGV)) return 1";

// What the columns are to a key.
struct Layout {
  enum class Makes : uint8_t { texts, hashes, whatever_was_dumped };
  std::vector<size_t> key;
  std::vector<size_t> fields;  // Of a dump its time to live, and itself.
  Makes makes = Makes::texts;

  bool hash() const { return makes == Makes::hashes; }
};
using Makes = Layout::Makes;

Result<Layout> lay_out(const LoadTarget& target) {
  DBOPS_TRY(check_columns(target.columns, true));
  std::vector<std::string> names;
  for (const Column& column : target.columns) names.push_back(column.name);
  Layout layout;
  for (const std::string& name : target.key) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return fail(no_such_column(name, names));
    layout.key.push_back(static_cast<size_t>(found - names.begin()));
  }
  if (layout.key.empty()) layout.key.push_back(0);
  for (size_t i = 0; i < names.size(); ++i)
    if (std::find(layout.key.begin(), layout.key.end(), i) == layout.key.end())
      layout.fields.push_back(i);
  if (layout.fields.empty())
    return fail(Code::invalid_argument, "there is nothing to put into the keys",
                "give a column beside the key: `value` for a text, any others for a hash");
  if (layout.fields.size() > 1 || names[layout.fields[0]] != kValue) layout.makes = Makes::hashes;
  const auto field = [&](std::string_view name) {
    return std::find_if(layout.fields.begin(), layout.fields.end(),
                        [&](size_t column) { return names[column] == name; });
  };
  const auto time = field(kTime);
  const auto dump = field(kDump);
  if (layout.fields.size() == 2 && time != layout.fields.end() && dump != layout.fields.end()) {
    layout.fields = {*time, *dump};
    layout.makes = Makes::whatever_was_dumped;
  }
  return layout;
}

std::string_view role_of(const Layout& layout, size_t column) {
  if (std::find(layout.key.begin(), layout.key.end(), column) != layout.key.end())
    return "part of the key";
  if (layout.makes == Makes::texts) return "text";
  if (layout.makes == Makes::hashes) return "field of a hash";
  return column == layout.fields[0] ? "time to live" : "what was dumped";
}

std::string_view what_is_replaced(Makes makes) {
  if (makes == Makes::hashes) return "to hashes that are there already the fields are added";
  if (makes == Makes::texts)
    return "texts that are there already are replaced, and live for ever then";
  return "keys that are there already are replaced";
}

// Bytes that came by way of JSON: {"base64": "..."}.
std::optional<std::string> bytes_in_json(const Value& cell) {
  if (cell.kind() != Kind::json) return std::nullopt;
  const auto parsed = parse_json(cell.as_text());
  if (!parsed || !parsed->is_object() || parsed->as_object().size() != 1) return std::nullopt;
  const auto* const text = parsed->as_object().if_contains("base64");
  return text != nullptr && text->is_string() ? decode_base64(text->as_string()) : std::nullopt;
}

// As it is read back: bytes are themselves.
std::string text_of(const Value& cell) {
  if (cell.has_text()) return std::string(cell.as_text());
  std::string text;
  append_text(text, cell);
  return text;
}

class RedisLoad final : public Load {
 public:
  RedisLoad(Nodes& nodes, const KeyRules& rules, const LoadTarget& target, Layout layout)
      : nodes_(nodes), rules_(rules), target_(target), layout_(std::move(layout)) {
    for (const std::string& part : target.path) prefix_ += part + ":";
  }

  Result<LoadOutcome> write(const Context& context, const Batch& batch, size_t) override {
    LoadOutcome outcome;
    std::vector<Keyed> items;
    std::vector<size_t> rows;  // Of each item.
    for (size_t row = 0; row < batch.rows(); ++row) {
      auto item = item_of(batch.row(row));
      if (item) {
        items.push_back(*std::move(item));
        rows.push_back(row);
      } else {
        outcome.refused.push_back({row, std::move(item).error()});
      }
    }
    DBOPS_ASSIGN(const auto replies, call_keyed(context, nodes_, std::move(items)));
    for (size_t i = 0; i < replies.size(); ++i)
      if (auto error = refusal(replies[i])) outcome.refused.push_back({rows[i], *std::move(error)});
    std::sort(outcome.refused.begin(), outcome.refused.end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
    // A server that takes nothing for now is no fault of the items.
    if (outcome.refused.size() == batch.rows() && !outcome.refused.empty() &&
        std::all_of(outcome.refused.begin(), outcome.refused.end(),
                    [](const auto& each) { return each.error.retryable; }))
      return fail(std::move(outcome.refused.front().error));
    outcome.settled = batch.rows();
    return outcome;
  }

 private:
  // What the reply says is wrong with the item: an error, or that its key is there (SET ... NX
  // answers null then, the script 0).
  std::optional<Error> refusal(const RespReply& reply) const {
    const RespNode& node = reply.nodes[0];
    if (node.type == RespType::error) {
      Error error = server_error(reply.text(node));
      if (error.code == Code::already_exists) error.hint = kReplaces;
      return error;
    }
    const bool taken = node.type == RespType::null ||
                       (layout_.hash() && node.type == RespType::integer && node.integer == 0);
    if (target_.replace || !taken) return std::nullopt;
    return Error{.code = Code::already_exists,
                 .message = "the key is there already",
                 .hint = std::string(kReplaces)};
  }

  Result<Keyed> item_of(std::span<const Value> cells) const {
    Keyed item{.key = prefix_, .command = {}};
    for (const size_t column : layout_.key) {
      if (cells[column].is_null())
        return fail(Code::data, "column " + escape_control(target_.columns[column].name) +
                                    ": NULL, which makes no key");
      if (column != layout_.key.front()) item.key += ':';
      item.key += key_part(cells[column]);
    }
    DBOPS_TRY(rules_.check(item.key));
    if (layout_.makes == Makes::whatever_was_dumped) return restored(std::move(item), cells);
    if (!layout_.hash()) {
      const Value& value = cells[layout_.fields[0]];
      if (value.is_null()) return fail(Code::data, "NULL, which Redis doesn't have");
      item.command = {"SET", item.key, text_of(value)};
      if (!target_.replace) item.command.emplace_back("NX");
      return item;
    }
    if (target_.replace)
      item.command = {"HSET", item.key};
    else
      item.command = {"EVAL", kMakeHash, "1", item.key};
    const size_t named = item.command.size();
    for (const size_t column : layout_.fields) {
      if (cells[column].is_null()) continue;
      item.command.push_back(target_.columns[column].name);
      item.command.push_back(text_of(cells[column]));
    }
    if (item.command.size() == named)
      return fail(Code::data, "all fields are NULL: a hash can't be empty");
    return item;
  }

  // A dumped key comes back as it was, whatever its bytes.
  std::string key_part(const Value& cell) const {
    if (layout_.makes == Makes::whatever_was_dumped)
      if (auto bytes = bytes_in_json(cell)) return *std::move(bytes);
    return text_of(cell);
  }

  Result<Keyed> restored(Keyed item, std::span<const Value> cells) const {
    const Value& dump = cells[layout_.fields[1]];
    if (dump.is_null()) return fail(Code::data, "the dump is NULL");
    const Value& time = cells[layout_.fields[0]];
    // -1 is for ever, which RESTORE calls 0.
    std::string left = time.is_null() ? "0" : text_of(time);
    if (left == "-1") left = "0";
    auto bytes = bytes_in_json(dump);
    item.command = {"RESTORE", item.key, left, bytes ? *std::move(bytes) : text_of(dump)};
    if (target_.replace) item.command.emplace_back("REPLACE");
    return item;
  }

  Nodes& nodes_;
  const KeyRules& rules_;
  const LoadTarget& target_;
  const Layout layout_;
  std::string prefix_;
};

}  // namespace

Result<LoadPlan> RedisLoader::plan(const Context&, const LoadTarget& target) {
  DBOPS_ASSIGN(const Layout layout, lay_out(target));
  LoadPlan plan{.exists = true};
  for (size_t i = 0; i < target.columns.size(); ++i)
    plan.fields.push_back({target.columns[i].name, std::string(role_of(layout, i))});
  if (target.replace) plan.warnings.emplace_back(what_is_replaced(layout.makes));
  return plan;
}

Result<std::unique_ptr<Load>> RedisLoader::start(const Context& context, const LoadTarget& target) {
  DBOPS_TRY(plan(context, target));
  DBOPS_ASSIGN(Layout layout, lay_out(target));
  if (tier_ == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  return std::make_unique<RedisLoad>(nodes_, rules_, target, std::move(layout));
}

}  // namespace dbops::redis
