// Documents as rows.
#pragma once

#include <memory>

#include "base/stream.h"
#include "connectors/mongodb/cursor.h"
#include "connectors/mongodb/target.h"

namespace dbops::mongodb {

// A cell that holds the value exactly: in a kind of its own where dbops has one, else as canonical
// Extended JSON. Code::protocol for what is no BSON.
Result<Value> to_cell(Batch& batch, const bson_iter_t& value, bool canonical);

// The name of a type as the server's own $type has it: "int", "objectId".
std::string_view type_name(const bson_iter_t& value);

// The reply's documents: those of its cursor, else the reply itself. `done` is what is known of the
// script's writes by now. Borrows the link.
Result<std::unique_ptr<Stream>> to_rows(Link& link, Bson reply, Shape shape, Summary summary,
                                        Effect done);

}  // namespace dbops::mongodb
