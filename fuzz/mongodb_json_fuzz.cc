// Whatever a document holds, what is written of it reads back to the same bytes; and bytes that are
// no BSON are refused or written as JSON, never worse.
#include <cstring>

#include "connectors/mongodb/extended_json.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::mongodb;

namespace {

bool same(const bson_t& a, const bson_t& b) {
  return a.len == b.len && std::memcmp(bson_get_data(&a), bson_get_data(&b), a.len) == 0;
}

void check_text(std::string_view text) {
  const auto document = parse_document(text);
  if (!document) {
    check(!document.error().message.empty());
    return;
  }
  check(bson_validate(document->get(), BSON_VALIDATE_NONE, nullptr));
  std::string json;
  check(append_json(json, **document, JsonForm::canonical).has_value());
  const auto again = parse_document(json);
  // The names of types are levels of their own.
  check(again ? same(**document, **again) : again.error().code == Code::too_large);
  json.clear();
  check(append_json(json, **document, JsonForm::relaxed).has_value());
  const auto relaxed = parse_document(json);
  check(relaxed || relaxed.error().code == Code::too_large);
}

void check_bytes(const uint8_t* data, size_t size) {
  bson_t document;
  if (!bson_init_static(&document, data, size)) return;
  for (const JsonForm form : {JsonForm::relaxed, JsonForm::canonical}) {
    std::string json;
    const auto done = append_json(json, document, form);
    if (!done) check(done.error().code == Code::protocol);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_text(as_text(data, size));
  check_bytes(data, size);
  return 0;
}
