"""The program with a person before it: tables, colours, progress, questions, Ctrl-C."""
import os
import time

import harness
from harness import ENDLESS, World


class Tables(World):
    def test_a_terminal_gets_a_table(self):
        out, code = self.terminal("query", "x.db", "select * from flights").rest()
        self.assertEqual(code, 0)
        self.assertIn("\x1b[1mid\x1b[0m", out)
        self.assertIn("\x1b[2m∅\x1b[0m", out)
        self.assertIn("(3 rows)", out)

    def test_no_color(self):
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\x1b", self.terminal("query", "x.db", "select null").rest()[0])
        del self.environment["NO_COLOR"]
        self.assertNotIn("\x1b", self.terminal("query", "x.db", "select null", "--color", "never").rest()[0])

    def test_control_characters_do_no_harm(self):
        statement = "select char(27) || ']0;title' || char(7) || char(155) || '31m' as a"
        for form in ("table", "expanded", "csv", "tsv", "json", "ndjson", "markdown"):
            out, _ = self.terminal("query", "x.db", statement, "--format", form, "--color", "never").rest()
            for bad in ("\x1b", "\x07", "\x9b"):
                self.assertNotIn(bad, out, form)

    def test_what_is_too_wide_is_shortened(self):
        statement = "select 1 as id, printf('%200s', 'x') as wide, printf('%.*c', 200, 'y') as also"
        out, _ = self.terminal("query", "x.db", statement, "--color", "never", columns=60).rest()
        for line in out.splitlines()[:3]:
            self.assertLessEqual(len(line), 60)
        self.assertIn("2 cells were shortened to fit the terminal; --format expanded shows all", out)

    def test_what_cannot_fit_is_expanded(self):
        columns = ", ".join(f"'value {i}' as column_{i}" for i in range(30))
        out, _ = self.terminal("query", "x.db", "select " + columns, "--color", "never", columns=60).rest()
        self.assertIn("column_29 │ value 29", out)

    def test_a_thousand_rows_are_shown(self):
        statement = harness.COUNTING % "i" + " limit 1001"
        out, code = self.terminal("query", "x.db", statement).rest()
        self.assertEqual(code, 0)
        self.assertIn("(1,000 rows, there are more: cut by the limit of 1,000 rows)", out)
        self.assertIn("--limit 0 gives all rows", out)
        out, _ = self.terminal("query", "x.db", statement, "--limit", "0").rest()
        self.assertIn("(1,001 rows)", out)

    def test_a_file_has_no_limit_of_rows(self):
        self.terminal("query", "x.db", harness.COUNTING % "i" + " limit 5000", "-o", "out.csv").rest()
        self.assertEqual(self.read("out.csv").count("\n"), 5001)


class Interrupts(World):
    def test_control_c_stops_the_query(self):
        terminal = self.terminal("query", "x.db", ENDLESS)
        terminal.expect("waiting for the first row, 1 s")
        before = time.monotonic()
        terminal.type("\x03")
        out, code = terminal.rest()
        self.assertEqual(code, 130)
        self.assertIn("[cancelled]", out)
        self.assertLess(time.monotonic() - before, 5)

    def test_a_server_of_agents_says_whom_it_waits_for(self):
        terminal = self.terminal("mcp", "x.db")
        terminal.expect("dbops speaks MCP over stdin and stdout: an agent starts it")
        terminal.type("\x03")
        terminal.rest()

    def test_progress_is_on_stderr_alone(self):
        with open(self.path("out"), "wb") as out:
            terminal = self.terminal("query", "x.db", harness.COUNTING % "i", stdout=out)
            terminal.expect(r"\d[\d,]* rows, [\d,]+ rows/s, \d+ s")
            terminal.type("\x03")
            self.assertEqual(terminal.rest()[1], 130)
        self.assertTrue(self.read("out").startswith("i\n1\n2\n"))
        self.assertNotIn("rows/s", self.read("out"))

    def test_a_quick_query_says_nothing_of_progress(self):
        with open(self.path("out"), "wb") as out:
            self.assertEqual(self.terminal("query", "x.db", "select 1", stdout=out).rest(), ("", 0))


class Questions(World):
    ARGUMENTS = ("execute", "x.db", "delete from flights", "--tier", "write")

    def test_yes(self):
        terminal = self.terminal(*self.ARGUMENTS)
        asked = terminal.expect("Type yes to go on: ")
        self.assertIn("DELETE without WHERE", asked)
        self.assertEqual(len(self.rows("select * from flights")), 3)
        terminal.type("yes\n")
        out, code = terminal.rest()
        self.assertEqual(code, 0, out)
        self.assertIn("DELETE, 3 rows affected", out)
        self.assertEqual(self.rows("select * from flights"), [])

    def test_anything_else_is_no(self):
        for answer in ("no\n", "\n", "y\n", "yes please\n", "\x04"):
            terminal = self.terminal(*self.ARGUMENTS)
            terminal.expect("Type yes to go on: ")
            terminal.type(answer)
            out, code = terminal.rest()
            self.assertEqual(code, 4, answer)
            self.assertIn("not confirmed: nothing was done", out)
        self.assertEqual(len(self.rows("select * from flights")), 3)

    def test_control_c_is_no(self):
        terminal = self.terminal(*self.ARGUMENTS)
        terminal.expect("Type yes to go on: ")
        terminal.type("\x03")
        self.assertEqual(terminal.rest()[1], 130)
        self.assertEqual(len(self.rows("select * from flights")), 3)

    def test_it_asks_though_the_statement_comes_from_a_pipe(self):
        reader, writer = os.pipe()
        os.write(writer, b"delete from flights")
        os.close(writer)
        terminal = self.terminal("execute", "x.db", "--tier", "write", stdin=reader)
        os.close(reader)
        terminal.expect("Type yes to go on: ")
        terminal.type("yes\n")
        self.assertEqual(terminal.rest()[1], 0)


class Statements(World):
    def test_a_terminal_is_no_statement(self):
        out, code = self.terminal("query", "x.db", "--color", "never").rest()
        self.assertEqual(code, 2)
        self.assertIn("no statement is given", out)


if __name__ == "__main__":
    harness.main()
