#include "fakes/fake_connector.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "fakes/fake_session.h"

namespace dbops::fakes {
namespace {

constexpr std::array<std::string_view, 1> kSchemes = {"fake"};

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, std::min(text.find(' '), text.size()));
}

void classify(std::string_view text, Statement& statement) {
  const std::string all = upper(text);
  statement.verb = std::string(first_word(all));
  const std::string& verb = statement.verb;
  const bool whole = (verb == "DELETE" || verb == "UPDATE") && all.find(" WHERE ") == all.npos;
  constexpr std::array<std::string_view, 6> kWrites = {"INSERT", "UPDATE", "DELETE",
                                                       "CREATE", "VACUUM", "DROP"};
  if (verb == "SELECT")
    statement.tier = Tier::read;
  else if (std::find(kWrites.begin(), kWrites.end(), verb) != kWrites.end())
    statement.tier = Tier::write;
  if (statement.tier != Tier::read) statement.reason = verb + " changes data";
  if (whole || verb == "DROP") statement.danger = verb + " destroys data";
  statement.transactional = verb != "VACUUM";
}

Result<std::unique_ptr<Stream>> list_locks(const Context&, Session&, Arguments) {
  auto table = std::make_unique<Table>(Schema{{"lock", "text", Kind::text}});
  for (const std::string_view lock : {"a", "b", "c"}) table->add({Value::text(lock)});
  return table;
}

Result<std::unique_ptr<Stream>> run_vacuum(const Context&, Session&, Arguments) {
  auto table = std::make_unique<Table>(Schema{});
  table->edit_summary().command = "VACUUM";
  return table;
}

std::string vacuum_danger(const Arguments& arguments) {
  return "vacuum locks " + arguments.text("table");
}

}  // namespace

Gate::Gate() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Gate::~Gate() { close(event_); }
void Gate::open() { eventfd_write(event_, 1); }

Result<void> Gate::pass(const Context& context) {
  ++waiting_;
  const auto ready = context.wait(event_, POLLIN);
  --waiting_;
  if (!ready) return fail(ready.error());
  return {};
}

void Server::reply(const std::string& statement, Reply reply) {
  std::lock_guard lock(mutex_);
  replies_[statement] = std::move(reply);
}

Reply Server::reply_to(std::string_view statement) const {
  std::lock_guard lock(mutex_);
  if (const auto found = replies_.find(statement); found != replies_.end()) return found->second;
  Reply reply;
  const std::string_view verb = first_word(statement);
  const std::string_view rest = statement.substr(std::min(verb.size() + 1, statement.size()));
  if (upper(verb) == "SELECT") {
    std::from_chars(rest.data(), rest.data() + rest.size(), reply.rows);
    return reply;
  }
  reply.schema.clear();
  reply.summary.command = upper(verb);
  reply.summary.affected = 1;
  return reply;
}

class FakeConnector::FakeDialect final : public Dialect {
 public:
  explicit FakeDialect(Server& server) : server_(server) {}

  Result<Script> parse(std::string_view text) const override {
    ++server_.parses;
    Script script;
    script.text = std::string(text);
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(';', begin), text.size());
      while (begin < end && text[begin] == ' ') ++begin;
      if (begin < end) {
        Statement& statement = script.statements.emplace_back();
        statement.offset = begin;
        statement.size = end - begin;
        classify(text.substr(begin, end - begin), statement);
        if (statement.verb == "SYNTAX") return fail(Code::syntax, "can't be parsed");
      }
      begin = end + 1;
    }
    if (script.statements.empty()) return fail(Code::invalid_argument, "there is no statement");
    return script;
  }
  std::string quote(std::string_view identifier) const override { return std::string(identifier); }
  std::vector<std::string_view> keywords() const override { return {"SELECT"}; }

 private:
  Server& server_;
};

FakeConnector::FakeConnector(Server& server)
    : server_(server), dialect_(std::make_unique<FakeDialect>(server)) {
  operations_.push_back(Operation{.name = "locks",
                                  .description = "Locks that are held.",
                                  .tier = Tier::read,
                                  .run = list_locks});
  operations_.push_back(Operation{
      .name = "vacuum",
      .description = "Gives unused pages back.",
      .tier = Tier::write,
      .arguments = {{.name = "table", .description = "Which table.", .required = true}},
      .danger = vacuum_danger,
      .run = run_vacuum,
      .foresee = [&server](const Context&, Session&, const Arguments&) -> Result<std::string> {
        if (!server.preview) return fail(server.preview.error());
        return server.preview->effects.empty() ? "" : server.preview->effects[0];
      }});
}

FakeConnector::~FakeConnector() = default;

std::span<const std::string_view> FakeConnector::schemes() const { return kSchemes; }
const Dialect& FakeConnector::dialect() const { return *dialect_; }
Result<void> FakeConnector::check(const ConnectionOptions&) const { return {}; }

Result<std::unique_ptr<Session>> FakeConnector::connect(const Context& context,
                                                        const ConnectionOptions&) const {
  ++server_.connects;
  if (server_.connect_gate != nullptr) DBOPS_TRY(server_.connect_gate->pass(context));
  if (server_.connect_error) return fail(*server_.connect_error);
  return make_session(server_);
}

}  // namespace dbops::fakes
