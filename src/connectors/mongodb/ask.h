// Questions of dbops' own to the server, written as Extended JSON.
#pragma once

#include <string>

#include "connectors/mongodb/cursor.h"

namespace dbops::mongodb {

std::string quoted(std::string_view text);  // As a string of JSON.

// The server's reply.
Result<Bson> ask(const Context& context, Link& link, const std::string& database,
                 const std::string& command);

// The cursor that the command gives.
Result<Cursor> ask_cursor(const Context& context, Link& link, const std::string& database,
                          const std::string& command);

// Calls for each document of that cursor, at most so many; the rest is left at the server. Answers
// whether that was all.
template <class Each>
Result<bool> ask_each(const Context& context, Link& link, const std::string& database,
                      const std::string& command, size_t documents_max, Each each) {
  auto cursor = ask_cursor(context, link, database, command);
  if (!cursor) return fail(std::move(cursor).error());
  bson_t document;
  for (size_t count = 0;;) {
    DBOPS_ASSIGN(const bool more, cursor->arrived(document));
    if (more) {
      if (count++ == documents_max) return false;
      each(document);
    } else if (cursor->open()) {
      DBOPS_TRY(cursor->fetch(context));
    } else {
      return true;
    }
  }
}

// Relaxed Extended JSON, for a person; empty for what is no BSON.
std::string shown_json(const bson_t& document);
// The document that the field of that name holds, as JSON; empty where there is none.
std::string shown_json(const bson_t& parent, const char* path);

// What a server answers that lacks a command, or whose roles don't allow it to this user.
bool lacks(const Error& error);

}  // namespace dbops::mongodb
