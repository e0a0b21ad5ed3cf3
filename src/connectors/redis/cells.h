// Replies and keys as cells.
#pragma once

#include <string>
#include <string_view>

#include "base/stream.h"
#include "wire/resp3.h"

namespace dbops::redis {

// Text, or bytes where it is no UTF-8. The first borrows it, the second copies it into the batch.
Value text_cell(std::string_view text);
Value text_cell(Batch& batch, std::string_view text);
// The number of a reply that is one; else null.
Value integer_cell(const RespReply& reply);
// The text of a status, to be shown; empty where the reply is none.
std::string word_of(const RespReply& reply);

}  // namespace dbops::redis
