// Files that are not what they should be: never a crash or a hang, and an error that says so.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "connectors/sqlite/testing.h"
#include "core/catalog.h"

namespace dbops::sqlite::testing {
namespace {

std::string read_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Uses everything that a session has. What it answers does not matter, that it answers does.
void use_all(const std::string& path) {
  Context context;
  context.deadline = Deadline::after(std::chrono::seconds(20));
  for (const Tier tier : {Tier::read, Tier::admin}) {
    auto session = connector().connect(context, options("sqlite:" + path, tier));
    if (!session) {
      EXPECT_FALSE(session.error().message.empty());
      EXPECT_NE(session.error().code, Code::internal) << session.error().message;
      continue;
    }
    Session& open = **session;
    for (const char* sql :
         {"select * from t", "select count(*) from t", "select * from t order by s",
          "select * from f where f match 'word'", "pragma integrity_check", "select * from w",
          "select * from sqlite_schema"}) {
      const auto ran = run(open, sql, Mode::read, {}, context);
      if (!ran) {
        EXPECT_NE(ran.error().code, Code::internal) << ran.error().message << " in " << sql;
        EXPECT_NE(ran.error().code, Code::timeout) << sql;
      }
    }
    if (tier == Tier::admin) {
      (void)run(open, "insert into t(s) values ('new'); delete from t where i = 3", Mode::write, {},
                context);
      (void)run(open, "vacuum", Mode::write, {}, context);
    }
    (void)open.info(context);
    (void)open.ping(context);
    (void)open.catalog()->list(context, {}, {});
    (void)open.catalog()->list(context, {}, {.pattern = "s"});
    (void)open.catalog()->describe(context, {{"t"}, {"w"}, {"f"}});
    (void)open.diagnostics()->diagnose(context, "");
    const auto script = connector().dialect().parse("select * from t where s = 'x'");
    (void)open.explainer()->explain(context, *script, {}, true, Mode::read);
  }
}

class Damage : public ::testing::Test {
 protected:
  Damage() : file_(folder_.path("a.db")) {
    sqlite(
        file_,
        "pragma page_size = 1024; create table t(i integer primary key, s text, other int "
        "references t(i));"
        "with recursive c(n) as (values(1) union all select n + 1 from c where n < 300) insert "
        "into t select n, 'row ' || n, n from c;"
        "create index t_s on t(s); create table w(a primary key, b) without rowid; insert into w "
        "select i, s from t;"
        "create virtual table f using fts5(x); insert into f select s || ' word' from t; analyze;"
        "insert into t(s) values (hex(zeroblob(5000)))");
    whole_ = read_file(file_);
  }
  const Folder folder_;
  const std::string file_;
  std::string whole_;
};

TEST_F(Damage, OfRandomBytesIsSurvived) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::string bytes = whole_;
    const size_t flips = 1 + random() % 40;
    for (size_t i = 0; i < flips; ++i) {
      // Every third in the first page, where the header and the schema stand.
      const size_t span = i % 3 == 0 ? 1024 : bytes.size();
      bytes[random() % span] = static_cast<char>(random());
    }
    write_file(file_, bytes);
    use_all(file_);
  }
}

TEST_F(Damage, OfWholePagesIsSurvived) {
  for (size_t page = 0; page < whole_.size() / 1024; page += 3) {
    SCOPED_TRACE(page);
    std::string bytes = whole_;
    for (size_t i = 0; i < 1024; ++i)
      bytes[page * 1024 + i] =
          page % 2 == 0 ? '\0' : bytes[(page * 1024 + 1024 + i) % bytes.size()];
    write_file(file_, bytes);
    use_all(file_);
  }
}

TEST_F(Damage, OfLengthIsSurvived) {
  for (const size_t size : {0u, 1u, 16u, 99u, 100u, 512u, 1023u, 1024u, 1500u, 5000u, 20000u}) {
    SCOPED_TRACE(size);
    write_file(file_, whole_.substr(0, size));
    use_all(file_);
  }
}

TEST_F(Damage, OfALogIsSurvived) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    std::string noise(4096 + random() % 4096, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    for (const char* suffix : {"-wal", "-journal"}) {
      SCOPED_TRACE(suffix);
      write_file(file_, whole_);
      write_file(file_ + suffix, noise);
      use_all(file_);
      std::filesystem::remove(file_ + suffix);
    }
  }
}

TEST_F(Damage, IsReported) {
  std::string bytes = whole_;
  // Of the pages in the middle, which hold rows and indexes.
  for (size_t at = 10 * 1024; at < 30 * 1024; ++at) bytes[at] = '\xff';
  write_file(file_, bytes);
  const auto session = connect_file(file_);
  const Error failed = error(*session, "select sum(length(s)) from t");
  EXPECT_EQ(failed.code, Code::corrupt);
  EXPECT_THAT(failed.hint, ::testing::HasSubstr("integrity_check"));
  const auto findings = session->diagnostics()->diagnose(Context(), "integrity");
  ASSERT_TRUE(findings);
  EXPECT_THAT(*findings,
              ::testing::Contains(::testing::Field(&Finding::severity, Severity::critical)));
}

// What a schema's text may hold that is not SQL, or more than it should be.
TEST_F(Damage, OfTheSchemaIsSurvived) {
  for (const char* text : {"CREATE TABLE t(", "CREATE TABLE", "", "CREATE TABLE t(a, b, c, CHECK (",
                           "CREATE TABLE t(a) -- ", "CREATE TABLE u(x)", "DELETE FROM t",
                           "CREATE TABLE t(a REFERENCES t(a) CHECK(load_extension('x')))"}) {
    SCOPED_TRACE(text);
    write_file(file_, whole_);
    sqlite(
        file_, std::string("pragma writable_schema = 1; update sqlite_schema set sql = '") + [&] {
          std::string quoted;
          for (const char* c = text; *c != '\0'; ++c) quoted.append(*c == '\'' ? 2 : 1, *c);
          return quoted;
        }() + "' where name = 't'");
    use_all(file_);
  }
}

}  // namespace
}  // namespace dbops::sqlite::testing
