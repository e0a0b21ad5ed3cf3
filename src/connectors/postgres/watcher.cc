#include "connectors/postgres/watcher.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "connectors/postgres/watch_sql.h"

namespace dbops::postgres {
namespace {

constexpr int kTriggers = 2;  // of DDL, and of what is dropped

// In one message, so that a link that is lost in between leaves nothing half done.
Result<void> change(const Context& context, Core& core, const std::string& sql) {
  DBOPS_TRY(core.make_ready(context));
  core.soil();
  auto done = core.link().command(context, core.begin_command(Mode::write) + "; " + sql + "COMMIT");
  if (done) return done;
  // An error leaves the transaction open, and failed.
  static_cast<void>(core.link().command(context, "ROLLBACK"));
  return done;
}

}  // namespace

Result<void> PostgresWatcher::begin(const Context& context) {
  if (!core_.keeps_sessions())
    return fail(Code::unsupported,
                "a pooler stands between (prepare = off): it hands on no notifications",
                "connect to the server itself, without prepare = off");
  DBOPS_ASSIGN(const Rows installed,
               core_.link().ask(context, {.sql = watch_sql::kInstalled, .parameters = {}}));
  if (installed.size() < kTriggers)
    return fail(Code::unsupported, "this database tells nobody of changes to its schema",
                "a superuser runs the operation watch_schema (operate, tier admin), or the SQL in "
                "docs/changes.md");
  return core_.link().command(context, std::string("LISTEN ") + watch_sql::kChannel);
}

Result<std::vector<Watcher::Place>> PostgresWatcher::next(const Context& context) {
  DBOPS_ASSIGN(const auto payloads, core_.link().notified(context, watch_sql::kChannel));
  std::vector<Place> places;
  for (const std::string& payload : payloads) places.push_back(read_change(payload));
  return places;
}

Watcher::Place read_change(std::string_view payload) {
  Watcher::Place place;
  const auto parsed = parse_json(payload);
  if (!parsed || !parsed->is_object()) return place;
  for (const std::string_view part : {"schema", "name"}) {
    const auto* value = parsed->get_object().if_contains(part);
    if (value == nullptr || !value->is_string()) break;
    place.emplace_back(value->get_string());
  }
  return place;
}

Result<void> install_watch(const Context& context, Core& core) {
  return change(context, core, watch_sql::kInstall);
}

Result<void> remove_watch(const Context& context, Core& core) {
  return change(context, core, watch_sql::kRemove);
}

}  // namespace dbops::postgres
