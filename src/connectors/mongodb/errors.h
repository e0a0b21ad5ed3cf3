#pragma once

#include <vector>

#include "base/error.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// The reply {ok: 0, code, codeName, errmsg}, as an error.
Error server_error(const bson_t& reply);

// What a write's reply says of its items: nullopt where all went well. The message tells the first
// few failures with their index; the effect, whether any item was written.
std::optional<Error> write_error(const bson_t& reply);

// The items of a write that failed, by their place in its list.
struct ItemError {
  size_t index = 0;
  Error error;
};
std::vector<ItemError> item_errors(const bson_t& reply);

// Of the reply to a command of a transaction that the server can't know: whether it keeps any.
bool knows_transactions(const Error& error);

// Of a reply, also of a write that was done: whether its member is no primary any more, or about to
// end. The link is then of no use; another finds who is.
bool lost_its_role(const bson_t& reply);

// Whether the server says that it has not even begun: it is no primary.
bool refused_unbegun(const Error& error);

// What the server says to a commit: whether it may have been done all the same.
bool leaves_doubt(const Error& error);

// How many documents the write has changed, where its reply tells.
std::optional<uint64_t> changed(const bson_t& reply);

}  // namespace dbops::mongodb
