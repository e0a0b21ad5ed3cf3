#include "connectors/redis/loader.h"

#include <algorithm>

#include "base/text.h"
#include "base/value_text.h"

namespace dbops::redis {
namespace {

constexpr std::string_view kValue = "value";  // the column that makes keys of texts

// What the columns are to a key.
struct Layout {
  std::vector<size_t> key;
  std::vector<size_t> fields;
  bool hash = false;
};

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
  layout.hash = layout.fields.size() > 1 || names[layout.fields[0]] != kValue;
  return layout;
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
  RedisLoad(Link& link, const LoadTarget& target, Layout layout)
      : link_(link), target_(target), layout_(std::move(layout)) {
    for (const std::string& part : target.path) prefix_ += part + ":";
  }

  Result<LoadOutcome> write(const Context& context, const Batch& batch, size_t) override {
    LoadOutcome outcome;
    std::vector<Link::Command> commands;
    std::vector<size_t> rows;  // Of each command.
    for (size_t row = 0; row < batch.rows(); ++row) {
      auto command = command_of(batch.row(row));
      if (!command) {
        outcome.refused.push_back({row, std::move(command).error()});
        continue;
      }
      commands.push_back(*std::move(command));
      rows.push_back(row);
    }
    auto replies = link_.call_all(context, commands);
    if (!replies) {
      // Some of them may have run: there is no transaction around them.
      Error error = std::move(replies).error();
      if (link_.broken()) error.effect = Effect::unknown;
      return fail(std::move(error));
    }
    for (size_t i = 0; i < replies->size(); ++i) {
      const RespReply& reply = (*replies)[i];
      if (reply.nodes[0].type == RespType::error)
        outcome.refused.push_back({rows[i], server_error(reply.text(reply.nodes[0]))});
    }
    std::sort(outcome.refused.begin(), outcome.refused.end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
    outcome.settled = batch.rows();
    return outcome;
  }

 private:
  Result<Link::Command> command_of(std::span<const Value> cells) const {
    std::string key = prefix_;
    for (const size_t column : layout_.key) {
      if (cells[column].is_null())
        return fail(Code::data, "column " + escape_control(target_.columns[column].name) +
                                    ": NULL, which makes no key");
      if (column != layout_.key.front()) key += ':';
      key += text_of(cells[column]);
    }
    if (!layout_.hash) {
      const Value& value = cells[layout_.fields[0]];
      if (value.is_null()) return fail(Code::data, "NULL, which Redis doesn't have");
      return Link::Command{"SET", std::move(key), text_of(value)};
    }
    Link::Command command{"HSET", std::move(key)};
    for (const size_t column : layout_.fields) {
      if (cells[column].is_null()) continue;
      command.push_back(target_.columns[column].name);
      command.push_back(text_of(cells[column]));
    }
    if (command.size() == 2) return fail(Code::data, "all fields are NULL: a hash can't be empty");
    return command;
  }

  Link& link_;
  const LoadTarget& target_;
  const Layout layout_;
  std::string prefix_;
};

}  // namespace

Result<LoadPlan> RedisLoader::plan(const Context&, const LoadTarget& target) {
  if (nodes_.cluster())
    return fail(Code::unsupported,
                "a cluster can't be loaded into: its keys stand on several nodes",
                "write them with execute, SET or HSET");
  DBOPS_ASSIGN(const Layout layout, lay_out(target));
  LoadPlan plan{.exists = true};
  for (size_t i = 0; i < target.columns.size(); ++i) {
    const bool key = std::find(layout.key.begin(), layout.key.end(), i) != layout.key.end();
    plan.fields.push_back({target.columns[i].name, key           ? "part of the key"
                                                   : layout.hash ? "field of a hash"
                                                                 : "text"});
  }
  plan.warnings.push_back(layout.hash ? "to hashes that are there already the fields are added"
                                      : "texts that are there already are replaced");
  return plan;
}

Result<std::unique_ptr<Load>> RedisLoader::start(const Context& context, const LoadTarget& target) {
  DBOPS_TRY(plan(context, target));
  DBOPS_ASSIGN(Layout layout, lay_out(target));
  if (tier_ == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  return std::make_unique<RedisLoad>(nodes_.seed(), target, std::move(layout));
}

}  // namespace dbops::redis
