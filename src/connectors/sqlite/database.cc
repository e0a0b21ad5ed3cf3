#include "connectors/sqlite/database.h"

#include <poll.h>

#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "connectors/sqlite/errors.h"
#include "connectors/sqlite/open.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

// Between two looks at the context: some 10 us of work, against 50 ns for the look.
constexpr int kProgressSteps = 1000;  // SQLite's instructions

// SQLite waits for another's lock in steps of this, or less at first.
constexpr int kBusyStepMax = 20;  // ms

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Context& context,
                                                 const ConnectionOptions& options) {
  static std::once_flag limited;
  std::call_once(limited, [] { sqlite3_hard_heap_limit64(kHeapBytesMax); });
  DBOPS_ASSIGN(Location location, read_location(options));
  auto database =
      std::unique_ptr<Database>(new Database(std::move(location), options.tier, options.access));
  DBOPS_TRY(database->open_file(context, options));
  const Call call(*database, context);
  DBOPS_TRY(database->configure());
  return database;
}

Database::~Database() { sqlite3_close_v2(db_); }

Result<void> Database::open_file(const Context& context, const ConnectionOptions& options) {
  const bool writes = tier_ >= Tier::write;
  const bool creates = writes && options.create;
  if (!location_.memory) DBOPS_TRY(check_file(location_.path, creates));
  // Not for the next call: it may write, or find the file there.
  const bool stand_in =
      creates && context.tier == Tier::read && !location_.memory && can_be_made(location_.path);
  if (stand_in) set_broken();
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
              (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  if (creates || location_.memory) flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE;
  if (location_.memory) flags &= ~SQLITE_OPEN_READONLY;
  const std::string uri = stand_in           ? memory_uri("")
                          : location_.memory ? memory_uri(options.name)
                                             : file_uri(location_.path, location_.immutable);
  const int code = sqlite3_open_v2(uri.c_str(), &db_, flags, nullptr);
  if (code != SQLITE_OK) return fail(explain_open(code));
  return {};
}

Result<void> Database::configure() {
  authorizer_.install(db_);
  sqlite3_progress_handler(
      db_, kProgressSteps,
      [](void* self) {
        const Context* context = static_cast<Database*>(self)->context_;
        return context != nullptr && !context->alive() ? 1 : 0;
      },
      this);
  sqlite3_busy_handler(
      db_,
      [](void* self, int attempt) {
        return static_cast<Database*>(self)->keep_waiting(attempt) ? 1 : 0;
      },
      this);
  // What a file brings with it must not do more than its data says.
  for (const auto& [option, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, location_.foreign_keys ? 1 : 0}})
    sqlite3_db_config(db_, option, value, nullptr);
  constexpr int kRowOverhead = 64 << 10;  // Of a row whose one value is as large as it may be.
  sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kCellBytesMax + kRowOverhead);
  sqlite3_limit(db_, SQLITE_LIMIT_SQL_LENGTH, static_cast<int>(kScriptBytesMax));
  sqlite3_limit(db_, SQLITE_LIMIT_WORKER_THREADS, 0);
  DBOPS_TRY(look());
  DBOPS_TRY(run("PRAGMA cache_size = -" + std::to_string(location_.cache_kib)));
  if (tier_ == Tier::read) DBOPS_TRY(run("PRAGMA query_only = 1"));
  return {};
}

// Reads the first page, and the schema.
Result<void> Database::look() {
  const int code =
      sqlite3_exec(db_, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(explain_open(code));
  return {};
}

Error Database::explain_open(int code) {
  Error failed = error(code);
  const std::string shown = escape_control(location_.path);
  if (failed.code != Code::timeout && failed.code != Code::cancelled)
    failed.message = "can't open " + shown + ": " + failed.message;
  failed.session_broken = true;
  if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY)
    explain_wal(location_.path, failed);
  return failed;
}

bool Database::moved() const {
  int moved = 0;
  if (location_.memory ||
      sqlite3_file_control(db_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK)
    return false;
  return moved != 0;
}

Database::Call::Call(Database& database, const Context& context)
    : database_(database),
      outer_(std::exchange(database.context_, &context)),
      outer_since_(std::exchange(database.waiting_since_, {})),
      watch_(database.db_, context) {}

Database::Call::~Call() {
  database_.context_ = outer_;
  database_.waiting_since_ = outer_since_;
}

bool Database::keep_waiting(int attempt) {
  if (attempt == 0) waiting_since_ = Deadline::Clock::now();
  if (context_ == nullptr || !context_->alive()) return false;
  const auto waited =
      std::chrono::ceil<std::chrono::milliseconds>(Deadline::Clock::now() - waiting_since_);
  const auto left = location_.busy_timeout - waited;
  if (left.count() <= 0) return false;
  auto step = std::min<int64_t>({attempt + 1, kBusyStepMax, left.count()});
  if (const auto remaining = context_->deadline.remaining())
    step = std::min<int64_t>(step, remaining->count() + 1);
  pollfd cancel{context_->cancel.fd(), POLLIN, 0};
  poll(&cancel, 1, static_cast<int>(step));
  return context_->alive().has_value();
}

Error Database::error(int code) {
  const int primary = code & 0xff;
  const bool waited = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
  std::string refusal = authorizer_.take_reason();
  if (primary == SQLITE_INTERRUPT || waited) {
    if (context_ != nullptr)
      if (auto alive = context_->alive(); !alive) {
        Error ended = std::move(alive).error();
        ended.native_code = code_name(code);
        return ended;
      }
  }
  Error failed = make_error(db_, code);
  if (!refusal.empty() && (primary == SQLITE_AUTH || primary == SQLITE_ERROR)) {
    failed.code = Code::forbidden;
    failed.message = "refused: " + refusal;
  }
  if (waited && !location_.memory)
    if (const std::string holder = lock_holder(location_.path); !holder.empty())
      failed.message += " by " + holder;
  if (primary == SQLITE_IOERR || code == SQLITE_READONLY_DBMOVED) set_broken();
  failed.session_broken = broken_;
  return failed;
}

Result<Compiled> Database::compile(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  authorizer_.take_reason();  // Of an earlier statement.
  authorizer_.expire_others();
  const int code =
      sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement, &tail);
  Compiled compiled(statement);
  if (code != SQLITE_OK) return fail(error(code));
  Lexer behind(sql.substr(static_cast<size_t>(tail - sql.data())));
  if (compiled == nullptr || behind.next().type != Token::Type::end)
    return fail(Code::invalid_argument, "SQLite sees another number of statements here than one");
  return compiled;
}

Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(database_->error(code));
}

std::string Rows::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Rows::bind(int index, std::string_view text) {
  // Without an address SQLite would bind NULL.
  sqlite3_bind_text64(statement_.get(), index, text.data() ? text.data() : "", text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace dbops::sqlite
