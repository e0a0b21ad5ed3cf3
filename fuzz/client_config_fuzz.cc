// A client's configuration file of any content: an entry that was put in is there, nothing else has
// changed, and taken out again it leaves what was.
#include <string>

#include "app/install/document.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::app;

namespace {

const Entry kEntry = {{"command", "/bin/dbops"},
                      {"args", std::vector<std::string>{"mcp", "a=\"b\\c"}}};

void there_and_back(Syntax syntax, const std::string& text) {
  const auto before = Document::parse(syntax, text, "servers");
  if (!before) {
    check(!before.error().message.empty());
    return;
  }
  const auto put = (*before)->put("dbops", kEntry);
  if (!put) {
    check(put.error().code == Code::unsupported);
    return;
  }
  const auto after = Document::parse(syntax, *put, "servers");
  check(after.has_value());
  check((*after)->entry("dbops").has_value());
  check((*after)->rest("dbops") == (*before)->rest("dbops"));
  check((*after)->put("dbops", kEntry) == *put);
  const bool was_there = (*before)->entry("dbops").has_value();
  const auto taken = (*after)->take("dbops", !(*before)->has_section());
  if (!taken) return;
  const auto again = Document::parse(syntax, *taken, "servers");
  check(again.has_value() && !(*again)->entry("dbops"));
  check(was_there || (*again)->rest("dbops") == (*before)->rest("dbops"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(as_text(data, size));
  there_and_back(Syntax::json, text);
  there_and_back(Syntax::json_with_comments, text);
  there_and_back(Syntax::toml, text);
  return 0;
}
