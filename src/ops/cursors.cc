#include "ops/cursors.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/time.h"
#include "ops/confirmations.h"

namespace dbops::ops {
namespace {

constexpr std::string_view kRunAgain = "run the statement again, with a filter or a larger limit";

// Sessions that may be held while calls wait.
size_t half_of(const Connection& connection) { return connection.options().pool_max / 2; }

bool has_one_session(const Connection& connection) { return connection.options().pool_max <= 1; }

bool same_work(const Reading& reading, const QueryRequest& request) {
  if (!request.statement.empty() && request.statement != reading.script->script.text) return false;
  return request.parameters.empty() ||
         canonical_bytes(request.parameters) == canonical_bytes(reading.parameters);
}

// Not one for each of those who want one.
bool lacks_sessions(Connection& connection, size_t wanting) {
  const auto counts = connection.pool().counts();
  return counts.idle < wanting && counts.open >= std::max<size_t>(1, connection.options().pool_max);
}

template <class Held>
size_t count_of(const std::list<Held>& held, const Connection& connection) {
  return static_cast<size_t>(std::count_if(held.begin(), held.end(), [&](const Held& one) {
    return one.reading->connection.get() == &connection;
  }));
}

}  // namespace

Result<std::string> Cursors::hold(std::unique_ptr<Reading> reading, const std::string& principal) {
  Dropped dropped;  // Closed after the mutex is free: closing may take a round trip.
  const Connection& connection = *reading->connection;
  std::lock_guard lock(mutex_);
  if (has_one_session(connection) && wanting_.contains(&connection)) {
    dropped.push_back(std::move(reading));
    return fail(Code::busy, "another call waits for the only session of this connection");
  }
  drop_too_old(dropped);
  make_room(connection, dropped);
  std::string name = random_name();
  held_.push_back(Held{name, principal, std::move(reading), Clock::now()});
  return name;
}

Result<std::unique_ptr<Reading>> Cursors::take(const QueryRequest& request,
                                               std::string_view principal,
                                               const Connection& connection) {
  Dropped dropped;
  std::lock_guard lock(mutex_);
  drop_too_old(dropped);
  const auto held = std::find_if(held_.begin(), held_.end(),
                                 [&](const Held& one) { return one.name == request.cursor; });
  if (held == held_.end()) return fail(why_gone(request.cursor));
  // Nobody learns of another's cursor: as if there were none. It stays for its owner.
  if (held->principal != principal) return fail(why_gone({}));
  if (held->reading->connection->name() == connection.name() &&
      held->reading->connection.get() != &connection) {
    drop(held, Gone::used, dropped);
    return fail(Code::expired, "the configuration was changed since the cursor was given",
                "run the statement again");
  }
  if (held->reading->connection.get() != &connection)
    return fail(Code::expired, "the cursor belongs to another connection",
                "continue it on connection \"" + held->reading->connection->name() + '"');
  if (!same_work(*held->reading, request))
    return fail(Code::invalid_argument, "the cursor belongs to another statement",
                "give the cursor alone, or with the statement and parameters it came from");
  std::unique_ptr<Reading> reading = std::move(held->reading);
  drop(held, Gone::used, dropped);
  return reading;
}

Result<Pool::Lease> Cursors::acquire(Connection& connection, const Context& context) {
  {
    Dropped dropped;
    std::lock_guard lock(mutex_);
    // Counted before it waits: a stream that is to be held meanwhile must not take the last one.
    const size_t wanting = ++wanting_[&connection];
    if (const auto oldest = oldest_of(connection);
        oldest != held_.end() && lacks_sessions(connection, wanting) &&
        (count_of(held_, connection) > half_of(connection) ||
         oldest->since + kGrace <= Clock::now()))
      drop(oldest, Gone::gave_way, dropped);
  }
  auto lease = connection.pool().acquire(context);
  std::lock_guard lock(mutex_);
  if (const auto wanting = wanting_.find(&connection); --wanting->second == 0)
    wanting_.erase(wanting);
  return lease;
}

void Cursors::trim() {
  Dropped dropped;
  std::lock_guard lock(mutex_);
  drop_too_old(dropped);
}

size_t Cursors::size() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

void Cursors::drop_too_old(Dropped& dropped) {
  const auto now = Clock::now();
  while (!held_.empty() && held_.front().since + life_ <= now)
    drop(held_.begin(), Gone::too_old, dropped);
}

void Cursors::drop(std::list<Held>::iterator held, Gone why, Dropped& dropped) {
  if (held->reading) dropped.push_back(std::move(held->reading));
  remember(std::move(held->name), why);
  held_.erase(held);
}

void Cursors::make_room(const Connection& connection, Dropped& dropped) {
  const auto wanting = wanting_.find(&connection);
  const auto oldest = oldest_of(connection);
  if (wanting != wanting_.end() && oldest != held_.end() &&
      count_of(held_, connection) >= half_of(connection) &&
      lacks_sessions(*oldest->reading->connection, wanting->second))
    drop(oldest, Gone::gave_way, dropped);
  if (held_.size() >= held_max_) drop(held_.begin(), Gone::gave_way, dropped);
}

std::list<Cursors::Held>::iterator Cursors::oldest_of(const Connection& connection) {
  return std::find_if(held_.begin(), held_.end(), [&](const Held& one) {
    return one.reading->connection.get() == &connection;
  });
}

void Cursors::remember(std::string name, Gone why) {
  if (gone_.size() >= kRememberedMax) gone_.pop_front();
  gone_.emplace_back(std::move(name), why);
}

Error Cursors::why_gone(std::string_view name) const {
  Error error{.code = Code::expired,
              .message = "no such cursor: it was never made, or before a restart",
              .hint = std::string(kRunAgain)};
  const auto gone = std::find_if(gone_.begin(), gone_.end(),
                                 [name](const auto& one) { return one.first == name; });
  if (gone == gone_.end()) return error;
  switch (gone->second) {
    case Gone::used:
      error.message = "the cursor was used already: each page names a new one";
      error.hint = "go on with the cursor of the page after it, or run the statement again";
      break;
    case Gone::too_old:
      error.message = "the cursor is too old: a stream is held for " + format_duration(life_);
      break;
    case Gone::gave_way:
      error.message =
          "the held stream gave way to a call that found no other session of its "
          "connection, or to a newer one: " +
          std::to_string(held_max_) + " are held in all";
      error.hint += "; `pool` of the connection and `max` of [cursors] raise how many are held";
      break;
  }
  return error;
}

}  // namespace dbops::ops
