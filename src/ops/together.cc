#include "ops/together.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/signal.h"

namespace dbops::ops {
namespace {

constexpr size_t kMembersMax = 8;   // reads of one round trip
constexpr unsigned kLoneReads = 8;  // one after the other: then the next one waits for nobody

// All of it belongs to one thread, whose tasks never run at once.
struct Member {
  std::shared_ptr<const ParsedScript> script;
  Parameters parameters;
  std::unique_ptr<Results> answer = nullptr;
  Signal* over = nullptr;  // Of the task that waits; nullptr: none does.
};

struct Group {
  std::shared_ptr<Connection> connection;
  std::vector<Member> members;  // The first one leads. There is room for all: they stay in place.
};

// Those of this thread that can be joined.
thread_local std::vector<std::shared_ptr<Group>> gathering;

std::shared_ptr<Group> find_group(const Connection& connection) {
  const auto found = std::find_if(gathering.begin(), gathering.end(), [&](const auto& group) {
    return group->connection.get() == &connection;
  });
  return found == gathering.end() ? nullptr : *found;
}

// No further ones.
void close(const std::shared_ptr<Group>& group) {
  const auto found = std::find(gathering.begin(), gathering.end(), group);
  if (found != gathering.end()) gathering.erase(found);
}

// Closes the group, and wakes who still waits, whatever becomes of its leader.
struct Leader {
  const std::shared_ptr<Group>& group;
  ~Leader() {
    close(group);
    for (const Member& member : group->members)
      if (member.over != nullptr) member.over->set();
  }
};

// Whether another task was at work beside one of this thread's last reads, or is now.
bool has_company(const Loop& loop) {
  thread_local unsigned alone = 0;
  alone = loop.tasks() > 1 ? 0 : std::min(alone + 1, kLoneReads);
  return alone < kLoneReads;
}

bool may_join(Call& call, const Reading& reading) {
  const Loop* const loop = Loop::of_task();
  return loop != nullptr && call.connection().connector().runs_together() &&
         reading.script->script.statements.size() == 1 && reading.script->habit->is_short() &&
         has_company(*loop);
}

void run(Call& call, Group& group, Session& session) {
  Queries* const queries = session.queries();
  if (queries == nullptr) return;
  Context context = call.context();
  context.cancel = {};  // Who leads stops for itself only.
  std::vector<Queries::Read> reads;
  for (const Member& member : group.members)
    reads.push_back({&member.script->script, &member.parameters});
  auto answers = queries->run_together(context, reads);
  for (size_t i = 0; i < reads.size(); ++i) {
    if (answers) group.members[i].answer = std::move((*answers)[i]);
    if (group.members[i].answer == nullptr) group.members[i].script->habit->forget();
  }
}

Result<void> lead(Call& call, Reading& reading) {
  const auto group = std::make_shared<Group>();
  group->connection = reading.connection;
  group->members.reserve(kMembersMax);
  Member& own = group->members.emplace_back();
  own.script = reading.script;
  gathering.push_back(group);
  {
    const Leader leader{group};
    Loop::of_task()->yield();
    DBOPS_ASSIGN(reading.lease, call.acquire());
    close(group);
    if (group->members.size() == 1) return {};
    own.parameters = std::move(reading.parameters);
    run(call, *group, *reading.lease);
  }
  reading.lease = {};
  reading.parameters = std::move(own.parameters);
  reading.results = std::move(own.answer);
  return {};
}

Result<void> join(Call& call, Reading& reading, const std::shared_ptr<Group>& group) {
  Signal over;
  if (!over.good()) return {};
  Member& own = group->members.emplace_back();
  own.script = reading.script;
  own.parameters = std::move(reading.parameters);
  own.over = &over;
  if (group->members.size() >= kMembersMax) close(group);
  auto waited = call.context().wait(over);
  own.over = nullptr;
  if (!over.is_set()) return waited;  // The others go on without it.
  reading.parameters = std::move(own.parameters);
  reading.results = std::move(own.answer);
  return {};
}

}  // namespace

Result<void> begin_read(Call& call, Reading& reading) {
  if (may_join(call, reading)) {
    const auto group = find_group(call.connection());
    DBOPS_TRY(group != nullptr ? join(call, reading, group) : lead(call, reading));
    if (reading.results != nullptr) return {};
  }
  if (!reading.lease) {
    DBOPS_ASSIGN(reading.lease, call.acquire());
  }
  Queries* const queries = reading.lease->queries();
  if (queries == nullptr) return fail(no_capability(call.connection(), "statements"));
  DBOPS_ASSIGN(reading.results, queries->run(call.context(), reading.script->script,
                                             reading.parameters, Mode::read));
  return {};
}

}  // namespace dbops::ops
