#include "app/install/install.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/install/line_diff.h"
#include "base/json.h"
#include "base/text.h"

namespace dbops::app {
namespace {

// A client's file as it was found.
struct Found {
  bool exists = false;
  std::string text;
};

Result<Found> read_client_file(Files& files, const Client& client, const std::string& path) {
  const std::string shown = escape_control(path);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT)
      return fail(errno == EACCES ? Code::denied : Code::io,
                  "can't look at " + shown + ": " + std::strerror(errno),
                  "check the path: its links, and the permissions of its folders");
    struct stat link {};
    if (lstat(path.c_str(), &link) == 0)
      return fail(Code::not_found, shown + " is a symbolic link to a file that is missing",
                  "make that file, or remove the link");
    const std::string folder = path.substr(0, path.rfind('/'));
    if (access(folder.c_str(), F_OK) == 0) return Found{};
    return fail(
        Code::not_found, "the folder " + escape_control(folder) + " is missing",
        "is " + std::string(client.title) + " installed? Start it once; it makes the folder");
  }
  if (!S_ISREG(status.st_mode)) return fail(Code::io, shown + " is not a file");
  // Replacing it would work all the same: somebody wanted it to stay as it is.
  if ((status.st_mode & S_IWUSR) == 0)
    return fail(Code::denied, shown + " is read-only",
                "chmod u+w it, or add what --print shows by hand");
  DBOPS_ASSIGN(std::string text, files.read(path, kJsonBytesMax));
  return Found{.exists = true, .text = std::move(text)};
}

Result<std::unique_ptr<Document>> parse(const Client& client, const std::string& file,
                                        std::string text) {
  auto document = Document::parse(client.syntax, std::move(text), std::string(client.section));
  if (document) return document;
  Error error = document.error();
  error.message = escape_control(file) + ", " + error.message;
  error.hint =
      "dbops changes only a file that it can read whole: mend it, or add the server by hand";
  return fail(std::move(error));
}

// What was worked out is read again: nothing else may have changed.
Result<std::unique_ptr<Document>> check(const Client& client, const Document& before,
                                        const std::string& name, const std::string& after) {
  auto document = Document::parse(client.syntax, after, std::string(client.section));
  if (document && (*document)->rest(name) == before.rest(name)) return document;
  return fail(Code::unsupported, "the file is written in a way that can't be added to safely",
              "change it by hand; --print shows what to write");
}

}  // namespace

Result<std::optional<Change>> plan_install(Files& files, const Record& record, const Client& client,
                                           const std::string& file, const std::string& name,
                                           const Entry& entry) {
  DBOPS_ASSIGN(Found found, read_client_file(files, client, file));
  DBOPS_ASSIGN(const auto document, parse(client, file, found.text));
  const auto old = document->entry(name);
  const Written* known = record.find(file, name);
  DBOPS_ASSIGN(std::string after, document->put(name, entry));
  DBOPS_ASSIGN(const auto changed, check(client, *document, name, after));
  const std::string written = changed->entry(name).value_or("");
  if (old == written) return std::nullopt;
  const bool ours = old && known != nullptr && known->digest == digest_of(*old);
  if (old && !ours)
    return fail(Code::already_exists,
                escape_control(file) + " has another server named " + name + " already",
                "choose another name: --name OTHER");
  Change change;
  change.file = file;
  change.is_new = !found.exists;
  change.diff = line_diff(found.text, after);
  change.written = {.file = file,
                    .name = name,
                    .digest = digest_of(written),
                    .made_section = !document->has_section(),
                    .made_file = !found.exists};
  // Whichever entry is taken out last takes with it what came with the first.
  for (const Written& each : record.all()) {
    if (each.file != file || !document->entry(each.name)) continue;
    change.written.made_section |= each.made_section;
    change.written.made_file |= each.made_file;
  }
  change.before = std::move(found.text);
  change.after = std::move(after);
  return change;
}

Result<Change> plan_undo(Files& files, const Record& record, const Client& client,
                         const std::string& file, const std::string& name) {
  const Written* known = record.find(file, name);
  if (known == nullptr)
    return fail(Code::not_found,
                "dbops install wrote no server named " + name + " to " + escape_control(file),
                "--name says which; what was written by hand must be taken out by hand");
  DBOPS_ASSIGN(Found found, read_client_file(files, client, file));
  DBOPS_ASSIGN(const auto document, parse(client, file, found.text));
  const auto old = document->entry(name);
  if (!old)
    return fail(Code::not_found, "the server " + name + " is gone from " + escape_control(file));
  if (digest_of(*old) != known->digest)
    return fail(Code::conflict,
                "the server " + name + " in " + escape_control(file) +
                    " was changed since dbops install wrote it",
                "take it out by hand");
  DBOPS_ASSIGN(std::string after, document->take(name, known->made_section));
  DBOPS_ASSIGN(const auto changed, check(client, *document, name, after));
  Change change;
  change.file = file;
  change.written = *known;
  change.remove = known->made_file && changed->blank();
  change.diff = line_diff(found.text, change.remove ? std::string() : after);
  change.before = std::move(found.text);
  change.after = std::move(after);
  return change;
}

Result<void> make_change(Files& files, const Change& change) {
  if (!change.is_new) {
    DBOPS_ASSIGN(const std::string now, files.read(change.file, kJsonBytesMax));
    if (now != change.before)
      return fail(Code::conflict, escape_control(change.file) + " was changed meanwhile",
                  "run the same command again");
  }
  if (change.remove) {
    if (unlink(change.file.c_str()) == 0) return {};
    return fail(Code::io,
                "can't remove " + escape_control(change.file) + ": " + std::strerror(errno));
  }
  // A URL in it may hold a password; a file that is there already keeps its mode.
  const mode_t mask = umask(077);
  auto file =
      files.create(change.file, change.is_new ? Files::Existing::refuse : Files::Existing::replace);
  umask(mask);
  if (!file) return fail(std::move(file).error());
  DBOPS_TRY((*file)->write(change.after));
  return (*file)->commit();
}

}  // namespace dbops::app
