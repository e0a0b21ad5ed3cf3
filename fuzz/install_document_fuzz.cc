// The configuration of another program, by the first byte JSON, JSON with comments or TOML: what
// `install` puts in is there when the text is read again, nothing else has changed, and it can be
// taken out again.
#include "app/install/document.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::app;

namespace {

constexpr const char* kSection = "servers";
constexpr const char* kName = "dbops";

std::unique_ptr<Document> parse(Syntax syntax, std::string text) {
  auto document = Document::parse(syntax, std::move(text), kSection);
  return document ? std::move(*document) : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr Syntax kSyntaxes[] = {Syntax::json, Syntax::json_with_comments, Syntax::toml};
  const Syntax syntax = kSyntaxes[data[0] % std::size(kSyntaxes)];
  const auto before = parse(syntax, std::string(as_text(data + 1, size - 1)));
  if (!before) return 0;

  const Entry entry = {{"command", std::string("/opt/\"x\" y\\z")},
                       {"args", std::vector<std::string>{"mcp", "--config", "caf\xc3\xa9\n"}}};
  const auto text = before->put(kName, entry);
  if (!text) {
    check(text.error().code == Code::unsupported && !text.error().message.empty());
    return 0;
  }
  const auto with = parse(syntax, *text);
  check(with != nullptr && with->entry(kName).has_value());
  check(with->rest(kName) == before->rest(kName));
  const auto twice = with->put(kName, entry);
  check(twice && parse(syntax, *twice)->entry(kName) == with->entry(kName));
  const auto without = with->take(kName, !before->has_section());
  check(without.has_value());
  const auto after = parse(syntax, *without);
  check(after != nullptr && !after->entry(kName));
  check(after->rest(kName) == before->rest(kName));
  return 0;
}
