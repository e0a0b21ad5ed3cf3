#include "connectors/redis/transaction.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "connectors/redis/command_keys.h"
#include "connectors/redis/commands.h"
#include "connectors/redis/overwrites.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;

std::string_view error_of(const RespReply& reply) {
  const RespNode& node = reply.nodes[0];
  return node.type == RespType::error ? reply.text(node) : std::string_view();
}

// "EXECABORT Transaction discarded because of: OOM command not allowed ..."
Error refused_at_exec(std::string_view text) {
  constexpr std::string_view kCause = "because of: ";
  const size_t cause = text.find(kCause);
  Error error =
      server_error(cause == std::string_view::npos ? text : text.substr(cause + kCause.size()));
  error.message = "nothing of the transaction ran: " + error.message;
  return error;
}

Error conflict() {
  return {.code = Code::conflict,
          .message = "a watched key was changed meanwhile: nothing of the transaction ran",
          .hint = "read the keys anew, and send the script again",
          .retryable = true,
          .native_code = "EXEC"};
}

class Transaction final : public Results {
 public:
  Transaction(Nodes& nodes, const Script& script, Framed framed)
      : nodes_(nodes),
        script_(script),
        framed_(std::move(framed)),
        link_(&nodes.seed()),
        writes_(script.tier() > Tier::read) {}
  ~Transaction() override {
    stream_.reset();
    if (state_ != State::none) link_->close();
    link_->abandon_all();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Result<Stream*> next(const Context& context) override {
    stream_.reset();
    if (!ran_)
      if (auto ran = run(context); !ran) return failed(std::move(ran).error());
    if (index_ == script_.statements.size()) return nullptr;
    std::vector<std::string> warnings;
    Result<RespReply> reply =
        index_ < before_.size() ? std::move(before_[index_]) : inner(context, warnings);
    if (!reply) return failed(std::move(reply).error());
    stream_ = rows_of(*std::move(reply), script_.statements[index_++].verb, std::move(warnings));
    return stream_.get();
  }

 private:
  // What the server keeps of it.
  enum class State : uint8_t { none, watching, queueing };

  const std::string& verb_within(size_t index) const {
    return script_.statements[framed_.before.size() + index].verb;
  }

  // The keys whose times are asked for in front of a command within.
  std::vector<std::string> timed_keys(size_t index) const {
    std::vector<std::string> keys;
    if (script_.statements.size() > kProbedCommandsMax) return keys;
    const Link::Command& command = framed_.inside[index];
    for (const size_t place : keys_made_lasting(verb_within(index), command))
      keys.push_back(command[place]);
    return keys;
  }

  Result<RespReply> inner(const Context& context, std::vector<std::string>& warnings) {
    const size_t index = index_ - before_.size();
    auto reply = link_->value(context);
    for (const std::string& key : probed_[index]) {
      if (!reply) break;
      std::string lost = lost_time(verb_within(index), key, *reply);
      if (!lost.empty()) warnings.push_back(std::move(lost));
      reply = link_->value(context);
    }
    Error error;
    if (!reply) {
      error = std::move(reply).error();
    } else if (const std::string_view text = error_of(*reply); !text.empty()) {
      error = server_error(text);
      error.message += " (command " + std::to_string(index_ - before_.size() + 1) +
                       " of the transaction; the others ran)";
    } else {
      if (made_nothing(*reply)) warnings.clear();
      return reply;
    }
    if (writes_) error.effect = Effect::applied;
    return fail(std::move(error));
  }

  Result<void> run(const Context& context) {
    DBOPS_ASSIGN(const std::optional<std::string_view> key, one_slot());
    if (key) {
      DBOPS_ASSIGN(link_, nodes_.route_key(context, *key));
    }
    bool ask = false;
    for (int redirects = 0;; ++redirects) {
      DBOPS_ASSIGN(const std::string redirect, attempt(context, ask));
      if (redirect.empty()) break;
      if (redirects == kRedirectsMax) return fail(sent_on_too_often());
      ask = redirect.starts_with("ASK ");
      DBOPS_ASSIGN(link_, nodes_.follow(context, *link_, redirect));
    }
    ran_ = true;
    return {};
  }

  // A key of the transaction; nullopt where it has none.
  Result<std::optional<std::string_view>> one_slot() const {
    std::optional<std::string_view> first;
    if (!nodes_.cluster()) return first;
    for (const auto* part : {&framed_.watches, &framed_.before, &framed_.inside}) {
      for (const Link::Command& command : *part) {
        const auto keys = keys_of(classify(command).verb, command);
        if (!keys || keys->channels) continue;
        for (const size_t place : keys->places) {
          if (!first) first = command[place];
          if (slot_of(*first) == slot_of(command[place])) continue;
          return fail(
              Error{.code = Code::unsupported,
                    .message = "the keys \"" + escape_control(shorten(*first, kShownBytes)) +
                               "\" and \"" + escape_control(shorten(command[place], kShownBytes)) +
                               "\" lie in different slots of the cluster",
                    .hint = "a transaction takes keys of one slot: give them the same {tag}",
                    .native_code = "CROSSSLOT"});
        }
      }
    }
    return first;
  }

  // Where the server sends it on to, else empty: then the reply of EXEC is begun.
  Result<std::string> attempt(const Context& context, bool ask) {
    auto redirect = prepare(context, ask);
    if (redirect && redirect->empty())
      if (auto alive = context.alive(); !alive) redirect = fail(std::move(alive).error());
    if (!redirect || !redirect->empty()) {
      leave(context);
      return redirect;
    }
    return execute(context);
  }

  // All but EXEC. MULTI must have been taken before a command is sent, which would run at once
  // otherwise.
  Result<std::string> prepare(const Context& context, bool ask) {
    std::vector<Link::Command> opening;
    const auto add = [&](const Link::Command& command) {
      if (ask) opening.push_back({"ASKING"});
      opening.push_back(command);
    };
    for (const Link::Command& command : framed_.watches) add(command);
    for (const Link::Command& command : framed_.before) add(command);
    const size_t first_time = opening.size();
    std::vector<std::string> keys;
    for (size_t i = 0; i < framed_.inside.size(); ++i)
      for (std::string& key : timed_keys(i)) {
        add({"PTTL", key});
        keys.push_back(std::move(key));
      }
    const size_t behind_times = opening.size();
    add({"MULTI"});
    state_ = State::watching;
    DBOPS_ASSIGN(auto replies, link_->call_all(context, opening));
    if (error_of(replies.back()).empty()) state_ = State::queueing;
    const size_t step = ask ? 2 : 1;
    std::set<std::string> timed;  // Of which the server tells; a refusal within would end it all.
    for (size_t i = 0; i < replies.size(); ++i) {
      auto redirect = redirection(replies[i]);
      const bool time = i >= first_time && i < behind_times;
      if (!redirect && time) continue;
      if (!redirect || !redirect->empty()) return redirect;
      if (time && replies[i].nodes[0].type == RespType::integer)
        timed.insert(keys[(i - first_time) / step]);
    }
    before_.clear();
    for (size_t i = 0; i < framed_.before.size(); ++i) {
      const size_t place = (framed_.watches.size() + i + 1) * step - 1;
      before_.push_back(std::move(replies[place]));
    }
    probed_.clear();
    std::vector<Link::Command> inside;
    for (size_t i = 0; i < framed_.inside.size(); ++i) {
      for (std::string& key : timed_keys(i)) {
        if (!timed.contains(key)) continue;
        inside.push_back({"PTTL", key});
        probed_[i].push_back(std::move(key));
      }
      inside.push_back(framed_.inside[i]);
    }
    queued_ = inside.size();
    DBOPS_ASSIGN(replies, link_->call_all(context, inside));
    for (const RespReply& reply : replies) {
      DBOPS_ASSIGN(std::string redirect, redirection(reply));
      if (!redirect.empty()) return redirect;
    }
    return std::string();
  }

  // Where an answer sends the transaction on to; any other error as one, of which nothing came.
  Result<std::string> redirection(const RespReply& reply) const {
    const std::string_view text = error_of(reply);
    if (text.empty()) return std::string();
    if (nodes_.cluster() && read_redirect(text, Address())) return std::string(text);
    Error error = server_error(text);
    error.message = "nothing of the transaction ran: " + error.message;
    return fail(std::move(error));
  }

  Result<std::string> execute(const Context& context) {
    const Link::Command exec = {"EXEC"};
    state_ = State::none;  // EXEC ends it, whatever it answers.
    auto reply =
        link_->send_all(context, {&exec, 1}).and_then([&] { return begin_reply(context, *link_); });
    if (!reply) {
      Error error = std::move(reply).error();
      link_->close();  // It may not have left.
      error.session_broken = true;
      if (writes_) error.effect = Effect::unknown;
      return fail(std::move(error));
    }
    if (const std::string_view text = reply->error(); !text.empty()) {
      if (nodes_.cluster() && read_redirect(text, Address())) return std::string(text);
      return fail(refused_at_exec(text));
    }
    if (reply->whole && reply->whole->nodes[0].type == RespType::null) return fail(conflict());
    if (reply->head.type == RespType::array && reply->head.values == queued_) return std::string();
    link_->close();
    return fail(Error{.code = Code::protocol,
                      .message = "EXEC answered something else than an answer for each command",
                      .effect = writes_ ? Effect::unknown : Effect::none,
                      .session_broken = true});
  }

  // The server forgets what it was told; a link where it does not is closed.
  void leave(const Context& context) {
    if (state_ == State::none) return;
    const auto reply =
        link_->call(context, Words{state_ == State::queueing ? "DISCARD" : "UNWATCH"});
    if (!reply || !error_of(*reply).empty()) link_->close();
    state_ = State::none;
  }

  tl::unexpected<Error> failed(Error error) { return fail(nodes_.about_session(std::move(error))); }

  static constexpr size_t kShownBytes = 80;

  Nodes& nodes_;
  const Script& script_;
  const Framed framed_;
  Link* link_;
  const bool writes_;
  State state_ = State::none;
  bool ran_ = false;
  std::vector<RespReply> before_;                      // Answers that came ahead of it.
  std::map<size_t, std::vector<std::string>> probed_;  // By command within the keys asked about.
  size_t queued_ = 0;                                  // commands, with those
  size_t index_ = 0;                                   // The statement whose answer comes next.
  std::unique_ptr<Stream> stream_;
};

}  // namespace

std::unique_ptr<Results> run_transaction(Nodes& nodes, const Script& script, Framed framed) {
  return std::make_unique<Transaction>(nodes, script, std::move(framed));
}

}  // namespace dbops::redis
