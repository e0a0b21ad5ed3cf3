// Tokens and key sets of strangers: nothing is believed that no key has signed. The input is a
// token, and after a line break a key set.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "front/http/oauth/claims.h"
#include "front/http/oauth/key_set.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::http;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  const size_t end = text.find('\n');
  const std::string_view token = text.substr(0, end);
  const std::string_view set = end == std::string_view::npos ? "" : text.substr(end + 1);
  constexpr Algorithm kAll[] = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
  const auto keys = KeySet::parse(set, kAll);
  const auto jws = parse_jws(token);
  if (!jws) return 0;
  check(token.starts_with(jws->signed_part));
  check(KeySet().verify(*jws) == KeySet::Found::unknown);
  if (keys && keys->verify(*jws) == KeySet::Found::valid) check(keys->size() > 0);
  const auto claims = parse_json(jws->payload);
  if (!claims || !claims->is_object()) return 0;
  const Expected expected{.issuer = "i", .audiences = {"a"}};
  const std::chrono::system_clock::time_point now(std::chrono::seconds(1000));
  for (const auto& identity : {read_claims(claims->get_object(), expected, now),
                               read_introspection(claims->get_object(), expected, now)}) {
    if (!identity) continue;
    check(!identity->subject.empty() && identity->subject.size() <= kSubjectBytesMax);
    check(identity->until > now);
  }
  return 0;
}
