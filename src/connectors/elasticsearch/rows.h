// Answers as rows, made as they arrive.
//   a search: a row for each hit, or each bucket of its one aggregation
//   ES|QL, SQL: the server's own rows and columns
//   an array of objects, such as _cat's, _mget's "docs" and _bulk's "items": a row for each
//   any other object: one row with a column for each member
//   text: a row for each line
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/stream.h"
#include "connectors/elasticsearch/link.h"

namespace dbops::elasticsearch {

// A request with what it borrows.
struct OwnedRequest {
  std::string method;
  std::string path;
  std::string body = {};
  bool lines = false;
  Request borrow() const { return {method, path, body, lines, false}; }
};

// What is known at the end of an answer's rows of how they go on.
struct PageEnd {
  uint64_t rows = 0;  // of this page
  std::string scroll_id = {};
  std::string cursor = {};  // Of SQL.
  std::string pit_id = {};
  std::string sort = {};  // Of the last hit, as JSON.
};

// How an answer goes on: dbops' own requests, each a read, after the one that was asked for.
struct Paging {
  std::function<std::optional<OwnedRequest>(const PageEnd&)> next;   // nullopt: it was the last.
  std::function<std::optional<OwnedRequest>(const PageEnd&)> close;  // Frees what the server keeps.
};

// Sends the request and reads as far as the columns are known. What the server says is wrong is an
// error, but for a 404 that only says that there is no such document. The stream borrows the link,
// which is free again once the stream is at its end or gone.
Result<std::unique_ptr<Stream>> run_request(const Context& context, Link& link, Tier allowed,
                                            OwnedRequest request, std::string verb,
                                            Paging paging = {});

// How the answer to that request goes on by itself: with ?scroll= as a scroll, with the cursor of
// SQL; else not.
Paging paging_of(const OwnedRequest& request);

}  // namespace dbops::elasticsearch
