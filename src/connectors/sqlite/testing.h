// What this folder's tests share: a folder that goes away, files made by plain SQLite, sessions.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "connectors/sqlite/connector.h"

namespace dbops::sqlite::testing {

// A folder of its own under the system's, removed with all it holds.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Runs `sql` on the file with SQLite itself, as another program would; fails the test on an error.
void sqlite(const std::string& path, const std::string& sql);
// The first column of the first row, as text; "NULL" for NULL, "" without a row.
std::string sqlite_text(const std::string& path, const std::string& sql);

ConnectionOptions options(const std::string& url, Tier tier = Tier::read);
// Connects, or fails the test.
std::unique_ptr<Session> connect(const ConnectionOptions& options);
std::unique_ptr<Session> connect_file(const std::string& path, Tier tier = Tier::read);

// A cell for comparison: NULL, 42, 1.5, 'text', x'00ff'.
std::string show(const Value& value);

struct Ran {
  Schema schema;
  std::vector<std::vector<std::string>> rows;  // Of all statements, one behind the other.
  std::vector<Summary> summaries;
};
// Parses and runs a script to its end.
Result<Ran> run(Session& session, std::string_view sql, Mode mode = Mode::read,
                const Parameters& parameters = {}, const Context& context = {});
// The rows of a script that must succeed.
std::vector<std::vector<std::string>> rows(Session& session, std::string_view sql,
                                           Mode mode = Mode::read,
                                           const Parameters& parameters = {});
// The error of a script that must fail.
Error error(Session& session, std::string_view sql, Mode mode = Mode::read,
            const Parameters& parameters = {}, const Context& context = {});

using Table = std::vector<std::vector<std::string>>;

}  // namespace dbops::sqlite::testing
