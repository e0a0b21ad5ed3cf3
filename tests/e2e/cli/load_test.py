"""dbops load and dbops search, with Python's csv, json and sqlite3 modules and psql as witnesses."""
import csv
import json
import os
import sqlite3
import subprocess

import harness
from harness import PROGRAM, World, postgres

FIELDS = ["plain", "", "a,b", 'say "no"', "two\nlines", "größe ✈", " blank ", "\\N", "NULL", "'", "tab\there"]


class Load(World):
    def fetch(self, statement, name="x.db"):
        with sqlite3.connect(self.path(name)) as database:
            return database.execute(statement).fetchall()

    def write_csv(self, rows):
        with open(self.path("rows.csv"), "w", encoding="utf-8", newline="") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)

    def load(self, *arguments, tier="write"):
        return self.good("load", "x.db", *arguments, "--tier", tier)

    def test_what_pythons_writer_wrote_is_loaded(self):
        rows = [[str(i), field] for i, field in enumerate(FIELDS)]
        self.write_csv([["n", "t"], *rows])
        self.assertIn(f"{len(rows)} written, 0 refused", self.load("t", "rows.csv", "--create-table"))
        self.assertEqual(self.fetch("select n, t from t order by rowid"), [tuple(row) for row in rows])

    def test_what_the_program_wrote_is_loaded(self):
        rows = [(i, field) for i, field in enumerate([None, *FIELDS, "back\\slash", "\\\\N", "\r", "\t"])]
        with sqlite3.connect(self.path("x.db")) as database:
            database.execute("create table s(n integer, t text)")
            database.executemany("insert into s values (?, ?)", rows)
        for name in ("rows.csv", "rows.tsv"):
            with self.subTest(name):
                self.good("query", "x.db", "select n, t from s order by n", "-o", name)
                self.load("copy", name, "--create-table", "--infer")
                self.assertEqual(self.fetch("select n, t from copy order by n"), rows)
                # A column alone, where the empty text and NULL have a line of their own.
                self.good("query", "x.db", "select t from s order by n", "-o", name)
                self.load("alone", name, "--create-table")
                self.assertEqual(self.fetch("select t from alone order by rowid"), [(text,) for _, text in rows])
                for table in ("copy", "alone"):
                    with sqlite3.connect(self.path("x.db")) as database:
                        database.execute(f"drop table {table}")
        self.write("rows.tsv", "n\tt\n\n1\t\n\n")  # An empty line is none of two fields.
        self.load("copy", "rows.tsv", "--create-table")
        self.assertEqual(self.fetch("select n, t from copy"), [("1", "")])

    def test_documents(self):
        documents = [{"n": 1, "t": "a", "d": {"x": [1, None]}}, {"n": 2.5}, {"t": "ü"}]
        self.write("rows.json", json.dumps(documents))
        self.write("rows.ndjson", "\n".join(json.dumps(each) for each in documents))
        for name in ("rows.json", "rows.ndjson"):
            self.load("t", name, "--create-table")
        found = self.fetch("select n, t, json(d) from t")
        self.assertEqual(found, [(1, "a", '{"x":[1,null]}'), (2.5, None, None), (None, "ü", None)] * 2)

    def test_a_pipe_that_is_cut_into_pieces(self):
        self.write_csv([["n"], *[[str(i)] for i in range(30_000)]])
        with open(self.path("rows.csv"), "rb") as rows:
            done = subprocess.run([PROGRAM, "load", "x.db", "t", "--as", "csv", "--create-table", "--infer",
                                   "--tier", "write"], stdin=rows, cwd=self.work, env=self.environment,
                                  capture_output=True, timeout=harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.fetch("select count(*), sum(n) from t"), [(30_000, 449_985_000)])

    def test_it_goes_on_where_it_ended(self):
        self.write("rows.csv", "id,origin\n10,A\n11,B\n10,C\n12,D\n")
        said = self.bad(1, "load", "x.db", "flights", "rows.csv", "--tier", "write")
        self.assertIn("line 4: UNIQUE constraint failed", said)
        self.assertIn("go on with --skip 2; mend what is wrong, or allow more with --max-errors", said)
        report = json.loads(self.load("flights", "rows.csv", "--skip", "2", "--max-errors", "1", "--format", "json"))
        self.assertEqual((report["written"], report["refused"], report["position"]), (1, 1, 4))
        self.assertEqual(report["errors"][0]["line"], 4)
        self.assertEqual(self.fetch("select origin from flights where id > 9"), [("A",), ("B",), ("D",)])

    def test_what_would_be_overwritten_is_confirmed_first(self):
        self.write("rows.csv", "id,origin\n1,A\n")
        said = self.bad(4, "load", "x.db", "flights", "rows.csv", "--tier", "write", "--replace")
        self.assertIn("[confirmation_required]", said)
        self.assertIn("overwrites what stands in flights", said)
        self.assertIn("[forbidden]", self.bad(4, "load", "x.db", "flights", "rows.csv", "--replace", "--yes"))
        said = self.bad(1, "load", "x.db", "flights", "rows.csv", "--tier", "write", "--replace", "--yes")
        self.assertIn("[unsupported]", said)

    def test_a_dry_run_writes_nothing(self):
        self.write("rows.csv", "a,b\n1,x\n")
        said = self.load("t", "rows.csv", "--create-table", "--infer", "--dry-run")
        self.assertIn("would run: CREATE TABLE t (a INTEGER, b TEXT)", said)
        self.assertEqual(self.fetch("select count(*) from sqlite_schema where name = 't'"), [(0,)])

    def test_a_file_that_cannot_be_read(self):
        self.write("closed.csv", "id\n9\n", mode=0)
        names = ["nowhere.csv"] if os.geteuid() == 0 else ["nowhere.csv", "closed.csv"]  # Root reads all.
        for name in names:
            said = self.bad(6, "load", "x.db", "flights", name, "--tier", "write")
            self.assertIn(f"can't read {name}", said)
        self.write("rows.csv", "id\n9\n")  # What the database lacks is its own refusal.
        self.assertIn("[not_found]", self.bad(1, "load", "x.db", "nothing", "rows.csv", "--tier", "write"))

    def test_it_needs_the_tier(self):
        self.write("rows.csv", "id\n9\n")
        self.assertIn("[forbidden]", self.bad(4, "load", "x.db", "flights", "rows.csv"))
        self.assertIn("--as", self.bad(2, "load", "x.db", "flights", "nothing", "--tier", "write"))

    def test_rows_go_from_engine_to_engine(self):
        url = postgres()

        def psql(statement):
            done = subprocess.run(["psql", url, "-qAtc", statement], capture_output=True, check=True, text=True,
                                  timeout=harness.PATIENCE)
            return done.stdout.strip()

        psql("drop table if exists dbops_e2e_load")
        self.addCleanup(psql, "drop table dbops_e2e_load")
        self.good("load", url, "dbops_e2e_load", "--source", "x.db", "--query", "select * from flights",
                  "--create-table", "--tier", "write")
        self.assertEqual(psql("select id, origin, delay, note is null from dbops_e2e_load order by id"),
                         "1|JFK|2.5|t\n2|LGA|-1|f\n3|日本|0|f")
        psql("alter table dbops_e2e_load add column big numeric default 123456789012345678901234567890.5")
        self.load("back", "--source", url, "--query", "select id, note, big::text as big from dbops_e2e_load order by id",
                  "--create-table")
        self.assertEqual(self.fetch("select * from back"),
                         [(i, note, "123456789012345678901234567890.5")
                          for i, note in ((1, None), (2, ""), (3, 'a "b", c'))])

    def test_an_agent_names_files_of_one_folder_alone(self):
        self.write("rows.csv", "id\n50\n")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "load", "arguments": {"connection": "x", "path": "flights", "file": "rows.csv"},
                           "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                                     "io.modelcontextprotocol/clientCapabilities": {},
                                     "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}}}}

        def ask(file):
            call["params"]["arguments"]["file"] = file
            done = subprocess.run([PROGRAM, "mcp"], input=json.dumps(call) + "\n", cwd=self.work, env=self.environment,
                                  capture_output=True, text=True, timeout=harness.PATIENCE, check=True)
            return json.loads(done.stdout)["result"]["structuredContent"]

        connection = '[connections.x]\nurl = "x.db"\ntier = "write"\n'
        self.write("dbops.toml", connection)
        self.assertEqual(ask("rows.csv")["error"]["code"], "forbidden")
        self.write("dbops.toml", connection + '[load]\nfolder = "."\n')
        self.assertEqual(ask("rows.csv")["written"], 1)
        for outside in ("../work/rows.csv", self.path("rows.csv")):
            self.assertEqual(ask(outside)["error"]["code"], "forbidden")

    def test_search(self):
        self.database("s.db", """
            create table notes(id integer primary key, t text);
            insert into notes values (1, 'red apples'), (2, 'pears'), (3, 'apples apples apples');
            create virtual table notes_index using fts5(t, content='notes', content_rowid='id');
            insert into notes_index(notes_index) values ('rebuild');
        """)
        found = json.loads(self.good("search", "s.db", "notes", "apples", "--format", "json"))
        known = self.fetch("select rowid, -bm25(notes_index) from notes_index where t match 'apples' order by rank",
                           "s.db")
        self.assertEqual([(hit["id"], hit["score"]) for hit in found], known)

    def test_what_an_engine_lacks_for_a_search_is_said_with_the_next_step(self):
        url = postgres()
        subprocess.run(["psql", url, "-qc", "create table if not exists dbops_e2e_numbers (n int)"], check=True, timeout=harness.PATIENCE)
        self.addCleanup(subprocess.run, ["psql", url, "-qc", "drop table dbops_e2e_numbers"], check=True, timeout=harness.PATIENCE)
        for connection, words in ((harness.redis(), ["x", "word"]), ("x.db", ["flights", "--vector", "[1]"]),
                                  (url, ["dbops_e2e_numbers", "word"]), (url, ["dbops_e2e_numbers", "--vector", "[1]"])):
            said = self.bad(1, "search", connection, *words)
            self.assertIn("error [unsupported]", said)
            self.assertIn("hint: ", said)
        self.assertIn("read with query", self.bad(1, "search", harness.redis(), "x", "word"))


if __name__ == "__main__":
    harness.main()
