#include "ops/audit_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace dbops::ops {
namespace {

namespace json = boost::json;

constexpr std::string_view kSuffix = "-lines-";
constexpr int kAttempts = 8;                    // at a name that nobody else took for a dead one's
constexpr size_t kJournalBytesMax = 64u << 20;  // of one that is taken over
constexpr size_t kFields = 10;                  // of a line

tl::unexpected<Error> failure(const std::string& path, const char* what) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return fail(full ? Code::exhausted : Code::io,
              "the audit log's journal " + escape_control(path) + " can't be " + what + ": " +
                  std::generic_category().message(number),
              "check the disk and the folder's permissions, or name another file in the "
              "configuration");
}

// Most are short, and need no copy.
void write_text(JsonWriter& writer, std::string_view text) {
  if (text.size() <= kAuditFieldBytesMax)
    writer.string(text);
  else
    writer.string(shorten(text, kAuditFieldBytesMax));
}

// [microseconds since 1970, principal, tool, connection, hash, verdict, rows, ms, error, trace]
void write_line(const AuditLine& line, std::string& out) {
  const AuditEntry& entry = line.entry;
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(line.at.time_since_epoch());
  JsonWriter writer(out);
  writer.begin_array().integer(at.count());
  for (const std::string* const text :
       {&entry.principal, &entry.tool, &entry.connection, &entry.statement_hash, &entry.verdict})
    write_text(writer, *text);
  writer.unsigned_integer(entry.rows).integer(entry.elapsed_ms);
  for (const std::string* const text : {&entry.error_code, &entry.trace_id})
    write_text(writer, *text);
  writer.end_array();
  out += '\n';
}

std::optional<AuditJournal::Kept> read_line(std::string_view text) {
  const auto value = parse_json(text);
  if (!value || !value->is_array() || value->get_array().size() != kFields) return std::nullopt;
  const json::array& fields = value->get_array();
  for (const size_t number : {0, 6, 7})
    if (!json_integer(fields[number])) return std::nullopt;
  for (const size_t word : {1, 2, 3, 4, 5, 8, 9})
    if (!fields[word].is_string()) return std::nullopt;
  const auto text_at = [&fields](size_t i) { return std::string(fields[i].get_string()); };
  return AuditJournal::Kept{.entry = {.principal = text_at(1),
                                      .tool = text_at(2),
                                      .connection = text_at(3),
                                      .statement_hash = text_at(4),
                                      .verdict = text_at(5),
                                      .rows = static_cast<uint64_t>(*json_integer(fields[6])),
                                      .elapsed_ms = *json_integer(fields[7]),
                                      .error_code = text_at(8),
                                      .trace_id = text_at(9)},
                            .at = std::chrono::system_clock::time_point(
                                std::chrono::microseconds(*json_integer(fields[0])))};
}

}  // namespace

// Null where another process has it, or removed it meanwhile.
std::unique_ptr<AuditJournal> AuditJournal::lock(const std::string& path, int flags) {
  const int file = open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (file < 0) return nullptr;
  auto journal = std::unique_ptr<AuditJournal>(new AuditJournal(path, file));
  struct stat status;
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    if ((flags & O_EXCL) != 0) unlink(path.c_str());
    errno = number;
    return nullptr;
  }
  if (fstat(file, &status) != 0) return nullptr;
  if (status.st_nlink == 0) errno = EEXIST;
  return status.st_nlink > 0 ? std::move(journal) : nullptr;
}

Result<std::unique_ptr<AuditJournal>> AuditJournal::create(const std::string& log) {
  std::string path;
  for (int i = 0; i < kAttempts; ++i) {
    path = log + std::string(kSuffix) + random_name();
    if (auto journal = lock(path, O_CREAT | O_EXCL)) return journal;
    if (errno != EWOULDBLOCK && errno != EEXIST) break;
  }
  return failure(path, "made");
}

std::vector<std::unique_ptr<AuditJournal>> AuditJournal::take_over(const std::string& log) {
  std::vector<std::unique_ptr<AuditJournal>> journals;
  const std::filesystem::path path(log);
  const std::string prefix = path.filename().string() + std::string(kSuffix);
  std::error_code error;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->path().filename().string().starts_with(prefix)) continue;
    auto journal = lock(at->path().string(), 0);
    if (journal == nullptr) continue;
    if (const auto read = journal->read()) {
      journals.push_back(std::move(journal));
    } else {
      log::warning("a journal of the audit log is left as it is: " + read.error().message);
    }
  }
  return journals;
}

bool AuditJournal::exists(const std::string& log, const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(log).parent_path() / name;
  return access(path.c_str(), F_OK) == 0 || errno != ENOENT;  // In doubt it is there.
}

AuditJournal::~AuditJournal() { close(file_); }

Result<void> AuditJournal::append(std::span<AuditLine* const> lines) {
  if (halved_)
    return fail(Code::io, "the audit log's journal " + escape_control(path_) + " holds half a line",
                "it is folded as far as it is whole");
  buffer_.clear();
  for (const AuditLine* const line : lines) write_line(*line, buffer_);
  const ssize_t written = write(file_, buffer_.data(), buffer_.size());
  if (written != static_cast<ssize_t>(buffer_.size())) {
    if (written >= 0) errno = ENOSPC;
    auto failed = failure(path_, "written");
    // What is left of a line would be taken for damage.
    halved_ = written > 0 && ftruncate(file_, static_cast<off_t>(bytes_)) != 0;
    if (halved_) log::error("the audit log's journal holds half a line: " + failed.value().message);
    return failed;
  }
  bytes_ += buffer_.size();
  for (const AuditLine* const line : lines) lines_.push_back({line->entry, line->at, bytes_});
  return {};
}

std::vector<AuditJournal::Kept> AuditJournal::take() {
  std::vector<Kept> taken;
  taken.reserve(lines_.size());  // As many will come again.
  taken.swap(lines_);
  return taken;
}

// The last line may be cut: nobody was told that it stands.
Result<void> AuditJournal::read() {
  DBOPS_ASSIGN(const std::string text, real_files().read(path_, kJournalBytesMax));
  std::string_view rest = text;
  for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    auto kept = read_line(rest.substr(0, end));
    if (!kept) return fail(Code::corrupt, escape_control(path_) + " holds a line that is none");
    bytes_ += end + 1;
    kept->end = bytes_;
    lines_.push_back(std::move(*kept));
  }
  return {};
}

std::string AuditJournal::name() const { return std::filesystem::path(path_).filename().string(); }

void AuditJournal::remove() {
  if (unlink(path_.c_str()) != 0 && errno != ENOENT)
    log::warning(failure(path_, "removed").value().message);
}

}  // namespace dbops::ops
