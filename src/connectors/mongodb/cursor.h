#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "connectors/mongodb/link.h"

namespace dbops::mongodb {

// The documents of a reply, and of those that the server keeps behind its cursor. Destroying it
// early closes the cursor there. Borrows the link.
class Cursor {
 public:
  // Of a reply {cursor: {id, ns, firstBatch}}; false where it is no such one.
  static bool holds_cursor(const bson_t& reply);
  // REQUIRES: holds_cursor(reply).
  Cursor(Link& link, Bson reply);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // The next document of those that have arrived; false where the next are still to be fetched, or
  // none are left. It lives until the next fetch().
  Result<bool> arrived(bson_t& document);
  // Whether the server has more than has arrived.
  bool open() const { return id_ != 0; }
  // Fetches the next documents; there may be none among them. REQUIRES: open(). Of a change stream:
  // waits that long at most for some.
  Result<void> fetch(const Context& context,
                     std::optional<std::chrono::milliseconds> wait = std::nullopt);
  // The last that came.
  const bson_t& reply() const { return *reply_; }
  // Starts again with the first of those that have arrived.
  void rewind();
  // Closes the cursor at the server, and the link where that can't be done soon.
  void close() noexcept;

 private:
  Link& link_;
  Bson reply_;
  bson_iter_t at_{};
  bool damaged_ = false;
  bool passed_ = false;  // All that has arrived was handed out.
  int64_t id_ = 0;
  std::string database_;
  std::string collection_;
  int64_t wanted_ = 128;  // documents of the next fetch
};

}  // namespace dbops::mongodb
