// Change streams: what changes in a collection, in a database or anywhere, from some point on.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.h"
#include "connectors/mongodb/cursor.h"
#include "connectors/mongodb/queries.h"

namespace dbops::mongodb {

struct ChangesWanted {
  std::string database;
  std::string collection = {};     // Empty: all of the database's.
  bool everywhere = false;         // In all databases; `database` is admin then.
  bool documents = false;          // An update with its document, as it is when the event is read.
  bool schema = false;             // Of the catalogue too, not of documents alone.
  std::string match = {};          // Extended JSON: a condition on events, as $match has it.
  std::optional<Bson> after = {};  // A token: from there on; else from now on.
};

// An open change stream. Borrows the link. Destroying it closes it at the server.
class ChangeStream {
 public:
  // Code::unsupported where the server has none, Code::denied, Code::expired for a token of which
  // the server remembers no more.
  static Result<std::unique_ptr<ChangeStream>> open(const Context& context, MongoQueries& queries,
                                                    const ChangesWanted& wanted);
  ChangeStream(Link& link, Bson reply) : cursor_(link, std::move(reply)) {}

  // The next event of those that have arrived; false where none is left. It lives until wait().
  Result<bool> arrived(bson_t& event) { return cursor_.arrived(event); }
  // Has the server wait for events, so long at most; there may be none. REQUIRES: open().
  Result<void> wait(const Context& context, std::chrono::milliseconds span);
  // False once what it was opened for is gone, or is called otherwise.
  bool open() const { return cursor_.open(); }
  // Extended JSON: to go on behind all that has arrived. Empty where the server gives none.
  std::string token() const;

 private:
  Cursor cursor_;
};

// Events as rows, until there are `changes_max` or `span` is over. Errors as open() has them. The
// stream borrows the queries' link.
Result<std::unique_ptr<Stream>> collect_changes(const Context& context, MongoQueries& queries,
                                                const ChangesWanted& wanted,
                                                std::chrono::seconds span, int64_t changes_max);

}  // namespace dbops::mongodb
