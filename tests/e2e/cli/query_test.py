"""Statements, parameters, formats, limits and exit codes."""
import csv
import io
import json
import os
import signal
import subprocess
import time

import harness
from harness import ENDLESS, World, postgres


class Query(World):
    def test_a_pipe_gets_csv(self):
        self.assertEqual(self.good("query", "x.db", "select * from flights"),
                         'id,origin,delay,note\n1,JFK,2.5,\n2,LGA,-1,""\n3,日本,0,"a ""b"", c"\n')

    def test_a_connection_is_a_url_or_a_path(self):
        for connection in ("x.db", "./x.db", self.path("x.db"), "sqlite:x.db", "sqlite:" + self.path("x.db"),
                           "sqlite://" + self.path("x.db")):
            self.assertEqual(self.good("query", connection, "select 1 as a"), "a\n1\n")

    def test_a_statement_comes_from_four_places(self):
        self.write("one.sql", "\ufeffselect 1 as a -- done\n")
        self.assertEqual(self.good("query", "x.db", "-f", "one.sql"), "a\n1\n")
        self.assertEqual(self.good("query", "x.db", stdin="select 2 as a;\n"), "a\n2\n")
        self.assertEqual(self.good("query", "x.db", "-", stdin="select 3 as a"), "a\n3\n")
        self.assertEqual(self.good("query", "x.db", "-f", "-", stdin="select 4 as a"), "a\n4\n")
        self.assertIn("given twice", self.bad(2, "query", "x.db", "select 1", "-f", "one.sql"))
        for command in ("query", "execute", "explain"):
            self.assertIn("nowhere.sql", self.bad(6, command, "x.db", "-f", "nowhere.sql"))

    def test_bad_texts(self):
        self.assertIn("[invalid_argument]", self.bad(2, "query", "x.db", stdin="  -- nothing\n"))
        self.assertIn("[invalid_argument]", self.bad(2, "query", "x.db", stdin=""))
        self.assertIn("16 MiB", self.bad(6, "query", "x.db", stdin="select 1 --" + "x" * (17 << 20)))

    def test_parameters(self):
        select = "select typeof(?1), ?1, typeof(?2), ?2"
        self.assertEqual(self.good("query", "x.db", select, "-p", "-5", "-p", "007", "--no-header"),
                         "integer,-5,text,007\n")
        self.assertEqual(self.good("query", "x.db", "select :a, :b", "-p", "b=2", "-p", "a=x=y", "--no-header"), "x=y,2\n")
        self.assertEqual(self.good("query", "x.db", select, "--json-params", '["5", null]', "--no-header"),
                         "text,5,null,\n")
        self.assertEqual(self.good("query", "x.db", "select :a", "--json-params", '{"a": "x"}', "--no-header"), "x\n")
        self.assertIn("not JSON", self.bad(2, "query", "x.db", select, "--json-params", "[1"))
        self.assertIn("as a text", self.bad(2, "query", "x.db", select, "--json-params", "[0.12345678901234567890, 1]"))
        for number in (("-p", "1.5"), ("--json-params", "[1.5]")):
            self.assertEqual(self.good("query", "x.db", "select 10 > ?, typeof(?1)", *number, "--no-header"), "1,real\n")

    def test_every_format(self):
        def out(form):
            return self.good("query", "x.db", "select * from flights order by id", "--format", form)

        self.assertEqual(json.loads(out("json"))[2], {"id": 3, "origin": "日本", "delay": 0, "note": 'a "b", c'})
        self.assertEqual([json.loads(line)["id"] for line in out("ndjson").splitlines()], [1, 2, 3])
        self.assertEqual(out("tsv").splitlines()[1], "1\tJFK\t2.5\t\\N")
        self.assertEqual(out("markdown").splitlines()[2], "| 1 | JFK | 2.5 | ∅ |")
        self.assertEqual(out("expanded").splitlines()[:2], ["─[ 1 ]──", "id     │ 1"])
        self.assertEqual(out("table"), " id │ origin │ delay │ note\n"
                                       "────┼────────┼───────┼──────────\n"
                                       "  1 │ JFK    │   2.5 │ ∅\n"
                                       "  2 │ LGA    │    -1 │\n".replace("│\n", "│ \n") +
                                       "  3 │ 日本   │     0 │ a \"b\", c\n(3 rows)\n")
        self.assertEqual(list(csv.reader(io.StringIO(out("csv"))))[3], ["3", "日本", "0", 'a "b", c'])

    def test_exact_values(self):
        statement = ("select 9223372036854775807 as big, 9007199254740992 as edge, 0.1 as real, x'00ff' as bytes, "
                     "null as none, '' as empty, 1e999 as infinite")
        row = json.loads(self.good("query", "x.db", statement, "--format", "json"))[0]
        self.assertEqual(row, {"big": "9223372036854775807", "edge": "9007199254740992", "real": 0.1,
                               "bytes": {"base64": "AP8="}, "none": None, "empty": "", "infinite": "Infinity"})
        self.assertEqual(self.good("query", "x.db", statement, "--no-header"),
                         '9223372036854775807,9007199254740992,0.1,\\x00ff,,"",Infinity\n')

    def test_several_statements(self):
        self.assertEqual(self.good("query", "x.db", "select 1 as a; select 2 as b"), "a\n1\n\nb\n2\n")
        out = self.good("query", "x.db", "select 1 as a; select 2 as b", "--format", "json")
        self.assertEqual(out, '[\n{"a":1}\n]\n[\n{"b":2}\n]\n')

    def test_limits(self):
        code, out, error = self.run_program("query", "x.db", "select id from flights", "--limit", "2")
        self.assertEqual((code, out), (0, "id\n1\n2\n"))
        self.assertEqual(error, "warning: there are more rows: cut by the limit of 2 rows\n"
                                "--limit 0 gives all rows, --limit N gives N\n")
        # Exact: nothing is said where nothing is missing.
        self.assertEqual(self.good("query", "x.db", "select id from flights", "--limit", "3"), "id\n1\n2\n3\n")
        many = harness.COUNTING % "i" + " limit 5000"
        self.assertEqual(self.good("query", "x.db", many).count("\n"), 5001)

    def test_exit_codes(self):
        self.assertIn("error [syntax]", self.bad(1, "query", "x.db", "selct 1"))
        self.assertIn("error [not_found]", self.bad(1, "query", "x.db", "select * from nowhere"))
        self.assertIn("no such option", self.bad(2, "query", "x.db", "select 1", "--fromat", "csv"))
        self.assertIn("nosuch", self.bad(2, "query", "nosuch", "select 1"))
        self.assertIn("error [unreachable]", self.bad(3, "query", "postgresql://127.0.0.1:1/x", "select 1"))
        self.assertIn("error [forbidden]", self.bad(4, "query", "x.db", "delete from flights"))
        self.assertIn("error [timeout]", self.bad(5, "query", "x.db", ENDLESS, "--timeout", "100ms"))
        self.assertEqual(len(self.rows("select * from flights")), 3)

    def test_a_missing_file_is_not_made(self):
        self.assertIn("none.db", self.run_program("query", "none.db", "select 1")[2])
        self.assertFalse(os.path.exists(self.path("none.db")))

    def test_an_error_points_at_its_place(self):
        error = self.bad(1, "query", "x.db", "select 1,\n  selct 日 frm\n")
        self.assertRegex(error, r"\n  line 2:   selct 日 frm\n +\^\n")

    def test_a_reader_that_leaves_ends_it_quietly(self):
        process = self.start("query", "x.db", harness.COUNTING % "i", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"i\n")
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertEqual(process.wait(harness.PATIENCE), 141)

    def test_signals_cancel(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.start("query", "x.db", ENDLESS, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.wait_for_audit_file()
            process.send_signal(number)
            _, error = process.communicate(timeout=harness.PATIENCE)
            self.assertIn(b"error [cancelled]", error)
            self.assertEqual(process.returncode, code)
            os.remove(self.audit_file())

    def test_a_signal_ends_the_wait_for_a_slow_reader(self):
        process = self.start("query", "x.db", harness.COUNTING % "i", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"i\n")  # From here on the pipe fills.
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.PATIENCE)
        self.assertEqual(process.returncode, 130)

    def audit_file(self):
        return os.path.join(self.home, ".local/state/dbops/audit.db")

    def wait_for_audit_file(self):
        """The program installs its signal handlers before it makes this file."""
        deadline = time.monotonic() + harness.PATIENCE
        while not os.path.exists(self.audit_file()) and time.monotonic() < deadline:
            time.sleep(0.01)

    def test_a_large_result_takes_little_memory(self):
        code = ("import resource, subprocess, sys\n"
                "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        done = subprocess.run(["python3", "-c", code, harness.PROGRAM, "query", "x.db",
                               harness.COUNTING % "i, 'text ' || i" + " limit 1000000"], cwd=self.work, env=self.environment,
                              capture_output=True, check=True, timeout=120)
        if "ASAN_OPTIONS" not in os.environ:
            self.assertLess(int(done.stdout), 40 * 1024)  # KiB


class Execute(World):
    def test_the_tier_must_allow_it(self):
        error = self.bad(4, "execute", "x.db", "insert into flights(id) values (9)")
        self.assertIn("--tier", error)
        code, out, error = self.run_program("execute", "x.db", "insert into flights(id) values (9)", "--tier", "write")
        self.assertEqual((code, out, error), (0, "", "INSERT, 1 row affected\n"))
        self.assertEqual(self.rows("select id from flights where id > 3"), [(9,)])

    def test_what_is_dangerous_must_be_confirmed(self):
        arguments = ("execute", "x.db", "delete from flights", "--tier", "write")
        error = self.bad(4, *arguments)
        self.assertIn("error [confirmation_required]", error)
        self.assertIn("--yes", error)
        self.assertEqual(len(self.rows("select * from flights")), 3)
        self.assertEqual(self.run_program(*arguments, "--yes")[0], 0)
        self.assertEqual(self.rows("select * from flights"), [])

    def test_a_dry_run_changes_nothing(self):
        code, _, error = self.run_program("execute", "x.db", "delete from flights", "--tier", "write", "--dry-run")
        self.assertEqual(code, 0)
        self.assertIn("DELETE, 3 rows affected", error)
        self.assertIn("rolled back", error)
        self.assertEqual(len(self.rows("select * from flights")), 3)

    def test_returning_gives_rows(self):
        code, out, error = self.run_program("execute", "x.db", "update flights set delay = 0 where id = ? returning id, delay",
                                            "-p", "1", "--tier", "write", "--format", "json")
        self.assertEqual((code, json.loads(out), error), (0, [{"id": 1, "delay": 0}], ""))
        out = self.good("execute", "x.db", "update flights set delay = 1 where id = 1", "--tier", "write", "--format", "json")
        self.assertEqual(json.loads(out), {"command": "UPDATE", "affected": 1})

    def test_a_database_is_made_when_asked_for(self):
        arguments = ("execute", "new.db", "create table t(a)", "--tier", "write")
        self.assertNotEqual(self.run_program(*arguments)[0], 0)
        self.write("rows.csv", "a\n1\n")
        self.assertEqual(self.run_program(*arguments, "--create", "--dry-run")[0], 0)
        self.good("load", "new.db", "t", "rows.csv", "--create-table", "--tier", "write", "--create", "--dry-run")
        self.good("query", "new.db", "select 1", "--tier", "write", "--create")
        self.assertFalse(os.path.exists(self.path("new.db")))
        self.assertEqual(self.run_program(*arguments, "--create")[0], 0)
        self.assertEqual(self.rows("select name from sqlite_master", "new.db"), [("t",)])


class Looks(World):
    def test_explore(self):
        self.assertIn("flights (table", self.good("explore", "x.db"))
        self.assertIn("origin TEXT", self.good("explore", "x.db", "flights", "--detail", "full"))
        self.assertEqual(json.loads(self.good("explore", "x.db", "--format", "json"))["items"][0]["path"], "flights")
        self.assertIn("origin", self.good("explore", "x.db", "--pattern", "ORIG"))
        self.assertIn("error [not_found]", self.bad(1, "explore", "x.db", "flihgts"))

    def test_explain(self):
        self.assertIn("flights", self.good("explain", "x.db", "select * from flights where id = ?", "-p", "1"))

    def test_diagnose(self):
        self.assertRegex(self.good("diagnose", "x.db"), r"(?m)^ok ")
        self.assertIsInstance(json.loads(self.good("diagnose", "x.db", "--format", "json")), list)
        self.assertIn("error [invalid_argument]", self.bad(2, "diagnose", "x.db", "--area", "nothing"))

    def test_operations(self):
        rows = json.loads(self.good("operations", "x.db", "--format", "json"))
        self.assertTrue(rows)
        self.assertEqual(set(rows[0]), {"operation", "tier", "arguments", "description"})
        self.assertIn("error [not_found]", self.bad(1, "operate", "x.db", "nothing"))

    def test_version_and_help(self):
        first, *lines = self.good("version").splitlines()
        self.assertRegex(first, r"^dbops \d+\.\d+\.\d+$")
        engines = json.loads(self.good("version", "--format", "json"))["engines"]
        self.assertEqual([engine["name"] for engine in engines], [line.strip().split(":")[0] for line in lines])
        self.assertRegex(lines[0], r"^  sqlite: SQLite 3\.\S+$")
        self.assertRegex(lines[1], r"^  postgres: libpq \S+, the grammar of PostgreSQL \d+$")
        self.assertIn("Exit codes:", self.good("--help"))
        self.assertIn("dbops query flights.db", self.bad(2))


class Postgres(World):
    def test_parameters_are_inferred(self):
        out = self.good("query", postgres(), "select $1::int + 1, $2 || '!', $3 = 'x'", "-p", "41", "-p", "5", "-p", "x",
                        "--no-header")
        self.assertEqual(out, "42,5!,true\n")
        exact = "12345678901234567.89"
        for given in (("-p", exact), ("--json-params", f'["{exact}"]')):
            self.assertEqual(self.good("query", postgres(), "select $1::numeric", *given, "--no-header"), exact + "\n")
        # As a number of JSON it is a double.
        self.assertIn('["0.10"]', self.good("query", "--help"))

    def test_exact_values(self):
        row = json.loads(self.good("query", postgres(), "select 12345678901234567890.123 as n, 'NaN'::float8 as f, "
                                   "'2026-11-25 10:00:00+02'::timestamptz at time zone 'UTC' as t, array[1,null] as a, "
                                   "'\\x00ff'::bytea as b", "--format", "json"))[0]
        self.assertEqual(row, {"n": "12345678901234567890.123", "f": "NaN", "t": "2026-11-25 08:00:00", "a": [1, None],
                               "b": {"base64": "AP8="}})

    def test_an_error_points_at_its_place(self):
        error = self.bad(1, "query", postgres(), "select '日本',\n nothing from pg_class")
        self.assertIn("error [not_found]", error)
        self.assertIn("line 2:  nothing from pg_class\n           ^", error)

    def test_a_signal_stops_the_server(self):
        mark = f"dbops-e2e-{os.getpid()}"
        process = self.start("query", postgres(), f"select pg_sleep(300), '{mark}'", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        self.wait_for_activity(mark, "1")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.wait_for_activity(mark, "0")

    def wait_for_activity(self, mark, count):
        statement = "select count(*) from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()"
        deadline = time.monotonic() + harness.PATIENCE
        while self.good("query", postgres(), statement, "-p", f"=%{mark}%", "--no-header").strip() != count:
            self.assertLess(time.monotonic(), deadline)


if __name__ == "__main__":
    harness.main()
