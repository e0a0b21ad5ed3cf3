// The commands of the command line. Each prints its result and answers the exit code (report.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/session.h"
#include "front/cli/environment.h"
#include "front/cli/statement.h"

namespace dbops::cli {

struct StatementOptions {
  std::string connection;
  StatementSource source;
  std::vector<std::string> parameters;
  std::string json_parameters;
  OutputOptions output;
  bool dry_run = false;  // Of execute: roll back.
  bool yes = false;      // Of execute: what is dangerous is confirmed already.
  bool analyze = false;  // Of explain: run it and measure.
  bool json = false;     // Of explain: the plan as JSON.
};
int query(const Environment& environment, const StatementOptions& options);
int execute(const Environment& environment, const StatementOptions& options);
int explain(const Environment& environment, const StatementOptions& options);

struct ConnectionsOptions {
  bool check = false;
  OutputOptions output;
};
int connections(const Environment& environment, const ConnectionsOptions& options);

struct ExploreOptions {
  std::string connection;
  std::string path;
  std::string pattern;
  std::string detail;
  std::optional<uint64_t> limit;
  std::string cursor;
  bool json = false;
};
int explore(const Environment& environment, const ExploreOptions& options);

struct DiagnoseOptions {
  std::string connection;
  std::string area;
  bool json = false;
};
int diagnose(const Environment& environment, const DiagnoseOptions& options);

struct OperateOptions {
  std::string connection;
  std::string operation;
  std::vector<std::string> arguments;  // NAME=VALUE
  std::string json_arguments;
  OutputOptions output;
  bool yes = false;
};
int operations(const Environment& environment, const std::string& connection,
               const OutputOptions& output);
int operate(const Environment& environment, const OperateOptions& options);

struct LoadOptions {
  std::string connection;
  std::string path;
  std::string file;       // Empty or "-": stdin.
  std::string format;     // Empty: by the file's name.
  std::string source;     // A connection to read from, in place of a file ...
  std::string statement;  // ... with this.
  std::vector<std::string> columns;
  std::vector<std::string> key;
  std::string delimiter;  // Of CSV; empty: a comma.
  uint64_t skip = 0;
  uint64_t errors_max = 0;
  bool header = true;
  bool create = false;
  bool infer = false;
  bool replace = false;
  bool dry_run = false;
  bool yes = false;
  bool json = false;
};
int load(const Environment& environment, const LoadOptions& options);

struct SearchOptions {
  std::string connection;
  std::string in;  // As ops::SearchOptions.
  std::string text;
  std::vector<float> vector;
  std::vector<std::string> fields;
  std::string filter;  // One JSON object; empty: none.
  OutputOptions output;
};
int search(const Environment& environment, const SearchOptions& options);

// What only app/ knows of the installation.
struct Installation {
  std::string config_file;            // Empty: there is none.
  std::vector<std::string> warnings;  // Of the configuration.
  std::string audit_file;             // Empty: nothing is recorded.
  std::optional<Error> audit_error;
  std::vector<Finding> serving;  // Of what serving needs beside these.
};
struct DoctorOptions {
  std::string connection;  // Empty: all of them.
  bool json = false;
};
// kNoConnection or kFailed when something is critical.
int doctor(const Environment& environment, const Installation& installation,
           const DoctorOptions& options);

}  // namespace dbops::cli
