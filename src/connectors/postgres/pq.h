// What all of this connector shares about libpq's results.
#pragma once

#include <libpq-fe.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbops::postgres {

struct PgResultFree {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultFree>;

struct PgConnFree {
  void operator()(PGconn* link) const noexcept { PQfinish(link); }
};
using PgConn = std::unique_ptr<PGconn, PgConnFree>;

// The rows of one of dbops' own questions to the server (catalogue, statistics): small, held whole,
// in text format. The texts live as long as this. REQUIRES for each getter: row and column exist.
class Rows {
 public:
  explicit Rows(PgResult result) : result_(std::move(result)) {}

  int size() const { return PQntuples(result_.get()); }
  int columns() const { return PQnfields(result_.get()); }
  const char* name(int column) const { return PQfname(result_.get(), column); }
  Oid type(int column) const { return PQftype(result_.get(), column); }
  int modifier(int column) const { return PQfmod(result_.get(), column); }
  bool null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  // Empty for NULL.
  std::string_view text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::string string(int row, int column) const { return std::string(text(row, column)); }
  bool boolean(int row, int column) const { return text(row, column) == "t"; }
  // nullopt for NULL and for what is not an int64.
  std::optional<int64_t> integer(int row, int column) const {
    const std::string_view digits = text(row, column);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }
  // 0 for NULL and for what is not a number.
  double real(int row, int column) const {
    const std::string_view digits = text(row, column);
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

 private:
  PgResult result_;
};

}  // namespace dbops::postgres
