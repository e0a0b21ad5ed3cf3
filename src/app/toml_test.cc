#include "app/toml.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dbops::app {
namespace {

using testing::HasSubstr;

Node parsed(std::string_view text) {
  auto read = parse_toml(text);
  if (!read) {
    ADD_FAILURE() << text << ": " << read.error().message;
    return {};
  }
  return std::move(*read);
}

// Such as "{a=1 b=[2 {c=text}]}".
std::string shape(const Node& node) {
  std::string out;
  switch (node.type) {
    case Node::Type::text:
    case Node::Type::date:
      return node.text;
    case Node::Type::integer:
    case Node::Type::boolean:
      return std::to_string(node.integer);
    case Node::Type::real:
      return std::to_string(node.real);
    case Node::Type::array:
      for (const Node& item : node.items) out += (out.empty() ? "" : " ") + shape(item);
      return "[" + out + "]";
    case Node::Type::table:
      for (const Member& member : node.members)
        out += (out.empty() ? "" : " ") + member.name + "=" + shape(member.node);
      return "{" + out + "}";
  }
  return out;
}
std::string shape(std::string_view text) { return shape(parsed(text)); }

std::string problem(std::string_view text) {
  const auto read = parse_toml(text);
  if (read) return "no problem: " + shape(*read);
  const Place& place = read.error().place;
  return std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
         read.error().message;
}

TEST(Toml, ReadsTables) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "{}"},
      {"\xef\xbb\xbf# only a comment", "{}"},
      {"a = 1\r\n[b]\r\nc = 2\r\n", "{a=1 b={c=2}}"},
      {"[a.b.c]\nd = 1\n[a]\ne = 2", "{a={b={c={d=1}} e=2}}"},
      {"a.b.c = 1\na.b.d = 2\n[a.e]\nf = 3", "{a={b={c=1 d=2} e={f=3}}}"},
      {"[a.b.c]\n[a]\nb.d = 1", "{a={b={c={} d=1}}}"},
      {"[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\n[[a.e]]\nf = 3", "{a=[{b=1 c={d=2}} {e=[{f=3}]}]}"},
      {"[ a . 'b.c' ]\n\"\" = 1\n3.14 = 2", "{a={b.c={=1 3={14=2}}}}"},
      {"a = { b = 1, c.d = [ 1, # one\n 2, ], }", "{a={b=1 c={d=[1 2]}}}"},
      {"a = {\n  b = 1,\n  # c\n}\n", "{a={b=1}}"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shape(text), expected) << text;
}

TEST(Toml, ReadsStrings) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"(a = "\b\t\n\f\r\e\"\\ \x41 \u00e9 \U0001F600")",
       "{a=\b\t\n\f\r\x1b\"\\ A \xc3\xa9 \xf0\x9f\x98\x80}"},
      {R"(a = '\n "x"')", R"({a=\n "x"})"},
      {"a = \"\"\"\nx\n  y \\\n\n  z\"\"\"", "{a=x\n  y z}"},
      {"a = '''\r\nx\r\ny'''", "{a=x\r\ny}"},
      {R"(a = """"x"" "y""""")", R"({a="x"" "y""})"},
      {"a = ''''x'''''", "{a='x''}"},
      {"'\xc3\xad' = '\xc3\xad' # \xc3\xad", "{\xc3\xad=\xc3\xad}"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shape(text), expected) << text;
}

TEST(Toml, ReadsNumbersAndDates) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a = [+1, -0, 1_000, 0xFf, 0o17, 0b101]", "{a=[1 0 1000 255 15 5]}"},
      {"a = [9223372036854775807, -9223372036854775808]",
       "{a=[9223372036854775807 -9223372036854775808]}"},
      {"a = [1.5, 5e+2, -2E-1, 6.0_1e0, 0e0]",
       "{a=[1.500000 500.000000 -0.200000 6.010000 0.000000]}"},
      {"a = [inf, +inf, -inf, 1e999]", "{a=[inf inf -inf inf]}"},
      {"a = [true, false]", "{a=[1 0]}"},
      {"a = [2024-02-29, 03:04, 03:04:05.678]", "{a=[2024-02-29 03:04 03:04:05.678]}"},
      {"a = [2026-01-02T03:04:05Z, 2026-01-02 03:04:05.6-07:00, 2026-01-02t03:04]",
       "{a=[2026-01-02T03:04:05Z 2026-01-02 03:04:05.6-07:00 2026-01-02t03:04]}"},
      {"a = 2026-01-02 # a day", "{a=2026-01-02}"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shape(text), expected) << text;
  EXPECT_TRUE(std::isnan(parsed("a = -nan").members[0].node.real));
}

TEST(Toml, SaysWhereItStands) {
  const Node root = parsed("x = 1\n[a.b]\n'\xc3\xa9' = ['v',\n 2]\n");
  const Node& table = root.members[1].node.members[0].node;
  EXPECT_EQ(table.place.column, 1u);
  EXPECT_EQ(table.key_place.line, 2u);
  EXPECT_EQ(table.key_place.column, 4u);
  const Node& list = table.members[0].node;
  EXPECT_EQ(list.place.line, 3u);
  EXPECT_EQ(list.place.column, 7u);  // Characters, not bytes.
  EXPECT_EQ(list.items[1].place.line, 4u);
  EXPECT_EQ(list.items[1].place.column, 2u);
}

TEST(Toml, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a = ", "1:5: expected a value, but the file ends"},
      {"a = \nb = 1", "1:5: expected a value, but the line ends"},
      {"a", "1:2: expected '=' behind a key, but the file ends"},
      {"= 1", "1:1: expected a key, but found '='"},
      {"a = 1 b = 2", "1:7: expected the end of the line, but found 'b'"},
      {"[+x]", "1:2: expected a key, but found '+'"},
      {"\xc3\xad = 1", "1:1: expected a key, but found '\xc3\xad'"},
      {"[a", "1:3: expected ']', but the file ends"},
      {"[[a]", "1:4: expected ']]', but found ']'"},
      {"a = [1 2]", "1:8: expected ',' or ']', but found '2'"},
      {"a = {b = 1", "1:11: expected ',' or '}', but the file ends"},
      {"a = \"x\nb = 1", "1:5: the string does not end on its line"},
      {"a = '''x\n''", "1:5: the string does not end"},
      {R"(a = "\q")", "1:6: no such escape in a string (a backslash is written \\\\)"},
      {R"(a = "\u12")", "1:8: expected 4 hexadecimal digits"},
      {R"(a = "\ud800")", "1:8: no such character"},
      {"a = \"\x01\"", "1:6: a control character in a string (write it as \\u001f)"},
      {"# \x7f", "1:3: a control character in a comment"},
      {"\"\"\"a\"\"\" = 1", "1:1: a key can't have several lines"},
      {"a = '\xff'", "1:6: not UTF-8"},
      {"a = 1\na = 2", "2:1: cannot redefine existing integer 'a'"},
      {"[a]\n[a]", "2:2: cannot redefine existing table 'a'"},
      {"a = 1\n[a.b]", "2:2: cannot redefine existing integer 'a' as table"},
      {"a = 'x'\n[a]", "2:2: cannot redefine existing string 'a' as table"},
      {"[a]\n[[a]]", "2:3: cannot redefine existing table 'a' as array of tables"},
      {"[[a]]\n[a]", "2:2: cannot redefine existing array 'a' as table"},
      {"a.b = 1\n[a]", "2:2: cannot redefine existing table 'a'"},
      {"[a.b]\n[a]\nb.c = 1", "3:1: cannot redefine existing table 'b'"},
      {"a = {}\na.b = 1", "2:1: cannot redefine existing table 'a'"},
      {"a = []\n[[a]]", "2:3: cannot redefine existing array 'a' as array of tables"},
      {"a = { b = 1, b = 2 }", "1:14: cannot redefine existing integer 'b'"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(problem(text), expected) << text;
}

TEST(Toml, RefusesWhatIsNoValueWithoutShowingIt) {
  for (const std::string_view value : {"hunter2",
                                       "01",
                                       "1__0",
                                       "_1",
                                       "1_",
                                       "0x",
                                       "0xg",
                                       "+0x1",
                                       "1.",
                                       ".5",
                                       "1e",
                                       "1.e1",
                                       "1_.0",
                                       "9223372036854775808",
                                       "True",
                                       "infinity",
                                       "2026-02-30",
                                       "2023-02-29",
                                       "2026-1-02",
                                       "2026-01-02T",
                                       "2026-01-02T24:00",
                                       "03:04:61",
                                       "03:4",
                                       "03:04:05.",
                                       "03:04Z",
                                       "00:00+01:00",
                                       "2026-01-02T`3:04",
                                       "2026-01-02T03:04+24:00"}) {
    const std::string said = problem("a = " + std::string(value));
    EXPECT_THAT(said, testing::StartsWith("1:")) << value;
    EXPECT_THAT(said, testing::Not(HasSubstr(value))) << value;
  }
}

TEST(Toml, BoundsDepthAndSize) {
  const auto nested = [](size_t levels) {
    return "a = " + std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(parse_toml(nested(127)));
  EXPECT_THAT(problem(nested(128)), HasSubstr("nested too deep (at most 128 levels)"));
  std::string key = "a";
  for (int part = 1; part < 128; ++part) key += ".a";
  for (const auto& [before, behind] : {std::pair("", " = 1"), std::pair("[", "]")}) {
    EXPECT_TRUE(parse_toml(before + key + behind));
    EXPECT_THAT(problem(before + key + ".a" + behind), HasSubstr("nested too deep"));
  }
  EXPECT_THAT(problem("[" + key + "]\na = 1"), HasSubstr("nested too deep"));
  EXPECT_THAT(problem("a = { " + key + " = 1 }"), HasSubstr("nested too deep"));
  EXPECT_EQ(problem(std::string(kTomlBytesMax + 1, '\n')), "0:0: larger than 1.0 MB");
  EXPECT_TRUE(parse_toml(std::string(kTomlBytesMax, '\n')));
}

}  // namespace
}  // namespace dbops::app
