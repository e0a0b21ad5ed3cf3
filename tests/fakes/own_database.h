// For tests: a database of its own in the PostgreSQL of DBOPS_TEST_PG.
#pragma once

#include <string>
#include <vector>

#include "core/connector.h"

namespace dbops::fakes {

// Made by the constructor, dropped by the destructor.
class OwnDatabase {
 public:
  OwnDatabase();
  ~OwnDatabase();
  OwnDatabase(const OwnDatabase&) = delete;
  OwnDatabase& operator=(const OwnDatabase&) = delete;

  ConnectionOptions options() const;
  // Rows as text, cells joined by commas.
  std::vector<std::string> run(const std::string& statement) const;

 private:
  const std::string name_;
};

// PostgreSQL alone.
std::span<const Connector* const> postgres_only();

}  // namespace dbops::fakes
