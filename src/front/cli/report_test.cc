#include "front/cli/report.h"

#include <gtest/gtest.h>

namespace dbops::cli {
namespace {

Error error(Code code, std::string message, std::optional<uint64_t> position = {}) {
  Error made{.code = code, .message = std::move(message)};
  made.position = position;
  return made;
}

TEST(Report, SaysWhatHappenedAndWhatToDo) {
  Error made = error(Code::constraint, "duplicate key");
  made.native_code = "23505";
  made.hint = "use another id";
  EXPECT_EQ(format_error(made, "", 0, false),
            "error [constraint]: duplicate key (23505)\nhint: use another id\n");
  made.effect = Effect::unknown;
  EXPECT_EQ(format_error(made, "", 0, false),
            "error [constraint]: duplicate key (23505)\n"
            "note: the database may have done it: look before you try again\n"
            "hint: use another id\n");
}

TEST(Report, ArgumentsOfToolsAreFlagsHere) {
  Error made = error(Code::constraint, "no");
  made.hint = "go on with `skip` = 12, or allow more with `max_errors`; `other` stays, `skip` = 3";
  EXPECT_EQ(format_error(made, "", 0, false),
            "error [constraint]: no\nhint: go on with --skip 12, or allow more with --max-errors; "
            "`other` stays, --skip 3\n");
}

TEST(Report, PointsAtThePlace) {
  EXPECT_EQ(format_error(error(Code::syntax, "no", 8), "select frm t", 0, false),
            "error [syntax]: no\n  line 1: select frm t\n                 ^\n");
  EXPECT_EQ(format_error(error(Code::syntax, "no", 1), "selct", 0, false),
            "error [syntax]: no\n  line 1: selct\n          ^\n");
  EXPECT_EQ(format_error(error(Code::syntax, "no", 12), "select 1\nx y z\nlast", 0, false),
            "error [syntax]: no\n  line 2: x y z\n            ^\n");
  // Behind the end, and in an empty line.
  EXPECT_EQ(format_error(error(Code::syntax, "no", 99), "select", 0, false),
            "error [syntax]: no\n  line 1: select \n                ^\n");
  EXPECT_EQ(format_error(error(Code::syntax, "no", 3), "a\n\nb", 0, false),
            "error [syntax]: no\n  line 2:  \n          ^\n");
}

TEST(Report, CountsCharactersAndColumns) {
  // The ninth character stands behind two that are two columns wide and take three bytes each.
  EXPECT_EQ(format_error(error(Code::syntax, "no", 9), "select 日x", 0, false),
            "error [syntax]: no\n  line 1: select 日x\n                   ^\n");
}

TEST(Report, CutsLongLinesAroundThePlace) {
  const std::string statement = std::string(500, 'a') + " frm " + std::string(500, 'b');
  const std::string text = format_error(error(Code::syntax, "no", 502), statement, 60, false);
  const size_t line = text.find("  line 1: ");
  const size_t caret = text.find('\n', line) + 1;
  EXPECT_NE(text.find("…"), std::string::npos);
  // The caret stands below the f, counted in columns: the ellipsis has three bytes and one column.
  EXPECT_EQ(text.find('^', caret) - caret + 2, text.find("frm", line) - line) << text;
}

TEST(Report, EscapesWhatServersSay) {
  EXPECT_EQ(format_error(error(Code::data, "a\x1b[2J\n"), "", 0, false),
            "error [data]: a\\x1b[2J\\n\n");
}

TEST(Report, ExitCodesAreThoseOfTheHelp) {
  EXPECT_EQ(exit_code(error(Code::syntax, "")), 1);
  EXPECT_EQ(exit_code(error(Code::denied, "")), 1);
  EXPECT_EQ(exit_code(error(Code::invalid_argument, "")), 2);
  EXPECT_EQ(exit_code(error(Code::invalid_config, "")), 2);
  EXPECT_EQ(exit_code(error(Code::unreachable, "")), 3);
  EXPECT_EQ(exit_code(error(Code::authentication, "")), 3);
  EXPECT_EQ(exit_code(error(Code::disconnected, "")), 3);
  EXPECT_EQ(exit_code(error(Code::forbidden, "")), 4);
  EXPECT_EQ(exit_code(error(Code::confirmation_required, "")), 4);
  EXPECT_EQ(exit_code(error(Code::timeout, "")), 5);
  EXPECT_EQ(exit_code(error(Code::io, "")), 6);
  EXPECT_EQ(exit_code(error(Code::cancelled, "")), 130);
}

}  // namespace
}  // namespace dbops::cli
