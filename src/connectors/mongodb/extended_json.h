// MongoDB Extended JSON 2.0, both ways, exact.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

inline constexpr size_t kBsonDepthMax = 200;  // levels of a document; the server's bound is 100

// One document. Whole numbers become int32 or int64, as they fit; those with a point or an exponent
// double. Code::syntax, with `position` where it is known, also for a type's wrapper that holds
// what the type can't; Code::too_large.
Result<Bson> parse_document(std::string_view text);
Result<Bson> to_bson(const boost::json::object& object);
// A value of any type, appended under that key. Code::syntax.
Result<void> append_value(bson_t& document, std::string_view key, const boost::json::value& value);

// Relaxed: numbers, and dates of the years 1970 to 9999, as people write them. Canonical: with
// their types. Both keep the value; relaxed does not tell int32 from int64.
enum class JsonForm : uint8_t { relaxed, canonical };

// Appends the document, or the value that the iterator stands at. Code::protocol for bytes that are
// no BSON or are nested too deep. What is not UTF-8 within a text becomes U+FFFD.
Result<void> append_json(std::string& out, const bson_t& document, JsonForm form);
Result<void> append_json(std::string& out, const bson_iter_t& value, JsonForm form);

// "2026-11-28T10:20:52.711Z"; nullopt for years outside 0001 to 9999.
std::optional<std::string> format_date(int64_t milliseconds);
// The other way, with any offset; nullopt for what is no such date.
std::optional<int64_t> parse_date(std::string_view text);

}  // namespace dbops::mongodb
