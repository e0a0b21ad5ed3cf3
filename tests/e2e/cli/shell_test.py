"""`dbops shell` on a terminal and from a script."""
import os
import stat

import harness
from harness import ENDLESS, World, postgres

PROMPT = r"x( \[write\])?> $"


class OnATerminal(World):
    def shell(self, *arguments):
        terminal = self.terminal("shell", *arguments, "--color", "never")
        self.greeting = terminal.expect(r"> $")
        return terminal

    def ask(self, terminal, text, prompt=PROMPT):
        """What comes for a line, without the line itself and the prompt behind it."""
        terminal.type(text + "\n")
        terminal.expect(r"\n")
        return terminal.expect(prompt)

    def test_statements_and_lines(self):
        shell = self.shell("x.db")
        self.assertRegex(self.greeting, r"^dbops \S+, SQLite \S+, tier read; \\\? helps\n")
        self.assertIn("(3 rows)", self.ask(shell, "select * from flights;"))
        shell.type("select ';\n")
        shell.expect(r"\n > $")
        shell.type("' as a, -- ;\n")
        shell.expect(r"\n > $")
        self.assertIn(";\\n │ 2", self.ask(shell, "2 as b;"))
        self.assertIn("(1 row)", self.ask(shell, "select 1; select 2;"))
        self.assertIn("line 1: selct", self.ask(shell, "selct 1;"))
        shell.type("exit\n")
        self.assertEqual(shell.rest()[1], 0)

    def test_control_d_leaves(self):
        shell = self.shell("x.db")
        shell.type("\x04")
        self.assertEqual(shell.rest()[1], 0)

    def test_control_c_drops_the_line_and_stops_the_query(self):
        shell = self.shell("x.db")
        shell.type("select 1,\n")
        shell.expect(r"\n > $")
        shell.type("garbage\x03")
        shell.expect(r"\^C\nx> $")
        self.assertIn("(1 row)", self.ask(shell, "select 1;"))
        shell.type(ENDLESS + ";\n")
        shell.expect("waiting for the first row, 1 s")
        shell.type("\x03")
        shell.expect(r"\[cancelled\][^$]*" + PROMPT)
        self.assertIn("(1 row)", self.ask(shell, "select 1;"))

    def test_completion(self):
        self.database("x.db", 'create table airports(code text, city text); create view "Odd One" as select 1 as a;')
        shell = self.shell("x.db")
        # What was completed is told by what it answers: libedit redraws only what differs.
        self.assertIn("LGA", self.ask(shell, "selec\torig\tfrom fli\tf where f.ori\t= 'LGA';"))
        self.assertIn("(0 rows)", self.ask(shell, 'select * from airp\twhere ci\t= 1;'))
        shell.type("select * from \t\t")
        listed = shell.expect("flights")
        self.assertIn("airports", listed)
        self.assertIn('"Odd One"', listed)
        shell.type("\x03")
        shell.expect(PROMPT)
        self.assertIn("timing is on", self.ask(shell, "\\ti\t"))
        self.assertIn("origin TEXT", self.ask(shell, "\\d fli\t"))

    def test_completion_follows_changes(self):
        shell = self.shell("x.db", "--tier", "write")
        shell.type("select * from boa\t\x03")
        shell.expect(r"\^C\n" + PROMPT)
        self.ask(shell, "create table boats(a);")
        self.assertIn("(0 rows)", self.ask(shell, "select * from boa\t;"))

    def test_history(self):
        shell = self.shell("x.db")
        self.ask(shell, "select 41 + 1 as answer;")
        self.ask(shell, "select 'password';")
        shell.type("\x1b[A")
        shell.expect("answer;")
        self.assertIn("42", self.ask(shell, ""))
        shell.type("\\q\n")
        self.assertEqual(shell.rest()[1], 0)
        file = os.path.join(self.home, ".local/state/dbops/history")
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        with open(file, encoding="utf-8") as history:
            text = history.read()
        self.assertIn("answer", text)
        self.assertNotIn("password", text)
        again = self.shell("x.db")
        again.type("\x1b[A")
        again.type("\x1b[A")
        again.expect("answer;")

    def test_describe(self):
        shell = self.shell("x.db")
        self.assertIn("flights (table", self.ask(shell, "\\d"))
        self.assertIn("origin TEXT", self.ask(shell, "\\d flights"))
        self.assertIn("flights", self.ask(shell, "\\dt"))
        self.assertIn("error [not_found]", self.ask(shell, "\\d nothing"))
        self.assertIn("sqlite:x.db", self.ask(shell, "\\l"))
        self.assertIn("\\timing", self.ask(shell, "\\?"))
        self.assertIn("did you mean \\timing?", self.ask(shell, "\\timin"))

    def test_settings(self):
        shell = self.shell("x.db")
        self.assertIn("expanded is on", self.ask(shell, "\\x"))
        self.assertIn("─[ 1 ]", self.ask(shell, "select 1;"))
        self.ask(shell, "\\x off")
        self.ask(shell, "\\timing")
        self.assertRegex(self.ask(shell, "select 1;"), r"time: \S+ \w+s")
        self.ask(shell, "\\f csv")
        self.assertIn("a\n1\n", self.ask(shell, "select 1 as a;"))
        self.ask(shell, "\\limit 2")
        self.assertIn("\\limit 0 gives all rows", self.ask(shell, "select id from flights;"))
        self.assertIn("no such format", self.ask(shell, "\\f xml"))

    def test_output_and_scripts(self):
        shell = self.shell("x.db")
        self.ask(shell, "\\o out.csv")
        self.assertNotIn("JFK", self.ask(shell, "select * from flights;"))
        self.assertFalse(os.path.exists(self.path("out.csv")))
        self.ask(shell, "\\o")
        self.assertIn("JFK", self.read("out.csv"))
        self.assertIn("error [not_found]", self.ask(shell, "\\o nowhere/out.csv"))
        self.write("script.sql", "select 'from ' ||\n 'script';\n\\i other.sql\n")
        self.write("other.sql", "select 'nested'")
        out = self.ask(shell, "\\i script.sql")
        self.assertIn("from script", out)
        self.assertIn("nested", out)
        self.write("loop.sql", "\\i loop.sql\n")
        self.assertIn("16 deep", self.ask(shell, "\\i loop.sql"))
        self.write("bad.sql", "select 1;\nselct;\nselect 'unreached';\n")
        self.assertNotIn("unreached", self.ask(shell, "\\i bad.sql"))

    def test_writes_are_marked_and_asked_for(self):
        shell = self.shell("x.db", "--tier", "write")
        self.assertTrue(self.greeting.endswith("x [write]> "))
        shell.type("delete from flights;\n")
        shell.expect("Type yes to go on: ")
        shell.type("no\n")
        shell.expect("not confirmed[^>]*> $")
        self.assertEqual(len(self.rows("select * from flights")), 3)
        shell.type("delete from flights;\n")
        shell.expect("Type yes to go on: ")
        shell.type("yes\n")
        shell.expect("DELETE, 3 rows affected")
        self.assertEqual(self.rows("select * from flights"), [])

    def test_connections(self):
        self.database("y.db", "create table other(a)")
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\n[connections.y]\nurl = "y.db"\n')
        shell = self.shell()
        self.assertTrue(self.greeting.endswith("dbops> "))
        self.assertIn("no connection is chosen", self.ask(shell, "select 1;", prompt="dbops> $"))
        self.ask(shell, "\\c x")
        shell.type("\\c y\n")
        shell.expect("y> $")
        self.assertIn("other", self.ask(shell, "\\d", prompt="y> $"))
        self.assertIn("error [not_found]", self.ask(shell, "\\c z", prompt="y> $"))

    def test_postgres(self):
        shell = self.terminal("shell", postgres(), "--color", "never")
        shell.expect(r"PostgreSQL \S+, tier read; \\\? helps\npostgres> $")
        shell.type("select $$;$$ as a,\n'x' as b;\n")
        self.assertIn("(1 row)", shell.expect(r"\)\npostgres> $"))
        shell.type("select * from pg_catalog.pg_cl\t")
        shell.type("\x03")
        shell.expect("postgres> $")
        shell.type("select pg_sleep(100);\n")
        shell.expect("waiting for the first row, 1 s")
        shell.type("\x03")
        shell.expect(r"\[cancelled\][^$]*postgres> $")
        shell.type("select 'again' as b;\n")
        self.assertIn("again", shell.expect(r"\(1 row\)"))


class FromAScript(World):
    def test_it_runs_without_a_word_of_its_own(self):
        self.assertEqual(self.good("shell", "x.db", stdin="select 1 as a;\nselect 2\nas b"), "a\n1\nb\n2\n")

    def test_it_stops_at_the_first_failure(self):
        code, out, error = self.run_program("shell", "x.db", stdin="select 1 as a;\nselct;\nselect 3 as c;\n")
        self.assertEqual((code, out), (1, "a\n1\n"))
        self.assertIn("error [syntax]", error)
        self.assertEqual(self.run_program("shell", "x.db", stdin="\\foo\nselect 1;")[0], 2)

    def test_dangers_are_not_confirmed_by_a_script(self):
        code, _, error = self.run_program("shell", "x.db", "--tier", "write", stdin="delete from flights;\nyes\n")
        self.assertEqual(code, 4)
        self.assertIn("[confirmation_required]", error)
        self.assertEqual(len(self.rows("select * from flights")), 3)

    def test_a_script_is_one_transaction(self):
        self.write("half.sql", "insert into flights(id) values (7);\n-- ;\ninsert into flights(id) values (8);\n"
                               "insert into flights(id) values (1);\n")
        code, _, error = self.run_program("shell", "x.db", "--tier", "write", stdin="\\i half.sql\n")
        self.assertEqual((code, len(self.rows("select * from flights"))), (1, 3), error)
        # What is typed, and what stands on both sides of a command, are calls of their own.
        self.write("parts.sql", "insert into flights(id) values (10);\n\\timing off\nselct;\n")
        for typed in ("insert into flights(id) values (9); selct;\n", "\\i parts.sql\n"):
            self.assertEqual(self.run_program("shell", "x.db", "--tier", "write", stdin=typed)[0], 1)
        self.assertEqual(self.rows("select id from flights where id > 3"), [(9,), (10,)])

    def test_a_script_answers_each_statement(self):
        self.write("two.sql", "select 1 as a;\nselect ';' as b;\n\n\\f json\nselect 3 as c")
        self.assertEqual(self.good("shell", "x.db", stdin="\\i two.sql\n"),
                         'a\n1\n\nb\n;\nformat is json\n[\n{"c":3}\n]\n')
        # What no transaction takes runs as it was typed.
        self.write("upkeep.sql", "vacuum;\nvacuum;\n")
        self.assertEqual(self.run_program("shell", "x.db", "--tier", "admin", stdin="\\i upkeep.sql\n")[0], 0)
        self.write("empty.sql", "-- nothing\n")
        self.assertEqual(self.good("shell", "x.db", stdin="\\i empty.sql\n"), "")

    def test_transactions_are_left_out(self):
        for command in ("shell", "execute"):
            code, _, error = self.run_program(command, "x.db", "--tier", "write", stdin="begin; select 1; commit;")
            self.assertEqual(code, 1)
            self.assertRegex(error, r"hint: leave out BEGIN, COMMIT and their like: .*; in the shell, a file that \\i runs is one")

    def test_files_that_fail(self):
        for command in ("\\i nowhere.sql", "\\o nowhere/out.csv"):
            with self.subTest(command):
                self.assertEqual(self.run_program("shell", "x.db", stdin=command + "\n")[0], 6)

    def test_l_lists_the_connections_that_cannot_be_used_too(self):
        self.write("dbops.toml", '[connections.good]\nurl = "x.db"\n[connections.unset]\nurl = "${NO}"\n')
        listed = self.good("shell", "good", stdin="\\l\n")
        self.assertIn("unset", listed)
        self.assertIn("needs the environment variable NO", listed)

    def test_quit_ends_it(self):
        self.assertEqual(self.good("shell", "x.db", stdin="select 1 as a;\n\\q\nselect 2;\n"), "a\n1\n")


if __name__ == "__main__":
    harness.main()
