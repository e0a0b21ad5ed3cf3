// A URI that a template matches is made of the template's text and the variables that were found.
#include "base/bytes.h"
#include "base/text.h"
#include "fuzz/check.h"
#include "mcp/resources.h"

using namespace dbops;
using namespace dbops::mcp;

namespace {

constexpr std::string_view kTemplates[] = {"dbops://{connection}/{+path}", "test://{id}/data",
                                           "{+all}"};

// Every byte escaped.
std::string escaped(std::string_view text) {
  const std::string digits = hex(text);
  std::string all;
  for (size_t i = 0; i < digits.size(); i += 2) all += "%" + digits.substr(i, 2);
  return all;
}

void check_match(std::string_view uri_template, std::string_view uri) {
  const auto found = match_template(uri_template, uri);
  if (!found) return;
  const auto names = variables_of(uri_template);
  check(found->size() == names.size());
  std::string again(uri_template);
  for (const auto& [name, value] : *found) {
    check(valid_utf8(value));
    for (const std::string& expression : {"{" + name + "}", "{+" + name + "}"})
      if (const size_t at = again.find(expression); at != std::string::npos)
        again.replace(at, expression.size(), escaped(value));
  }
  check(match_template(uri_template, again) == found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const std::string_view uri_template : kTemplates)
    check_match(uri_template, as_text(data, size));
  return 0;
}
