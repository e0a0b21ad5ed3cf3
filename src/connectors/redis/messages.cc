#include "connectors/redis/messages.h"

#include "connectors/redis/cells.h"
#include "connectors/redis/heard.h"

namespace dbops::redis {
namespace {

class Messages final : public Stream {
 public:
  Messages(Link& link, Deadline until, int64_t messages_max)
      : link_(link), until_(until), left_(messages_max) {}
  ~Messages() override { link_.close(); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  const Schema& schema() const override {
    static const Schema kSchema = {
        {"channel", "", Kind::null}, {"pattern", "", Kind::null}, {"message", "", Kind::null}};
    return kSchema;
  }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema().size());
    Context limited = context;
    limited.deadline = context.deadline.earlier(until_);
    while (left_ > 0 && !until_.passed()) {
      auto said = link_.hear(limited);
      if (!said && until_.passed() && context.alive()) break;
      if (!said) return fail(std::move(said).error());
      if (said->nodes[0].type == RespType::error)
        return fail(server_error(said->text(said->nodes[0])));
      if (!take(*said, batch)) continue;
      --left_;
      return true;
    }
    return false;
  }

 private:
  static bool take(const RespReply& said, Batch& batch) {
    const auto words = words_of(said);
    const bool plain = words.size() == 3 && words[0] == "message";
    if (!plain && !(words.size() == 4 && words[0] == "pmessage")) return false;
    Value* const row = batch.add_row();
    row[0] = text_cell(batch, words[words.size() - 2]);
    if (!plain) row[1] = text_cell(batch, words[1]);
    row[2] = text_cell(batch, words.back());
    return true;
  }

  Link& link_;
  const Deadline until_;
  int64_t left_;  // messages
  Summary summary_;
};

}  // namespace

Result<std::unique_ptr<Stream>> collect_messages(const Context& context, Link& link,
                                                 const Channels& channels,
                                                 std::chrono::seconds span, int64_t messages_max) {
  std::vector<Link::Command> commands;
  const auto add = [&](const char* name, const std::vector<std::string>& words) {
    if (words.empty()) return;
    commands.push_back({name});
    commands.back().insert(commands.back().end(), words.begin(), words.end());
  };
  add("SUBSCRIBE", channels.names);
  add("PSUBSCRIBE", channels.patterns);
  if (commands.empty())
    return fail(Code::invalid_argument, "no channel was named", "give channels, patterns or both");
  DBOPS_TRY(link.send_all(context, commands));
  return std::make_unique<Messages>(link, Deadline::after(span), messages_max);
}

}  // namespace dbops::redis
