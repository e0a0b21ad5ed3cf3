#include "connectors/sqlite/testing.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "base/bytes.h"

namespace dbops::sqlite::testing {
namespace {

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Handle open(const std::string& path) {
  sqlite3* db = nullptr;
  // A path that starts with "file:" is a URI to this SQLite; none of the tests' does.
  EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK) << path;
  sqlite3_busy_timeout(db, 10'000);
  sqlite3_exec(db, "PRAGMA synchronous = off", nullptr, nullptr, nullptr);  // Tests lose no power.
  return Handle(db, sqlite3_close);
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "dbops-sqlite-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;  // What can't be removed stays in the system's folder for such.
  std::filesystem::remove_all(path_, ignored);
}

void sqlite(const std::string& path, const std::string& sql) {
  const Handle db = open(path);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db.get(), sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << message << " in " << sql;
  sqlite3_free(message);
}

std::string sqlite_text(const std::string& path, const std::string& sql) {
  const Handle db = open(path);
  std::string text;
  const auto keep = [](void* kept, int, char** values, char**) {
    auto& first = *static_cast<std::string*>(kept);
    if (first.empty()) first = values[0] == nullptr ? "NULL" : values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db.get(), sql.c_str(), keep, &text, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db.get()) << " in " << sql;
  return text;
}

ConnectionOptions options(const std::string& url, Tier tier) {
  ConnectionOptions options;
  options.name = "test";
  options.url = Secret(url);
  options.tier = tier;
  return options;
}

std::unique_ptr<Session> connect(const ConnectionOptions& options) {
  auto session = connector().connect(Context(), options);
  if (!session) {
    ADD_FAILURE() << session.error().message;
    throw std::runtime_error(session.error().message);
  }
  return *std::move(session);
}

std::unique_ptr<Session> connect_file(const std::string& path, Tier tier) {
  return connect(options("sqlite:" + path, tier));
}

std::string show(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return "NULL";
    case Kind::integer:
      return std::to_string(value.as_integer());
    case Kind::real: {
      char text[40];
      snprintf(text, sizeof text, "%.17g", value.as_real());
      return std::string(text) + (strpbrk(text, ".en") ? "" : ".0");
    }
    case Kind::text:
      return "'" + std::string(value.as_text()) + "'";
    case Kind::bytes:
      return "x'" + hex(value.as_text()) + "'";
    default:
      return "a " + std::string(name(value.kind()));
  }
}

Result<Ran> run(Session& session, std::string_view sql, Mode mode, const Parameters& parameters,
                const Context& context) {
  DBOPS_ASSIGN(const Script script, connector().dialect().parse(sql));
  DBOPS_ASSIGN(const auto results, session.queries()->run(context, script, parameters, mode));
  Ran ran;
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(Stream* const stream, results->next(context));
    if (stream == nullptr) return ran;
    ran.schema = stream->schema();
    for (;;) {
      DBOPS_ASSIGN(const bool more, stream->next(context, batch));
      if (!more) break;
      for (size_t i = 0; i < batch.rows(); ++i) {
        auto& row = ran.rows.emplace_back();
        for (const Value& cell : batch.row(i)) row.push_back(show(cell));
      }
    }
    ran.summaries.push_back(stream->summary());
  }
}

std::vector<std::vector<std::string>> rows(Session& session, std::string_view sql, Mode mode,
                                           const Parameters& parameters) {
  auto ran = run(session, sql, mode, parameters);
  if (ran) return std::move(ran->rows);
  ADD_FAILURE() << name(ran.error().code) << ": " << ran.error().message << " in " << sql;
  return {};
}

Error error(Session& session, std::string_view sql, Mode mode, const Parameters& parameters,
            const Context& context) {
  auto ran = run(session, sql, mode, parameters, context);
  if (!ran) return std::move(ran).error();
  ADD_FAILURE() << "no error in " << sql;
  return {};
}

}  // namespace dbops::sqlite::testing
