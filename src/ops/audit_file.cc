// The audit log in an SQLite file: what is written to it when.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/context.h"
#include "base/log.h"
#include "ops/audit_calls.h"
#include "ops/audit_journal.h"
#include "ops/audit_store.h"

namespace dbops::ops {
namespace {

using Clock = std::chrono::steady_clock;

// A line that comes so soon after another one is deferred: who calls now and then, and who runs one
// command, has each line in the table at once.
constexpr std::chrono::milliseconds kSoon{10};
constexpr std::chrono::milliseconds kDeferral{10};      // until deferred lines are folded
constexpr std::chrono::milliseconds kQuiet{100};        // until a journal that got none is removed
constexpr std::chrono::milliseconds kRetryPause{1000};  // where they could not be
constexpr size_t kDeferredMax = 4096;                   // lines

// A transaction of SQLite takes locks and writes a page, whatever its size: so lines that come
// quickly go to a journal, and a thread folds them into the table, many in a transaction.
class AuditFile final : public AuditStore {
 public:
  AuditFile(std::string path, std::unique_ptr<AuditCalls> calls)
      : path_(std::move(path)), calls_(std::move(calls)) {}
  ~AuditFile() override;

  // The lines of processes that died are folded first.
  void begin();
  Result<void> write(std::span<AuditLine* const> lines) override;

 private:
  bool can_wait(std::span<AuditLine* const> lines) const;
  // Code::exhausted where too many wait already. Errors of AuditJournal.
  Result<void> defer(std::span<AuditLine* const> lines);
  // Writes what waits, and `lines`. Where earlier lines could not be folded these are first, and
  // what was deferred since then stays.
  Result<void> write_through(std::span<AuditLine* const> lines);
  void take_deferred();
  void end_journal();
  void fold_in_turn();

  const std::string path_;

  std::mutex mutex_;
  std::condition_variable moved_;
  std::unique_ptr<AuditJournal> journal_;  // What lines are deferred to.
  size_t deferred_ = 0;                    // Lines that are not yet in the table.
  bool ending_ = false;
  std::thread folder_;

  std::mutex calls_mutex_;  // Taken before the other.
  const std::unique_ptr<AuditCalls> calls_;
  std::vector<AuditFold> folds_;                     // To be folded next ...
  std::vector<std::unique_ptr<AuditJournal>> over_;  // ... after which nothing is left of these.

  Clock::time_point written_;  // The last success of the one who writes.
};

AuditFile::~AuditFile() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  moved_.notify_all();
  if (folder_.joinable()) folder_.join();
  calls_->wait_for_others();
  Result<void> written;
  while (written && deferred_ > 0) written = write_through({});
  if (written) end_journal();
  // What can't be written now stays in its journal, for the next process.
  if (!written) log::error(written.error().message);
}

void AuditFile::begin() {
  over_ = AuditJournal::take_over(path_);
  for (const auto& journal : over_) {
    folds_.push_back({journal->name(), journal->take()});
    deferred_ += folds_.back().lines.size();
  }
  if (over_.empty()) return;
  if (const auto written = write_through({}); !written) log::warning(written.error().message);
}

Result<void> AuditFile::write(std::span<AuditLine* const> lines) {
  Result<void> written;
  if (!can_wait(lines) || !defer(lines)) written = write_through(lines);
  written_ = written ? Clock::now() : Clock::time_point();
  return written;
}

// A line that has only begun stands in the table before its work: it has a number there.
bool AuditFile::can_wait(std::span<AuditLine* const> lines) const {
  return Clock::now() - written_ < kSoon && std::ranges::all_of(lines, [](const AuditLine* line) {
           return line->elapsed_ms && !line->id;
         });
}

Result<void> AuditFile::defer(std::span<AuditLine* const> lines) {
  const std::lock_guard lock(mutex_);
  if (deferred_ + lines.size() > kDeferredMax)
    return fail(Code::exhausted, "too many lines wait for the audit log");
  if (journal_ == nullptr) {
    DBOPS_ASSIGN(journal_, AuditJournal::create(path_));
  }
  DBOPS_TRY(journal_->append(lines));
  if (!folder_.joinable()) folder_ = std::thread([this] { fold_in_turn(); });
  if (deferred_ == 0) moved_.notify_one();
  deferred_ += lines.size();
  return {};
}

Result<void> AuditFile::write_through(std::span<AuditLine* const> lines) {
  const std::lock_guard calls_lock(calls_mutex_);
  if (folds_.empty()) take_deferred();
  DBOPS_TRY(calls_->write(folds_, lines));
  size_t folded = 0;
  for (const AuditFold& fold : folds_) folded += fold.lines.size();
  folds_.clear();
  for (const auto& journal : over_) journal->remove();
  over_.clear();
  const std::lock_guard lock(mutex_);
  deferred_ -= folded;
  return {};
}

void AuditFile::take_deferred() {
  const std::lock_guard lock(mutex_);
  if (journal_ == nullptr) return;
  auto lines = journal_->take();
  if (!lines.empty()) folds_.push_back({journal_->name(), std::move(lines)});
  if (journal_->is_over()) over_.push_back(std::move(journal_));
}

// REQUIRES: the mutex, or no other thread.
void AuditFile::end_journal() {
  if (deferred_ > 0 || journal_ == nullptr) return;
  journal_->remove();
  journal_.reset();
}

void AuditFile::fold_in_turn() {
  auto pause = kDeferral;
  const auto is_due = [this] { return ending_ || deferred_ > 0; };
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (!moved_.wait_for(lock, kQuiet, is_due)) end_journal();
    moved_.wait(lock, is_due);
    if (moved_.wait_for(lock, pause, [this] { return ending_; })) return;
    lock.unlock();
    const auto written = write_through({});
    lock.lock();
    const bool soon = written || written.error().code == Code::busy;
    if (!soon && pause == kDeferral)
      log::error(written.error().message + "; its lines wait in a journal beside it");
    pause = soon ? kDeferral : kRetryPause;
  }
}

}  // namespace

Result<std::unique_ptr<AuditStore>> open_audit_file(const std::string& path) {
  DBOPS_ASSIGN(auto calls, AuditCalls::open(path));
  auto file = std::make_unique<AuditFile>(path, std::move(calls));
  file->begin();
  return file;
}

}  // namespace dbops::ops
