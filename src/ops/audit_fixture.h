// What the tests of the audit log in a file share.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "ops/audit.h"

namespace dbops::ops {

using Row = std::vector<std::string>;

// The journals beside the file.
inline std::vector<std::filesystem::path> journals(const std::string& path) {
  std::vector<std::filesystem::path> found;
  std::error_code missing;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(path).parent_path(), missing))
    if (file.path().string().starts_with(path + "-lines-")) found.push_back(file.path());
  return found;
}

// What another process reads from the file once all lines are folded.
inline std::vector<Row> read(const std::string& path, const std::string& sql) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!journals(path).empty() && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  std::vector<Row> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    Row& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text = sqlite3_column_text(statement, i);
      row.emplace_back(text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
    }
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return rows;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder of its own, gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("dbops-audit-" + random_name())) {}
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name = "audit.db") const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline AuditEntry entry(const std::string& tool = "query") {
  AuditEntry line;
  line.principal = "ada";
  line.tool = tool;
  line.connection = "db";
  line.verdict = "allowed";
  line.rows = 3;
  line.elapsed_ms = 12;
  return line;
}

}  // namespace dbops::ops
