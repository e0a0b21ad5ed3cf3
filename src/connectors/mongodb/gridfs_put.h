#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connectors/mongodb/queries.h"

namespace dbops::mongodb {

inline constexpr size_t kPutBytesMax = 4u << 20;  // bytes of one file that is put into a bucket

// Writes a new file of that name beside those there are; readers see it once all of it is there.
// One row: its id, name and length. What an error leaves are chunks that no file has: they are
// removed where the server still answers, else Effect::unknown.
Result<std::unique_ptr<Stream>> put_file(const Context& context, MongoQueries& queries,
                                         const std::string& database, const std::string& bucket,
                                         const std::string& name, std::string_view bytes);

}  // namespace dbops::mongodb
