#include "connectors/mongodb/guard.h"

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/explained.h"
#include "connectors/mongodb/explainer.h"
#include "connectors/mongodb/guarded.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kPartsMax = 100;     // of one command that are explained
constexpr size_t kIndexesMax = 1000;  // of one collection; the server's bound is 64
constexpr size_t kNamedIndexes = 5;   // in a message
constexpr size_t kShownBytes = 80;    // of a name
constexpr const char* kDecides = "the setting scan_guard of this connection decides";

struct Place {
  std::string database;
  std::string collection;
};

// How the collection could be read otherwise.
struct Indexes {
  std::string names;
  bool serve = false;  // One of them begins with a field that is compared.
};

Result<Place> place_of(const bson_t& command, const std::string& fallback) {
  Bson copy = Bson::copy_of(command);
  DBOPS_ASSIGN(std::string database, take_database(copy, fallback));
  bson_iter_t first;
  if (!bson_iter_init(&first, copy.get()) || !bson_iter_next(&first)) return Place{};
  return Place{std::move(database), std::string(text_of(first))};
}

Result<Indexes> look_at_indexes(const Context& context, Link& link, const Place& place,
                                const bson_t& command) {
  Indexes found;
  size_t count = 0;
  const auto asked =
      ask_each(context, link, place.database,
               R"({"listIndexes": )" + quoted(place.collection) + R"(, "cursor": {}})", kIndexesMax,
               [&](const bson_t& index) {
                 found.serve = found.serve || serves(index, command);
                 if (count++ >= kNamedIndexes) return;
                 found.names += (found.names.empty() ? "" : ", ") +
                                escape_control(shorten(text_at(index, "name"), kShownBytes));
               });
  if (!asked && !lacks(asked.error())) return fail(asked.error());  // A view has none.
  if (count > kNamedIndexes) found.names += " ...";
  return found;
}

std::string next_step(const Place& place, const bson_t& command, const Indexes& indexes) {
  const std::string keys = index_for(command);
  std::string text =
      keys.empty() ? "give a filter on a field that has an index, or a limit without one"
                   : R"(make an index, such as {"createIndexes": )" + quoted(place.collection) +
                         R"(, "indexes": [{"key": )" + keys + R"(, "name": "..."}]})";
  if (!indexes.names.empty()) text += "; there are " + indexes.names;
  return escape_control(text) + "; " + kDecides;
}

// The plan's step that reads all, empty where none does.
Result<std::string> find_step(const Context& context, MongoQueries& queries, const bson_t& command,
                              const Place& place, Tier allowed) {
  const auto ask = [&](const bson_t& asked) -> Result<Bson> {
    Bson inner = Bson::copy_of(asked);
    DBOPS_TRY(take_database(inner, place.database));
    Bson explain;
    BSON_APPEND_DOCUMENT(explain.get(), "explain", inner.get());
    BSON_APPEND_UTF8(explain.get(), "verbosity", "queryPlanner");
    BSON_APPEND_UTF8(explain.get(), "$db", place.database.c_str());
    return queries.send(context, std::move(explain), allowed);
  };
  auto reply = ask(command);
  bson_iter_t distinct;
  if (!reply && lacks(reply.error()) && bson_iter_init_find(&distinct, &command, "distinct"))
    reply = ask(*find_of_distinct(command).command);
  if (!reply) return fail(std::move(reply).error());
  return scan_in_plan(**reply);
}

tl::unexpected<Error> unexplained(Error error) {
  if (error.session_broken || error.code == Code::cancelled || error.code == Code::timeout)
    return fail(std::move(error));
  error.message = "its plan could not be looked at before it ran: " + error.message;
  if (error.hint.empty()) error.hint = kDecides;
  return fail(std::move(error));
}

Result<std::vector<std::string>> guard_part(const Context& context, MongoQueries& queries,
                                            const bson_t& command, Tier allowed, ScanGuard guard) {
  DBOPS_ASSIGN(const Place place, place_of(command, queries.database()));
  auto step = find_step(context, queries, command, place, allowed);
  if (!step && (guard == ScanGuard::refuse || step.error().session_broken))
    return unexplained(std::move(step).error());
  if (!step || step->empty()) return std::vector<std::string>{};
  DBOPS_ASSIGN(const Indexes indexes, look_at_indexes(context, queries.link(), place, command));
  // A planner that goes by costs reads a small collection rather than its index; MongoDB's doesn't.
  const bool by_costs = step->ends_with(" Scan");
  if (by_costs && indexes.serve) return std::vector<std::string>{};
  const std::string what = "it reads every document of " +
                           escape_control(shorten(place.collection, kShownBytes)) + " (" + *step +
                           ")";
  const std::string hint = next_step(place, command, indexes);
  if (guard == ScanGuard::refuse) return fail(Code::forbidden, "refused: " + what, hint);
  return std::vector<std::string>{what + ": " + hint};
}

}  // namespace

Result<std::vector<std::string>> guard_scans(const Context& context, MongoQueries& queries,
                                             const bson_t& command, Tier allowed, ScanGuard guard) {
  std::vector<std::string> warnings;
  if (guard == ScanGuard::off || reads_little(command)) return warnings;
  const std::vector<Explained> parts = parts_to_explain(command, kPartsMax + 1);
  if (parts.size() > kPartsMax && guard == ScanGuard::refuse)
    return fail(Code::too_large,
                "refused: of one command at most " + std::to_string(kPartsMax) +
                    " parts are looked at before they run",
                std::string("send it in several; ") + kDecides);
  for (const Explained& part : parts) {
    if (reads_little(*part.command)) continue;
    DBOPS_ASSIGN(auto found, guard_part(context, queries, *part.command, allowed, guard));
    if (!found.empty() && warnings.empty()) warnings = std::move(found);
  }
  return warnings;
}

}  // namespace dbops::mongodb
