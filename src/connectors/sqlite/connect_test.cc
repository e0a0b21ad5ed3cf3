#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <thread>

#include "connectors/sqlite/location.h"
#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

Error connect_error(const ConnectionOptions& wanted) {
  const auto session = connector().connect(Context(), wanted);
  EXPECT_FALSE(session) << wanted.url.reveal();
  return session ? Error{} : session.error();
}

Error check_error(const std::string& url, Tier tier = Tier::read,
                  std::vector<std::pair<std::string, std::string>> settings = {}) {
  ConnectionOptions wanted = options(url, tier);
  wanted.settings = std::move(settings);
  const auto checked = connector().check(wanted);
  EXPECT_FALSE(checked) << url;
  return checked ? Error{} : checked.error();
}

// Does something without root's right to do everything. As another user there is nothing to give
// up.
template <class Work>
auto unprivileged(Work work) {
  constexpr uid_t kNobody = 65534;
  const bool root = geteuid() == 0;
  if (root) setfsuid(kNobody);
  auto result = work();
  if (root) setfsuid(0);
  return result;
}

TEST(Connect, ReadsSettings) {
  ConnectionOptions wanted = options("sqlite:a%20b.db?busy_timeout_ms=70&immutable=1");
  wanted.settings = {{"cache_kib", "100"},
                     {"foreign_keys", "off"},
                     {"attach_roots", "/a:/b"},
                     {"backup_root", "/c"}};
  const auto location = read_location(wanted);
  ASSERT_TRUE(location) << location.error().message;
  EXPECT_EQ(location->path, "a b.db");
  EXPECT_EQ(location->busy_timeout.count(), 70);
  EXPECT_TRUE(location->immutable);
  EXPECT_EQ(location->cache_kib, 100);
  EXPECT_FALSE(location->foreign_keys);
  EXPECT_EQ(location->attach_roots, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(location->backup_root, "/c");
  EXPECT_EQ(read_location(options("sqlite:///a/b.db"))->path, "/a/b.db");
  EXPECT_EQ(read_location(options("sqlite:C:\\data\\x.db"))->path, "C:\\data\\x.db");
  EXPECT_TRUE(read_location(options("sqlite::memory:"))->memory);
}

TEST(Connect, RefusesWrongSettings) {
  const auto is_config = Field(&Error::code, Code::invalid_config);
  EXPECT_THAT(check_error("sqlite:"),
              AllOf(is_config, Field(&Error::message, HasSubstr("no file"))));
  EXPECT_THAT(check_error("sqlite://host/a.db"),
              AllOf(is_config, Field(&Error::hint, HasSubstr("sqlite:///"))));
  EXPECT_THAT(check_error("sqlite:a%.db"), AllOf(is_config, Field(&Error::hint, HasSubstr("%25"))));
  EXPECT_THAT(check_error("sqlite:a.db?busy_timeout=1"),
              AllOf(is_config, Field(&Error::hint, HasSubstr("busy_timeout_ms"))));
  EXPECT_THAT(check_error("sqlite:a.db?mode=ro"),
              AllOf(is_config, Field(&Error::hint, HasSubstr("tier"))));
  EXPECT_THAT(check_error("sqlite:a.db?cache_kib=1"),
              AllOf(is_config, Field(&Error::message, HasSubstr("cache_kib"))));
  EXPECT_THAT(check_error("sqlite:a.db?busy_timeout_ms=soon"), is_config);
  EXPECT_THAT(check_error("sqlite:a.db?busy_timeout_ms=-1"), is_config);
  EXPECT_THAT(check_error("sqlite:a.db?immutable=perhaps"), is_config);
  EXPECT_THAT(check_error("sqlite:a.db?immutable=1", Tier::write), is_config);
  EXPECT_THAT(check_error("sqlite:a.db?foreign_keys=1", Tier::read, {{"foreign_keys", "0"}}),
              AllOf(is_config, Field(&Error::message, HasSubstr("twice"))));
  EXPECT_THAT(check_error("sqlite:a.db", Tier::read, {{"attach_roots", "relative"}}), is_config);
  EXPECT_THAT(check_error("sqlite:a.db", Tier::read, {{"backup_root", "relative"}}), is_config);
  EXPECT_THAT(check_error("sqlite:a.db", Tier::read, {{"nonsense", "1"}}),
              AllOf(is_config, Field(&Error::hint, HasSubstr("cache_kib"))));
}

TEST(Connect, OpensAnyName) {
  const Folder folder;
  for (const std::string name :
       {"plain.db", "with space.db", "100%.db", "a%20b.db", "what?.db", "a#b.db",
        "\xc3\xa4\xe2\x9c\x88.db", "C:\\data\\x.db", "a&b=c.db", "file:x.db", "'quoted\".db",
        "no-suffix", "-dash.db", ":memory:.db"}) {
    SCOPED_TRACE(name);
    sqlite(folder.path(name), "create table t(x); insert into t values (1)");
    std::string url = "sqlite:";
    for (const char c : folder.path(name))
      url += c == '%' ? "%25" : c == '?' ? "%3F" : std::string(1, c);
    EXPECT_EQ(rows(*connect(options(url)), "select x from t"), Table({{"1"}}));
  }
}

TEST(Connect, ExplainsWhatIsNoDatabase) {
  const Folder folder;
  sqlite(folder.path("flights.db"), "create table t(x)");
  EXPECT_THAT(
      connect_error(options("sqlite:" + folder.path("flihgts.db"))),
      AllOf(Field(&Error::code, Code::not_found), Field(&Error::hint, HasSubstr("flights.db"))));
  EXPECT_THAT(
      connect_error(options("sqlite:" + folder.path("none/a.db"))),
      AllOf(Field(&Error::code, Code::not_found), Field(&Error::message, HasSubstr("folder"))));
  EXPECT_THAT(connect_error(options("sqlite:" + folder.path(""))),
              Field(&Error::code, Code::invalid_config));
  EXPECT_THAT(connect_error(options("sqlite:/dev/null")),
              Field(&Error::code, Code::invalid_config));
  EXPECT_THAT(connect_error(options("sqlite:" + folder.path("flights.db/x.db"))),
              Field(&Error::code, Code::not_found));
  EXPECT_THAT(connect_error(options("sqlite:" + folder.path(std::string(600, 'x')))),
              Field(&Error::code, Code::invalid_config));
  std::ofstream(folder.path("secret.db")) << std::string(4096, '\x9c');
  EXPECT_THAT(
      connect_error(options("sqlite:" + folder.path("secret.db"))),
      AllOf(Field(&Error::code, Code::corrupt), Field(&Error::message, HasSubstr("secret.db")),
            Field(&Error::hint, HasSubstr("encrypted"))));
  std::ofstream(folder.path("empty.db")).flush();
  EXPECT_TRUE(rows(*connect_file(folder.path("empty.db")), "select * from sqlite_schema").empty());
}

TEST(Connect, CreatesOnlyWhenTold) {
  const Folder folder;
  const std::string file = folder.path("new.db");
  ConnectionOptions wanted = options("sqlite:" + file, Tier::write);
  EXPECT_EQ(connect_error(wanted).code, Code::not_found);
  wanted.tier = Tier::read;
  wanted.create = true;
  EXPECT_EQ(connect_error(wanted).code, Code::not_found);
  EXPECT_FALSE(std::filesystem::exists(file));
  wanted.tier = Tier::write;
  Context writing;
  writing.tier = Tier::write;
  const auto made = connector().connect(writing, wanted);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(run(**made, "create table t(x)", Mode::write));
  EXPECT_EQ(sqlite_text(file, "select count(*) from sqlite_schema"), "1");
  EXPECT_FALSE(connect(wanted)->broken()) << "the file is there now";
}

TEST(Connect, CreatesNothingForWhatOnlyReadsOrRehearses) {
  const Folder folder;
  ConnectionOptions wanted = options("sqlite:" + folder.path("new.db"), Tier::write);
  wanted.create = true;
  const auto session = connect(wanted);
  EXPECT_TRUE(run(*session, "create table t(x)", Mode::rehearse));
  EXPECT_TRUE(rows(*session, "select * from sqlite_schema").empty());
  EXPECT_TRUE(session->broken()) << "no pool may lend it to a call that writes";
  EXPECT_TRUE(std::filesystem::is_empty(folder.path("")));
  wanted.url = Secret("sqlite:" + folder.path("no/such/folder.db"));
  EXPECT_EQ(connect_error(wanted).code, Code::not_found);
  chmod(folder.path("").c_str(), 0555);
  wanted.url = Secret("sqlite:" + folder.path("new.db"));
  EXPECT_NE(unprivileged([&] { return connect_error(wanted); }).message, "")
      << "what a write couldn't make is no success of its rehearsal";
  chmod(folder.path("").c_str(), 0755);
}

TEST(Connect, ObeysPermissions) {
  const Folder folder;
  chmod(folder.path("").c_str(), 0755);
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(x)");
  chmod(file.c_str(), 0000);
  EXPECT_EQ(unprivileged([&] { return connect_error(options("sqlite:" + file)); }).code,
            Code::denied);
  chmod(file.c_str(), 0444);
  // Readable, not writable: a connection that may write reads, and says so.
  const auto writes = unprivileged([&] {
    const auto session = connect_file(file, Tier::write);
    const auto info = session->info(Context());
    EXPECT_EQ(info->granted, Tier::read);
    EXPECT_THAT(info->findings, Contains(Field(&Finding::severity, Severity::warning)));
    EXPECT_TRUE(run(*session, "select * from t"));
    return error(*session, "insert into t values (1)", Mode::write);
  });
  EXPECT_EQ(writes.code, Code::denied);
  EXPECT_EQ(writes.effect, Effect::none);
  EXPECT_EQ(unprivileged([&] { return connect_file(file)->info(Context())->granted; }), Tier::read);
}

TEST(Connect, ExplainsAReadOnlyFolderInWalMode) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "pragma journal_mode = wal; create table t(x)");
  chmod(folder.path("").c_str(), 0555);
  const Error failed = unprivileged([&] { return connect_error(options("sqlite:" + file)); });
  EXPECT_EQ(failed.code, Code::denied) << failed.message;
  EXPECT_THAT(failed.hint, AllOf(HasSubstr("WAL"), HasSubstr("immutable=1")));
  EXPECT_TRUE(unprivileged([&] {
    return run(*connect(options("sqlite:" + file + "?immutable=1")), "select * from t").has_value();
  }));
  chmod(folder.path("").c_str(), 0755);
}

TEST(Connect, ReadsWhileAnotherWritesInWalMode) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "pragma journal_mode = wal; create table t(x); insert into t values (1)");
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin immediate; insert into t values (2)", nullptr, nullptr, nullptr);
  const auto session = connect_file(file);
  EXPECT_EQ(rows(*session, "select count(*) from t"), Table({{"1"}}));
  sqlite3_exec(app, "commit", nullptr, nullptr, nullptr);
  EXPECT_EQ(rows(*session, "select count(*) from t"), Table({{"2"}}));
  sqlite3_close(app);
  EXPECT_EQ(rows(*session, "select count(*) from t"), Table({{"2"}}));
}

TEST(Connect, SaysWhoHoldsTheLock) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(x)");
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin exclusive", nullptr, nullptr, nullptr);
  Error failed = connect_error(options("sqlite:" + file + "?busy_timeout_ms=10"));
  EXPECT_EQ(failed.code, Code::busy);
  EXPECT_TRUE(failed.retryable);
  EXPECT_THAT(failed.message, HasSubstr(file));
  // Where the system tells of locks, it says whose this is.
  std::ifstream locks("/proc/locks");
  if (locks.peek() != std::ifstream::traits_type::eof()) {
    EXPECT_THAT(failed.message, HasSubstr("another session of this program"));
  }
  // The connect's own limit comes first.
  Context context;
  context.deadline = Deadline::after(std::chrono::milliseconds(20));
  const auto session = connector().connect(context, options("sqlite:" + file));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::timeout);
  sqlite3_close(app);
  EXPECT_TRUE(connector().connect(Context(), options("sqlite:" + file)));
}

TEST(Connect, WaitsForALock) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(x)");
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin exclusive; insert into t values (1)", nullptr, nullptr, nullptr);
  std::thread ends([&] {
    poll(nullptr, 0, 50);
    sqlite3_exec(app, "commit", nullptr, nullptr, nullptr);
  });
  EXPECT_EQ(rows(*connect_file(file), "select x from t"), Table({{"1"}}));
  ends.join();
  sqlite3_close(app);
}

TEST(Connect, NoticesAnotherFile) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(x); insert into t values ('old')");
  sqlite(folder.path("b.db"), "create table t(x); insert into t values ('new')");
  const auto session = connect_file(file);
  EXPECT_EQ(rows(*session, "select x from t"), Table({{"'old'"}}));
  std::filesystem::rename(folder.path("b.db"), file);
  const Error failed = error(*session, "select x from t");
  EXPECT_EQ(failed.code, Code::disconnected);
  EXPECT_TRUE(failed.retryable);
  EXPECT_TRUE(failed.session_broken);
  EXPECT_TRUE(session->broken());
  EXPECT_FALSE(session->ping(Context()));
  EXPECT_EQ(rows(*connect_file(file), "select x from t"), Table({{"'new'"}}));
}

TEST(Connect, SharesOneDatabaseInMemory) {
  ConnectionOptions wanted = options("sqlite::memory:", Tier::write);
  const auto first = connect(wanted);
  const auto second = connect(wanted);
  EXPECT_TRUE(run(*first, "create table t(x); insert into t values (1)", Mode::write));
  EXPECT_EQ(rows(*second, "select x from t"), Table({{"1"}}));
  wanted.name = "other";
  EXPECT_FALSE(run(*connect(wanted), "select x from t"));
  EXPECT_EQ(first->info(Context())->transport, "memory");
  EXPECT_EQ(error(*connect(options("sqlite::memory:")), "create table u(x)").code, Code::forbidden);
}

TEST(Connect, TellsOfTheFile) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(x)");
  chmod(file.c_str(), 0666);
  std::ofstream(file + "-wal") << std::string(1, 'x');
  std::filesystem::resize_file(file + "-wal", 100 << 20);
  const auto info = connect_file(file)->info(Context());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->database, file);
  EXPECT_EQ(info->transport, "file");
  EXPECT_EQ(info->version, sqlite3_libversion());
  EXPECT_THAT(info->findings, Contains(Field(&Finding::message, HasSubstr("every user"))));
  EXPECT_THAT(info->findings, Contains(Field(&Finding::message, HasSubstr("write-ahead log"))));
}

}  // namespace
}  // namespace dbops::sqlite::testing
