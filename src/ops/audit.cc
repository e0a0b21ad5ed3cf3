#include "ops/audit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/loop.h"
#include "base/signal.h"
#include "ops/audit_store.h"

namespace dbops::ops {
namespace {

constexpr std::chrono::milliseconds kBusyMax{2000};    // that another process may hold the store
constexpr std::chrono::milliseconds kBusyPauseMin{1};  // between two looks whether it still does
constexpr std::chrono::milliseconds kBusyPauseMax{50};
constexpr size_t kBatchMax = 64;  // lines that are written at once

}  // namespace

// A line that somebody wants to have in the store.
struct Line : AuditLine {
  Result<void> written = {};
  bool over = false;
  bool leads = false;                         // It is this one's turn to write what waits.
  std::optional<Signal> turn = std::nullopt;  // Of a task; threads have a condition variable.
};

// Lines are written by whoever comes first, for all that wait by then: in one transaction, which
// costs little more than one line.
struct Audit::State {
  std::unique_ptr<AuditStore> store;
  std::mutex mutex;  // Over the queue, and `writing`.
  std::condition_variable moved;
  std::deque<Line*> queue;
  bool writing = false;  // Somebody uses the store.
  std::atomic<uint64_t> failures{0};

  // Returns when the line stands, or can't be written.
  Result<int64_t> write(Line& line);
  bool leads(Line& line);
  std::vector<Line*> take_batch();
  void hand_on(const std::vector<Line*>& batch);
  // REQUIRES: it is the caller who is writing.
  Result<void> write_all(const std::vector<Line*>& batch);
};

Result<int64_t> Audit::State::write(Line& line) {
  if (leads(line)) {
    // Calls that end until the next turn of their loop are written together.
    if (Loop* const loop = Loop::of_task(); loop != nullptr && loop->tasks() > 1) loop->yield();
    const std::vector<Line*> batch = take_batch();
    const Result<void> written = write_all(batch);
    for (Line* const each : batch) each->written = written;
    hand_on(batch);
  }
  DBOPS_TRY(line.written);
  return line.made;
}

// Whether it is for the caller to write; else its line is over.
bool Audit::State::leads(Line& line) {
  std::unique_lock lock(mutex);
  queue.push_back(&line);
  if (!std::exchange(writing, true)) return true;
  if (Loop::of_task() == nullptr) {
    moved.wait(lock, [&line] { return line.over || line.leads; });
  } else {
    line.turn.emplace();
    lock.unlock();
    static_cast<void>(Context().wait(*line.turn));
    lock.lock();  // Whoever set the signal is done with it.
  }
  return line.leads;
}

std::vector<Line*> Audit::State::take_batch() {
  const std::lock_guard lock(mutex);
  const auto end = queue.begin() + static_cast<ptrdiff_t>(std::min(queue.size(), kBatchMax));
  std::vector<Line*> batch(queue.begin(), end);
  queue.erase(queue.begin(), end);
  return batch;
}

void Audit::State::hand_on(const std::vector<Line*>& batch) {
  const std::lock_guard lock(mutex);
  for (Line* const line : batch) {
    line->over = true;
    if (line->turn && !line->leads) line->turn->set();
  }
  writing = !queue.empty();
  if (writing) {
    queue.front()->leads = true;
    if (queue.front()->turn) queue.front()->turn->set();
  }
  moved.notify_all();
}

// Another process may hold the file for a moment.
Result<void> Audit::State::write_all(const std::vector<Line*>& batch) {
  const Deadline patience = Deadline::after(kBusyMax);
  auto pause = kBusyPauseMin;
  const std::vector<AuditLine*> lines(batch.begin(), batch.end());
  Result<void> written = store->write(lines);
  while (!written && written.error().code == Code::busy && !patience.passed()) {
    Context nap;
    nap.deadline = Deadline::after(pause);
    static_cast<void>(nap.wait(-1, 0));
    pause = std::min(pause * 2, kBusyPauseMax);
    written = store->write(lines);
  }
  if (!written && failures.fetch_add(batch.size()) == 0)
    log::error(written.error().message + "; further failures are only counted");
  return written;
}

Audit::Audit(std::unique_ptr<AuditStore> store) : state_(std::make_unique<State>()) {
  state_->store = std::move(store);
}
Audit::~Audit() = default;

Result<std::unique_ptr<Audit>> Audit::open(const std::string& path) {
  DBOPS_ASSIGN(std::unique_ptr<AuditStore> file, open_audit_file(path));
  return std::make_unique<Audit>(std::move(file));
}

Result<void> Audit::record(const AuditEntry& entry) {
  Line line{{.entry = entry, .elapsed_ms = entry.elapsed_ms}};
  DBOPS_TRY(state_->write(line));
  return {};
}

Result<int64_t> Audit::start(const AuditEntry& entry) {
  Line line{{.entry = entry}};
  return state_->write(line);
}

Result<void> Audit::complete(int64_t line_id, const AuditEntry& entry) {
  Line line{{.entry = entry, .elapsed_ms = entry.elapsed_ms, .id = line_id}};
  DBOPS_TRY(state_->write(line));
  return {};
}

uint64_t Audit::failures() const { return state_->failures.load(); }

}  // namespace dbops::ops
