#include "connectors/mongodb/queries.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "connectors/mongodb/classify.h"
#include "connectors/mongodb/created.h"
#include "connectors/mongodb/errors.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/guard.h"
#include "connectors/mongodb/preview.h"
#include "connectors/mongodb/rows.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

tl::unexpected<Error> refused(const std::string& reason, Tier needed, Mode mode) {
  return fail(Code::forbidden, "refused: " + reason,
              mode == Mode::read ? "use execute for commands that write"
                                 : "the connection needs the tier " + std::string(name(needed)));
}

// Reads that take a read concern and a preference.
bool takes_concern(std::string_view verb) {
  constexpr auto kTaking =
      std::to_array<std::string_view>({"aggregate", "count", "distinct", "find"});
  return std::find(kTaking.begin(), kTaking.end(), verb) != kTaking.end();
}

// Whether a write that the server broke off may have changed something already.
bool breaks_off(const Error& error, std::string_view verb) {
  if (refused_unbegun(error)) return false;
  return error.session_broken || verb == "aggregate" || error.code == Code::timeout ||
         error.code == Code::cancelled || error.code == Code::busy;
}

Result<Bson> read_command(const Script& script, size_t index, const Parameters& parameters) {
  DBOPS_ASSIGN(Bson command, parse_document(script.statement_text(index)));
  return bind(std::move(command), parameters);
}

using Warnings = std::vector<std::vector<std::string>>;  // Of each statement.

class MongoResults final : public Results {
 public:
  MongoResults(MongoQueries& queries, const Script& script, const Parameters& parameters, Mode mode,
               bool in_block, Warnings warnings)
      : queries_(queries),
        script_(script),
        parameters_(parameters),
        mode_(mode),
        in_block_(in_block),
        warnings_(std::move(warnings)) {}
  ~MongoResults() override {
    stream_.reset();
    queries_.link().abort();
  }
  MongoResults(const MongoResults&) = delete;
  MongoResults& operator=(const MongoResults&) = delete;

  Result<Stream*> next(const Context& context) override {
    stream_.reset();
    if (index_ == script_.statements.size()) {
      DBOPS_TRY(settle(context));
      return nullptr;
    }
    if (in_block_ && index_ == 0) queries_.link().begin();
    const Statement& statement = script_.statements[index_];
    auto stream = run(context);
    if (!stream) return fail(failed(std::move(stream).error()));
    ++index_;
    if (statement.tier > Tier::read) wrote_ = true;
    stream_ = *std::move(stream);
    return stream_.get();
  }

 private:
  Result<std::unique_ptr<Stream>> run(const Context& context) {
    DBOPS_TRY(context.alive());
    DBOPS_ASSIGN(Bson command, read_command(script_, index_, parameters_));
    const Tier allowed = mode_ == Mode::read ? Tier::read : queries_.tier();
    std::vector<std::string> warnings;
    if (in_block_) {
      warnings = std::move(warnings_[index_]);
    } else {
      DBOPS_ASSIGN(warnings, queries_.look_for_scans(context, *command, allowed));
    }
    return queries_.run_command(context, std::move(command), allowed, queries_.shape(), wrote_,
                                std::move(warnings));
  }

  // In a transaction nothing is done before its commit.
  Error failed(Error error) {
    if (!in_block_) {
      if (error.effect == Effect::none && wrote_) error.effect = Effect::applied;
      return error;
    }
    queries_.link().abort();
    if (error.effect != Effect::none) error.message += "; all of it was rolled back";
    error.effect = Effect::none;
    return error;
  }

  Result<void> settle(const Context& context) {
    if (!in_block_) return {};
    if (mode_ == Mode::write) return queries_.link().commit(context);
    queries_.link().abort();
    return {};
  }

  MongoQueries& queries_;
  const Script& script_;
  const Parameters& parameters_;
  const Mode mode_;
  const bool in_block_;  // Its commands are one transaction.
  Warnings warnings_;    // Of each, where they are.
  size_t index_ = 0;
  bool wrote_ = false;
  std::unique_ptr<Stream> stream_;
};

Error no_dry_run(std::string why) {
  return {.code = Code::unsupported,
          .message = "there is no dry run: " + std::move(why),
          .hint = "count first what it would change, with its filter in a count"};
}

// Whether the commands are to be one transaction: several of which one writes, or a rehearsal.
Result<bool> wants_block(const Context& context, Link& link, const Script& script, Mode mode) {
  if (mode == Mode::read) return false;
  bool writes = false;
  for (const Statement& statement : script.statements) {
    writes = writes || statement.tier > Tier::read;
    if (statement.transactional) continue;
    if (mode == Mode::rehearse) return fail(no_dry_run(statement.verb + " can't be taken back"));
    return false;
  }
  if (mode == Mode::write && (!writes || script.statements.size() == 1)) return false;
  DBOPS_ASSIGN(const bool keeps, link.keeps_transactions(context));
  if (mode == Mode::rehearse && !keeps)
    return fail(no_dry_run("this server keeps no transactions; a replica set or mongos does"));
  return keeps;
}

}  // namespace

Result<std::unique_ptr<Results>> MongoQueries::run(const Context& context, const Script& script,
                                                   const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  const Tier allowed = mode == Mode::read ? Tier::read : tier_;
  for (const Statement& statement : script.statements)
    if (statement.tier > allowed) return refused(statement.reason, statement.tier, mode);
  if (!parameters.empty()) {
    if (script.statements.size() > 1)
      return fail(Code::invalid_argument, "parameters need a text of one command",
                  "send the commands one by one");
    DBOPS_TRY(read_command(script, 0, parameters));
  }
  DBOPS_ASSIGN(const bool in_block, wants_block(context, link_, script, mode));
  Warnings warnings;
  if (in_block) {
    for (size_t i = 0; i < script.statements.size(); ++i) {
      DBOPS_ASSIGN(const Bson command, read_command(script, i, parameters));
      DBOPS_ASSIGN(auto each, look_for_scans(context, *command, allowed));
      warnings.push_back(std::move(each));
    }
  }
  return std::make_unique<MongoResults>(*this, script, parameters, mode, in_block,
                                        std::move(warnings));
}

Result<std::vector<std::string>> MongoQueries::look_for_scans(const Context& context,
                                                              const bson_t& command, Tier allowed) {
  return guard_scans(context, *this, command, allowed, guard_);
}

Result<Queries::Preview> MongoQueries::preview(const Context& context, const Script& script,
                                               const Parameters& parameters) {
  Preview preview;
  const auto rehearsed = wants_block(context, link_, script, Mode::rehearse);
  if (!rehearsed && rehearsed.error().session_broken) return fail(rehearsed.error());
  preview.rehearses = rehearsed.value_or(false);
  for (size_t i = 0; i < script.statements.size(); ++i) {
    DBOPS_ASSIGN(Bson command, read_command(script, i, parameters));
    DBOPS_ASSIGN(auto effects, preview_effects(context, *this, std::move(command)));
    std::move(effects.begin(), effects.end(), std::back_inserter(preview.effects));
  }
  return preview;
}

Result<Bson> MongoQueries::send(const Context& context, Bson command, Tier allowed) {
  const Class found = classify(*command);
  if (found.link)
    return fail(Code::unsupported, found.verb + " would change the link or the session in use");
  if (found.tier > allowed)
    return refused(found.reason, found.tier, allowed == Tier::read ? Mode::read : Mode::write);
  DBOPS_ASSIGN(const std::string database, take_database(command, database_));
  const bool writes = found.tier > Tier::read;
  // A transaction has the concerns and the preference that it began with.
  const auto adds = link_.in_transaction()                 ? Link::Adds::nothing
                    : takes_concern(found.verb) && !writes ? Link::Adds::for_read
                    : writes && found.tier == Tier::write  ? Link::Adds::for_write
                                                           : Link::Adds::nothing;
  auto reply = link_.call(context, database, *command,
                          {.adds = adds,
                           .time_limit = true,
                           .causal = adds == Link::Adds::for_read || link_.in_transaction()});
  if (reply) return reply;
  Error error = std::move(reply).error();
  if (writes && breaks_off(error, found.verb)) error.effect = Effect::unknown;
  return fail(std::move(error));
}

Result<std::unique_ptr<Stream>> MongoQueries::run_command(const Context& context, Bson command,
                                                          Tier allowed, Shape shape, bool wrote,
                                                          std::vector<std::string> warnings) {
  const Class found = classify(*command);
  const bool writes = found.tier > Tier::read;
  const Bson created = found.verb == "create" ? Bson::copy_of(*command) : Bson();
  DBOPS_ASSIGN(Bson reply, send(context, std::move(command), allowed));
  if (writes)
    if (auto error = write_error(*reply)) {
      // Of bulkWrite's results the server keeps the rest.
      if (Cursor::holds_cursor(*reply)) const Cursor closes(link_, std::move(reply));
      error->session_broken = link_.broken();
      return fail(*std::move(error));
    }
  Summary summary{.command = found.verb, .affected = {}, .warnings = std::move(warnings)};
  if (writes) summary.affected = changed(*reply);
  if (found.verb == "create") {
    DBOPS_ASSIGN(summary.warnings, dropped_options(context, link_, database_, *created));
  }
  return to_rows(link_, std::move(reply), shape, std::move(summary),
                 (wrote || writes) && !link_.in_transaction() ? Effect::applied : Effect::none);
}

}  // namespace dbops::mongodb
