#include "connectors/elasticsearch/console.h"

#include <gtest/gtest.h>

#include "connectors/elasticsearch/dialect.h"

namespace dbops::elasticsearch {
namespace {

// Each piece as "METHOD path <body> values" or its text; the code and position of an error.
std::string pieces(std::string_view text) {
  std::string shown;
  for (size_t at = 0;;) {
    const auto piece = next_piece(text, at);
    if (!piece)
      return shown + std::string(name(piece.error().code)) + ' ' +
             std::to_string(piece.error().position.value_or(0));
    if (!*piece) return shown;
    const Piece& found = **piece;
    if (found.language == Language::console)
      shown += found.method + ' ' + found.path + " <" + std::string(found.body) + "> " +
               std::to_string(found.values);
    else
      shown += std::string(found.language == Language::esql ? "esql " : "sql ") + '<' +
               std::string(text.substr(found.offset, found.size)) + '>';
    shown += '\n';
  }
}

TEST(Console, ReadsRequests) {
  EXPECT_EQ(pieces("GET /_search"), "GET /_search <> 0\n");
  EXPECT_EQ(pieces("get a/_search?size=1 {\"query\": {}}"),
            "GET /a/_search?size=1 <{\"query\": {}}> 1\n");
  EXPECT_EQ(pieces("GET /a/_search\n{\n \"a\": \"}\\\"{\" }\n"),
            "GET /a/_search <{\n \"a\": \"}\\\"{\" }> 1\n");
  EXPECT_EQ(pieces("POST _bulk\n{\"index\":{}}\n{\"a\":1}\n\nGET /x"),
            "POST /_bulk <{\"index\":{}}\n{\"a\":1}> 2\nGET /x <> 0\n");
  EXPECT_EQ(pieces("# one\nGET /a\n// two\n  HEAD /b;;\n"), "GET /a <> 0\nHEAD /b;; <> 0\n");
  EXPECT_EQ(pieces("GET /a {\"b\":\"\nGET /c\"}"), "syntax 14");
  EXPECT_EQ(pieces("POST /_analyze {\"text\": \"DELETE /a\"};\nGET /b"),
            "POST /_analyze <{\"text\": \"DELETE /a\"}> 1\nGET /b <> 0\n");
}

TEST(Console, ReadsQueries) {
  EXPECT_EQ(pieces("FROM a | LIMIT 1"), "esql <FROM a | LIMIT 1>\n");
  EXPECT_EQ(pieces("row a = \";\" ; FROM b"), "esql <row a = \";\">\nesql <FROM b>\n");
  EXPECT_EQ(pieces("ROW a = \"\\\";\" // ;\n | LIMIT 1"),
            "esql <ROW a = \"\\\";\" // ;\n | LIMIT 1>\n");
  EXPECT_EQ(pieces("ROW a = \"\"\" \";\"\"\"\" ;GET /x"),
            "esql <ROW a = \"\"\" \";\"\"\"\">\nGET /x <> 0\n");
  EXPECT_EQ(pieces("FROM a /* ; */ | KEEP `;` ;"), "esql <FROM a /* ; */ | KEEP `;`>\n");
  EXPECT_EQ(pieces("SHOW INFO"), "esql <SHOW INFO>\n");
  EXPECT_EQ(pieces("SHOW TABLES"), "sql <SHOW TABLES>\n");
  EXPECT_EQ(pieces("select ';' || 'it''s;' -- ;\nfrom \"a;\"; describe x"),
            "sql <select ';' || 'it''s;' -- ;\nfrom \"a;\">\nsql <describe x>\n");
}

TEST(Console, SaysWhereItIsWrong) {
  EXPECT_EQ(pieces("GET /a {\"q\": }"), "syntax 14");
  EXPECT_EQ(pieces("GET /a {"), "syntax 9");
  EXPECT_EQ(pieces("GET"), "syntax 4");
  EXPECT_EQ(pieces("GET /a b"), "syntax 8");
  EXPECT_EQ(pieces("GET /a {} b"), "syntax 11");
  EXPECT_EQ(pieces("DELETE FROM items"), "syntax 13");
  EXPECT_EQ(pieces("UPDATE items"), "syntax 1");
  EXPECT_EQ(pieces("{}"), "syntax 1");
  EXPECT_EQ(pieces("ROW a = \"x"), "syntax 9");
  EXPECT_EQ(pieces("SELECT 'x"), "syntax 8");
  EXPECT_EQ(pieces("GET /a#b"), "syntax 5");
  EXPECT_EQ(pieces("GET /a " + std::string(65, '[')), "too_large 0");
  EXPECT_EQ(pieces("GET /" + std::string(9000, 'a')), "too_large 0");
}

TEST(Console, FindsPlaceholders) {
  const auto found = [](std::string_view text, Language language) {
    std::string names;
    for (const auto& each : placeholders(text, language)) names += '<' + each.name + '>';
    return names;
  };
  EXPECT_EQ(found("ROW a = ?, b = ?2, c = ?name, ??d = \"?\" // ?", Language::esql),
            "<><2><name><d>");
  EXPECT_EQ(found("SELECT ?, '?', \"?\" /* ? */ -- ?\n, ?", Language::sql), "<><>");
}

TEST(Console, ScriptsAreBounded) {
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += "GET /\n";
  EXPECT_EQ(dialect().parse(many).error().code, Code::too_large);
  EXPECT_EQ(dialect().parse("# nothing\n;").error().code, Code::invalid_argument);
  EXPECT_EQ(dialect().parse("GET /größe {\"a\" 1}").error().position, 17U);  // In characters.
}

}  // namespace
}  // namespace dbops::elasticsearch
