#include "app/install/document.h"

#include <gtest/gtest.h>

namespace dbops::app {
namespace {

const Entry kEntry = {{"command", "/bin/dbops"},
                      {"args", std::vector<std::string>{"mcp", "a=\"b\\c"}}};

std::unique_ptr<Document> read(Syntax syntax, const std::string& text) {
  auto document = Document::parse(syntax, text, "servers");
  EXPECT_TRUE(document) << text << ": " << document.error().message;
  return document ? std::move(*document) : nullptr;
}

struct Case {
  const char* before;
  const char* after;
};

// Each is put in, compared byte by byte, and taken out again to what was there before.
void there_and_back(Syntax syntax, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    SCOPED_TRACE(each.before);
    const auto before = read(syntax, each.before);
    const auto after = before->put("dbops", kEntry);
    ASSERT_TRUE(after);
    EXPECT_EQ(*after, each.after);
    const auto changed = read(syntax, *after);
    EXPECT_TRUE(changed->entry("dbops"));
    EXPECT_EQ(changed->rest("dbops"), before->rest("dbops"));
    EXPECT_EQ(*changed->take("dbops", !before->has_section()), each.before);
    // Once more changes nothing.
    EXPECT_EQ(*changed->put("dbops", kEntry), *after);
  }
}

#define ENTRY(indent)                                    \
  "{\n" indent "  \"command\": \"/bin/dbops\",\n" indent \
  "  \"args\": [\"mcp\", \"a=\\\"b\\\\c\"]\n" indent "}"

TEST(JsonDocument, KeepsWhatIsThere) {
  there_and_back(
      Syntax::json,
      {{"{}\n", "{\n  \"servers\": {\n    \"dbops\": " ENTRY("    ") "\n  }\n}\n"},
       {"{\"b\": 1e2, \"a\": [1,\t2]}",
        "{\"b\": 1e2, \"a\": [1,\t2], \"servers\": {\"dbops\": {\"command\": \"/bin/dbops\", "
        "\"args\": [\"mcp\", \"a=\\\"b\\\\c\"]}}}"},
       {"{\n  \"servers\": {},\n  \"z\": 1\n}\n",
        "{\n  \"servers\": {\n    \"dbops\": " ENTRY("    ") "\n  },\n  \"z\": 1\n}\n"},
       {"{\n  \"servers\": {\n    \"x\": {\"a\": \"}{\\\"\"}\n  }\n}",
        "{\n  \"servers\": {\n    \"x\": {\"a\": \"}{\\\"\"},\n    \"dbops\": " ENTRY(
            "    ") "\n  }\n}"}});
}

TEST(JsonDocument, KeepsIndentationAndLineBreaks) {
  there_and_back(
      Syntax::json,
      {{"{\r\n\t\"servers\": {\r\n\t\t\"x\": 1\r\n\t}\r\n}\r\n",
        "{\r\n\t\"servers\": {\r\n\t\t\"x\": 1,\r\n\t\t\"dbops\": {\r\n\t\t\t\"command\": "
        "\"/bin/dbops\",\r\n\t\t\t\"args\": [\"mcp\", "
        "\"a=\\\"b\\\\c\"]\r\n\t\t}\r\n\t}\r\n}\r\n"}});
}

TEST(JsonDocument, KeepsComments) {
  there_and_back(
      Syntax::json_with_comments,
      {{"{\n  // \"servers\": {\n  \"servers\": {\n    \"x\": 1 // the first, \"}\n    /* last "
        "*/\n  }\n}",
        "{\n  // \"servers\": {\n  \"servers\": {\n    \"x\": 1, // the first, \"}\n    "
        "\"dbops\": " ENTRY("    ") "\n    /* last */\n  }\n}"},
       {"{\n  \"servers\": {\n    \"x\": 1,\n  },\n}",
        "{\n  \"servers\": {\n    \"x\": 1,\n    \"dbops\": " ENTRY("    ") ",\n  },\n}"},
       {"{\n  // nothing yet\n}",
        "{\n  // nothing yet\n  \"servers\": {\n    \"dbops\": " ENTRY("    ") "\n  }\n}"}});
}

TEST(JsonDocument, KnowsWhereCommentsEnd) {
  there_and_back(Syntax::json_with_comments,
                 {{"{\n  \"servers\": {\n    \"x\": 1 /*/ the first */\n  }\n}",
                   "{\n  \"servers\": {\n    \"x\": 1, /*/ the first */\n    \"dbops\": " ENTRY(
                       "    ") "\n  }\n}"},
                  {"{\n  // a line\r  \"servers\": {\n    \"x\": 1\n  }\n}",
                   "{\n  // a line\r  \"servers\": {\n    \"x\": 1,\n    \"dbops\": " ENTRY(
                       "    ") "\n  }\n}"}});
}

TEST(JsonDocument, TakesOutWhatOthersWereAddedAround) {
  const auto document = read(Syntax::json,
                             "{\n  \"servers\": {\n    \"a\": 1,\n    \"dbops\": {\"x\": []},\n    "
                             "\"b\": 2\n  }\n}");
  EXPECT_EQ(*document->take("dbops", true),
            "{\n  \"servers\": {\n    \"a\": 1,\n    \"b\": 2\n  }\n}");
  const auto first = read(Syntax::json, "{\"servers\": {\"dbops\": 1, \"b\": 2, \"c\": 3}}");
  EXPECT_EQ(first->rest("dbops"), read(Syntax::json, *first->take("dbops", false))->rest("dbops"));
}

TEST(JsonDocument, OneSpellingWhateverTheLayout) {
  const auto a = read(Syntax::json, R"({"servers": {"dbops": {"args": ["A"]}}})");
  const auto b = read(Syntax::json_with_comments,
                      "{\"servers\": {\"dbops\": {\n\"args\": [\"\\u0041\",], // x\n}}}");
  EXPECT_EQ(a->entry("dbops"), b->entry("dbops"));
  EXPECT_NE(a->entry("dbops"), read(Syntax::json, R"({"servers": {"dbops": {}}})")->entry("dbops"));
}

TEST(TomlDocument, KeepsWhatIsThere) {
  const std::string table =
      "[servers.dbops]\ncommand = \"/bin/dbops\"\nargs = [\"mcp\", \"a=\\\"b\\\\c\"]\n";
  const std::string before = "model = 'x' # mine\n\n[servers.other]\ncommand = \"y\"\n\n# end\n";
  there_and_back(Syntax::toml,
                 {{"", table.c_str()}, {before.c_str(), (before + "\n" + table).c_str()}});
  const auto between = read(Syntax::toml, "a = 1\n\n" + table + "\n# next\n[b]\nc = 2\n");
  EXPECT_EQ(*between->take("dbops", true), "a = 1\n\n# next\n[b]\nc = 2\n");
}

TEST(TomlDocument, KnowsHeadersFromTextThatLooksAlike) {
  const std::string quoted = "a = \"\"\"\n[servers.dbops]\n\"\"\"\n";
  const std::string table = "[servers.dbops]\nnote = '''\n[b]\n'''\nargs = [\n[{ c = 1 }],\n]\n";
  const auto document = read(Syntax::toml, quoted + table + "\n  [[servers.more]]\nd = 1\n");
  EXPECT_EQ(*document->take("dbops", false), quoted + "\n  [[servers.more]]\nd = 1\n");
}

TEST(TomlDocument, RefusesWhatItCanNotChange) {
  const auto document = read(Syntax::toml, "servers = { dbops = { command = \"x\" } }\n");
  EXPECT_EQ(document->put("dbops", kEntry).error().code, Code::unsupported);
  EXPECT_EQ(document->take("dbops", true).error().code, Code::unsupported);
  const auto others = read(Syntax::toml, "servers = { x = { command = \"x\" } }\n");
  const auto put = others->put("dbops", kEntry);
  ASSERT_FALSE(put) << *put;
  EXPECT_EQ(put.error().code, Code::unsupported);
}

TEST(Document, SaysInWhichLineItIsBroken) {
  struct Broken {
    Syntax syntax;
    const char* text;
    const char* message;
  };
  const std::vector<Broken> cases = {
      {Syntax::json, "{\n\"a\": 1,\n}", "line 3: "},
      {Syntax::json, "{\n// c\n}", "line 2: "},
      {Syntax::json_with_comments, "{\n/* c\n}", "line 2: "},
      {Syntax::json_with_comments, "{\"a\": 1,, }", "line 1: "},
      {Syntax::json_with_comments, "{\n,}", "line 2: "},
      {Syntax::json_with_comments, "{\"a\": [ /* b */ ,]}", "line 1: "},
      {Syntax::json, "{\"a\": 1, \"a\": 2}", "line 1: "},
      {Syntax::json, "[]", "line 1: it is not a JSON object"},
      {Syntax::json, "{\"servers\": 5}", "its \"servers\" is not an object"},
      {Syntax::json, "{\"servers\": {}", "line 1: "},
      {Syntax::toml, "a = 1\nb = \n", "line 2: "},
      {Syntax::toml, "servers = 5\n", "its \"servers\" is not a table"},
  };
  for (const Broken& each : cases) {
    const auto document = Document::parse(each.syntax, each.text, "servers");
    ASSERT_FALSE(document) << each.text;
    EXPECT_EQ(document.error().code, Code::syntax) << each.text;
    EXPECT_TRUE(document.error().message.starts_with(each.message))
        << each.text << ": " << document.error().message;
  }
}

}  // namespace
}  // namespace dbops::app
