// What `dbops install` wrote, so that --undo takes back that and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace dbops::app {

struct Written {
  std::string file;    // Of the client.
  std::string name;    // Of the entry.
  std::string digest;  // Of the entry as it was written; itself it may hold a secret.
  // By dbops, with this entry or with another one that is in it too.
  bool made_section = false;
  bool made_file = false;
};

std::string digest_of(std::string_view entry);

// A small JSON file in dbops' state folder. Not thread-safe.
class Record {
 public:
  // A file that is missing is an empty record. Code::corrupt, Code::io, Code::denied.
  static Result<Record> load(Files& files, std::string path);

  const std::vector<Written>& all() const { return all_; }
  const Written* find(std::string_view file, std::string_view name) const;
  void put(Written written);
  void remove(std::string_view file, std::string_view name);
  Result<void> save(Files& files) const;

 private:
  explicit Record(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::vector<Written> all_;
};

}  // namespace dbops::app
