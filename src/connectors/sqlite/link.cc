#include "connectors/sqlite/link.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/text.h"
#include "connectors/sqlite/open.h"

namespace dbops::sqlite {
namespace {

constexpr uint64_t kWalBytesLarge = 64 << 20;  // SQLite checkpoints at about 4 MiB

// File systems whose locks can't be trusted between machines (statfs(2)).
constexpr long kNfs = 0x6969, kSmb = 0x517b, kSmb2 = static_cast<long>(0xfe534d42),
               kCifs = static_cast<long>(0xff534d42);

std::optional<uint64_t> file_size(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  return static_cast<uint64_t>(file.st_size);
}

bool may_write(const std::string& path) {
  return accessible(path, W_OK) && folder_accessible(path, W_OK);
}

void look_at_file(const std::string& path, std::vector<Finding>& findings) {
  struct stat file {};
  if (stat(path.c_str(), &file) == 0 && (file.st_mode & S_IWOTH) != 0)
    findings.push_back({Severity::warning, "link", path,
                        "every user of this machine may write to the file", "chmod o-w"});
  struct statfs system {};
  if (statfs(path.c_str(), &system) == 0)
    for (const long type : {kNfs, kSmb, kSmb2, kCifs})
      if (system.f_type == type)
        findings.push_back({Severity::warning, "link", path,
                            "the file stands on a network file system, whose locks may fail: "
                            "writers on two machines can damage it",
                            "keep it on a local disk, and let all writers run on that machine"});
  if (const auto size = file_size(path + "-wal"); size && *size >= kWalBytesLarge)
    findings.push_back({Severity::warning, "link", path + "-wal",
                        "the write-ahead log has " + format_bytes(*size) +
                            ": a long read keeps it from being written back",
                        "end long reads, then run the operation checkpoint"});
  if (const auto size = file_size(path + "-journal"); size && *size > 0)
    findings.push_back({Severity::info, "link", path + "-journal",
                        "there is a rollback journal: a writer is at work, or one died", ""});
}

}  // namespace

Result<ServerInfo> describe_link(Database& database) {
  ServerInfo info;
  info.product = "SQLite";
  info.version = sqlite3_libversion();
  info.database = database.location().path;
  info.transport = database.location().memory ? "memory" : "file";
  info.granted = Tier::admin;
  if (database.location().memory) return info;
  // The file's permissions are all the rights that SQLite knows.
  const bool writes =
      database.tier() == Tier::read ? may_write(info.database) : database.writable();
  info.granted = writes ? Tier::admin : Tier::read;
  if (!writes && database.tier() != Tier::read)
    info.findings.push_back(
        {Severity::warning, "link", info.database,
         "the connection has the tier " + std::string(name(database.tier())) +
             ", but this user can't write to the file or its folder",
         "give this user write access to both, or give the connection the tier read"});
  look_at_file(info.database, info.findings);
  return info;
}

Result<void> check_in_place(Database& database) {
  if (!database.moved()) return {};
  database.set_broken();
  Error error{.code = Code::disconnected,
              .message = "the database file was moved, replaced or deleted since it was opened",
              .hint = "try again: the file that stands there now is opened",
              .retryable = true,
              .session_broken = true};
  return fail(std::move(error));
}

}  // namespace dbops::sqlite
