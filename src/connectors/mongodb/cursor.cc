#include "connectors/mongodb/cursor.h"

#include <algorithm>

namespace dbops::mongodb {
namespace {

// A cursor that is not read to its end is closed within this time, or the link with it.
constexpr std::chrono::milliseconds kCloseMax{100};

// Each fetch asks for twice as many documents as the one before: a page costs the server a page, a
// long read few round trips. The server ends a reply at 16 MiB.
constexpr int64_t kWantedMax = 8192;

tl::unexpected<Error> damaged() {
  return fail(Code::protocol, "the server answered a cursor that is none");
}

}  // namespace

bool Cursor::holds_cursor(const bson_t& reply) {
  bson_iter_t found;
  return find_field(reply, "cursor.firstBatch", found) && BSON_ITER_HOLDS_ARRAY(&found);
}

Cursor::Cursor(Link& link, Bson reply)
    : link_(link), reply_(std::move(reply)), id_(integer_at(*reply_, "cursor.id").value_or(0)) {
  const std::string space = text_at(*reply_, "cursor.ns");
  const size_t dot = std::min(space.find('.'), space.size());
  database_ = space.substr(0, dot);
  collection_ = space.substr(std::min(dot + 1, space.size()));
  rewind();
}

Cursor::~Cursor() { close(); }

void Cursor::rewind() {
  bson_iter_t batch;
  passed_ = false;
  damaged_ = !(find_field(*reply_, "cursor.firstBatch", batch) ||
               find_field(*reply_, "cursor.nextBatch", batch)) ||
             !bson_iter_recurse(&batch, &at_);
}

Result<bool> Cursor::arrived(bson_t& document) {
  if (damaged_) return damaged();
  if (passed_) return false;
  if (!bson_iter_next(&at_)) {
    passed_ = true;
    if (at_.err_off != 0) return damaged();
    return false;
  }
  if (!view_document(at_, document)) return damaged();
  return true;
}

Result<void> Cursor::fetch(const Context& context, std::optional<std::chrono::milliseconds> wait) {
  Bson more;
  BSON_APPEND_INT64(more.get(), "getMore", id_);
  BSON_APPEND_UTF8(more.get(), "collection", collection_.c_str());
  BSON_APPEND_INT64(more.get(), "batchSize", wanted_);
  if (wait) BSON_APPEND_INT64(more.get(), "maxTimeMS", wait->count());
  wanted_ = std::min(2 * wanted_, kWantedMax);
  auto reply = link_.call(context, database_, *more);
  if (!reply) {
    id_ = 0;  // The server has closed it, or is gone.
    return fail(std::move(reply).error());
  }
  reply_ = *std::move(reply);
  id_ = integer_at(*reply_, "cursor.id").value_or(0);
  rewind();
  return {};
}

void Cursor::close() noexcept {
  if (id_ == 0 || link_.broken()) return;
  Bson kill;
  bson_t ids;
  BSON_APPEND_UTF8(kill.get(), "killCursors", collection_.c_str());
  BSON_APPEND_ARRAY_BEGIN(kill.get(), "cursors", &ids);
  BSON_APPEND_INT64(&ids, "0", id_);
  bson_append_array_end(kill.get(), &ids);
  id_ = 0;
  Context context;
  context.deadline = Deadline::after(kCloseMax);
  if (!link_.call(context, database_, *kill)) link_.close();
}

}  // namespace dbops::mongodb
