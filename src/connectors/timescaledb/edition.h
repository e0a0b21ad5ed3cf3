// What the extension is in this database, and what its licence lets it do.
#pragma once

#include <string>
#include <string_view>

#include "connectors/postgres/core.h"

namespace dbops::timescaledb {

struct Edition {
  std::string version;    // "2.19.3"; empty: the extension is not installed here.
  std::string schema;     // Where its functions stand, as it must be written in a statement.
  std::string internals;  // Where it keeps functions of its own: named so since 2.12.
  std::string toolkit;    // Where the toolkit's functions stand, likewise; empty: not installed.
  std::string license;    // "apache", or "timescale" for all features.

  bool installed() const { return !version.empty(); }
  bool licensed() const { return license == "timescale"; }
  // "2.19.3, Apache edition"
  std::string text() const;
};

Result<Edition> read_edition(const Context& context, postgres::Core& core);

// Code::unsupported where the extension is missing, with the way to get it.
Result<void> need_extension(const Edition& edition);
// The same, and where the licence does not cover `what`: "compression", "gap filling".
Result<void> need_license(const Edition& edition, std::string_view what);

}  // namespace dbops::timescaledb
