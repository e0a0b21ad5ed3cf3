#include "connectors/sqlite/numbers.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "connectors/sqlite/testing.h"

namespace dbops::sqlite {
namespace {

using testing::show;

std::string fit(const Value& cell, Affinity affinity) {
  const auto fitted = fit_number(cell, affinity);
  if (!fitted) return "rounded";
  return fitted->kind() == Kind::decimal ? std::string(fitted->as_text()) : show(*fitted);
}
std::string decimal(std::string_view text, Affinity affinity = Affinity::none) {
  return fit(Value::view(Kind::decimal, text), affinity);
}
std::string text(std::string_view text, Affinity affinity) {
  return fit(Value::text(text), affinity);
}

// Each by asking SQLite what it makes of a text in such a column.
TEST(Numbers, AffinitiesAreSqlites) {
  const auto asked = [](const std::string& declared) {
    const testing::Folder folder;
    testing::sqlite(folder.path("a.db"),
                    "create table t(x " + declared + "); insert into t values ('1'), (1)");
    const std::string kinds =
        testing::sqlite_text(folder.path("a.db"), "select group_concat(typeof(x)) from t");
    return kinds == "text,integer" ? Affinity::none
           : kinds == "text,text"  ? Affinity::text
           : kinds == "real,real"  ? Affinity::real
                                   : Affinity::numeric;
  };
  for (const char* declared : {"", "BLOB", "INT", "INTEGER", "bigint", "CHARINT", "VARCHAR(9)",
                               "clob", "Text", "REAL", "FLOAT", "double precision", "NUMERIC",
                               "DECIMAL(10,2)", "BOOLEAN", "DATE", "ANY", "FLOATING POINT"})
    EXPECT_EQ(affinity_of(declared, false), asked(declared)) << declared;
  EXPECT_EQ(affinity_of("ANY", true), Affinity::none);
}

TEST(Numbers, WithoutAffinityADecimalReadsBackTheSame) {
  EXPECT_EQ(decimal("10"), "10");
  EXPECT_EQ(decimal("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(decimal("9223372036854775809"), "9223372036854775809") << "as text";
  EXPECT_EQ(decimal("9223372036854775808"), "9.2233720368547758e+18") << "a power of two";
  EXPECT_EQ(decimal("2.50"), "2.5");
  EXPECT_EQ(decimal("-0.0"), "-0.0");
  EXPECT_EQ(decimal("1.00000000000000000000"), "1.0");
  EXPECT_EQ(decimal("0.30000000000000004"), "0.30000000000000004");
  const std::string long_one = "0.10000000000000001";  // A double reads back as 0.1.
  EXPECT_EQ(fit_number(Value::view(Kind::decimal, long_one), Affinity::none)->kind(),
            Kind::decimal);
  EXPECT_EQ(decimal("123456789.123456789123456789"), "123456789.123456789123456789");
  EXPECT_EQ(decimal(std::string(400, '9')), std::string(400, '9'));
  EXPECT_EQ(decimal("NaN"), "NaN");
  EXPECT_EQ(text("1.5", Affinity::none), "'1.5'") << "what is text stays text";
}

TEST(Numbers, AColumnRoundsNone) {
  for (const Affinity affinity : {Affinity::numeric, Affinity::real}) {
    EXPECT_EQ(decimal("123456789.123456789123456789", affinity), "rounded");
    EXPECT_EQ(text(" 12345678901234567890 ", affinity), "rounded");
    EXPECT_EQ(text("1e999", affinity), "rounded");
    EXPECT_EQ(text("1e-999", affinity), "rounded");
    EXPECT_EQ(text("1e99999999999999999999", affinity), "rounded");
    EXPECT_EQ(text("0." + std::string(800, '3'), affinity), "rounded");
    // Spellings of one double, as printf("%.17g") and numpy.savetxt() have them.
    EXPECT_EQ(text("0.10000000000000001", affinity), "0.10000000000000001");
    EXPECT_EQ(text("1.000000000000000056e-01", affinity), "0.10000000000000001");
    EXPECT_EQ(text("1.7976931348623157e308", affinity), "1.7976931348623157e+308");
    EXPECT_EQ(text("4.9406564584124654e-324", affinity), "4.9406564584124654e-324");
    EXPECT_EQ(text(" +.5 ", affinity), "0.5");
    EXPECT_EQ(text("5.", affinity), "5.0");
    EXPECT_EQ(text("0e5", affinity), "0.0");
    for (const char* none : {"", " ", "-", ".", "1e", "1 2", "0x10", "inf", "nan", "2026-01-31"})
      EXPECT_EQ(text(none, affinity), "'" + std::string(none) + "'");
    EXPECT_EQ(fit(Value::view(Kind::bytes, "12345678901234567890"), affinity),
              "x'3132333435363738393031323334353637383930'");
  }
  EXPECT_EQ(text("9007199254740993", Affinity::numeric), "9007199254740993");
  EXPECT_EQ(text("9007199254740993", Affinity::real), "rounded");
  EXPECT_EQ(text("12345678901234567890123", Affinity::text), "'12345678901234567890123'");
}

TEST(Numbers, IntegersGoIntoRealColumnsWhereADoubleIsTheSame) {
  const auto real = [](int64_t number) { return fit(Value::integer(number), Affinity::real); };
  EXPECT_EQ(real(9007199254740992), "9007199254740992");
  EXPECT_EQ(real(9007199254740993), "rounded");
  EXPECT_EQ(real(std::numeric_limits<int64_t>::max()), "rounded");
  EXPECT_EQ(real(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(fit(Value::integer(9007199254740993), Affinity::numeric), "9007199254740993");
}

}  // namespace
}  // namespace dbops::sqlite
