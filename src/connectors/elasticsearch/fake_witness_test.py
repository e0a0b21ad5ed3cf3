#!/usr/bin/env python3
"""What no server to be had for tests has: SQL, EQL, lifecycles, deprecations. The official clients read the answers of tests/fakes first,
so that they are the servers' own shape; then the program reads the same.

    fake_witness_test.py DBOPS
"""

import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/fakes"))
from elastic_server import EVENTS, ROWS, TABLE, Fake, plugin_times  # noqa: E402  pylint: disable=wrong-import-position

DBOPS = ""
TWO = "SELECT * FROM items WHERE name = ? AND ok = ?"


class Program(unittest.TestCase):
    opensearch = False

    def setUp(self):
        self.fake = Fake(self.opensearch)
        self.addCleanup(self.fake.close)
        self.url = f"elasticsearch://127.0.0.1:{self.fake.server_port}"
        self.client = self.connect()
        self.addCleanup(self.client.close)

    def run_it(self, *arguments):
        return subprocess.run([DBOPS, "--no-config", *arguments], capture_output=True, timeout=120, check=False)

    def dbops(self, command, *arguments):
        """What the program prints, as JSON."""
        done = self.run_it(command, self.url, *arguments, "--format", "json")
        if done.returncode != 0:
            raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
        return json.loads(done.stdout)

    def query(self, *arguments):
        return self.dbops("query", *arguments, "--limit", "0")

    def check_rows(self, rows):
        """Every row of the table, each value as the client has it."""
        self.assertEqual([int(row["id"]) for row in rows], [row[0] for row in TABLE[: len(rows)]])
        self.assertEqual([[row["name"], float(row["price"]), row["ok"], row["nothing"]] for row in rows],
                         [[row[1], row[2], row[4], None] for row in TABLE[: len(rows)]])
        self.assertTrue(all(row["at"].startswith("2026-11-24 17:07:06.123") for row in rows), rows[:1])


class Elasticsearch(Program):
    def connect(self):
        import elasticsearch  # pylint: disable=import-outside-toplevel
        return elasticsearch.Elasticsearch(f"http://127.0.0.1:{self.fake.server_port}")

    def test_sql_is_read_to_its_end(self):
        first = self.client.sql.query(query="SELECT * FROM items")
        theirs = list(first["rows"])
        cursor = first.get("cursor")
        while cursor:
            page = self.client.sql.query(cursor=cursor)
            theirs += page["rows"]
            cursor = page.get("cursor")
        self.assertEqual(theirs, TABLE)
        rows = self.query("SELECT * FROM items")
        self.assertEqual(len(rows), ROWS)
        self.check_rows(rows)
        self.assertEqual(self.fake.cursors, {})

    def test_a_cursor_that_is_left_is_closed(self):
        begun = self.client.sql.query(query="SELECT * FROM items")
        self.assertTrue(self.client.sql.clear_cursor(cursor=begun["cursor"])["succeeded"])
        self.assertEqual(len(self.dbops("query", "SELECT * FROM items", "--limit", "10")), 10)
        self.assertEqual(self.fake.cursors, {})

    def test_parameters_go_beside_the_query(self):
        name = TABLE[4][1]
        theirs = self.client.sql.query(query=TWO, params=[name, True])["rows"]
        self.assertEqual(theirs, [TABLE[4]])
        rows = self.query(TWO, "--json-params", json.dumps([name, True]))
        self.assertEqual([int(row["id"]) for row in rows], [TABLE[4][0]])

    def test_a_query_is_translated(self):
        theirs = self.client.sql.translate(query="SELECT * FROM items")
        done = self.run_it("explain", self.url, "SELECT * FROM items")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.split(b"\n")[0])["query"], theirs["query"])

    def test_errors_say_what_the_server_says(self):
        import elasticsearch  # pylint: disable=import-outside-toplevel
        with self.assertRaisesRegex(elasticsearch.BadRequestError, "nosuch"):
            self.client.sql.query(query="SELECT nosuch FROM items")
        done = self.run_it("query", self.url, "SELECT nosuch FROM items")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"Unknown column [nosuch], did you mean any of [name]?", done.stderr)

    def test_events_and_sequences_of_eql_are_rows(self):
        theirs = self.client.eql.search(index="logs", query="process where true")["hits"]["events"]
        self.assertEqual([each["_source"] for each in theirs], [each["_source"] for each in EVENTS])
        rows = self.query('GET /logs/_eql/search {"query": "process where true"}')
        self.assertEqual([json.loads(row["_source"]) for row in rows], [each["_source"] for each in EVENTS])
        theirs = self.client.eql.search(index="logs", query="sequence [a where true]")["hits"]["sequences"]
        rows = self.query('GET /logs/_eql/search {"query": "sequence [a where true]"}')
        self.assertEqual([rows[0]["join_keys"], json.loads(rows[0]["events"])], [theirs[0]["join_keys"], theirs[0]["events"]])

    def test_listings_tell_the_phase_of_a_lifecycle(self):
        theirs = self.client.ilm.explain_lifecycle(index="_all", only_managed=True)["indices"]
        shown = self.run_it("explore", self.url).stdout.decode()
        for name, index in theirs.items():
            self.assertRegex(shown, rf"{name} \(index.*\) green, phase {index['phase']} of {index['policy']}")
        self.assertRegex(shown, r"plain \(index.*\) green\n")

    def test_lifecycles_are_listed(self):
        for what, theirs in (("lifecycle_policies", self.client.ilm.get_lifecycle()), ("snapshot_policies", self.client.slm.get_lifecycle())):
            rows = self.dbops("operate", "list", f"what={what}")
            self.assertEqual({row["name"]: json.loads(row["definition"]) for row in rows}, dict(theirs))
        for kind, theirs in (("ilm", self.client.ilm.get_status()), ("slm", self.client.slm.get_status())):
            self.assertEqual(self.query(f"GET /_{kind}/status"), [dict(theirs)])

    def test_the_diagnosis_looks_at_what_keeps_a_cluster(self):
        self.assertEqual(self.client.license.get()["license"]["type"], "platinum")
        self.assertEqual(self.client.migration.deprecations()["index_settings"]["logs"][0]["message"], "Old index")
        self.fake.mode = "STOPPED"
        said = ""
        for area in ("lifecycles", "licence", "deprecations"):
            said += self.run_it("diagnose", self.url, "--area", area).stdout.decode()
        for line in ("warning  lifecycles, indices: STOPPED", "warning  lifecycles, snapshots: STOPPED",
                     "warning  lifecycles, logs: the lifecycle keep stands in its phase warm, step shrink: no node has room",
                     "warning  lifecycles, nightly: the last snapshot of this policy failed: the repository is read-only",
                     "warning  licence: platinum, active; it has ended",
                     "critical deprecations, cluster_settings: The setting a is gone", "warning  deprecations, logs: Old index"):
            self.assertIn(line, said)


class OpenSearch(Program):
    opensearch = True

    def connect(self):
        import opensearchpy  # pylint: disable=import-outside-toplevel
        return opensearchpy.OpenSearch(self.url.replace("elasticsearch:", "http:"))

    def test_sql_is_read_to_its_end_however_its_answer_is_ordered(self):
        theirs = self.client.plugins.sql.query(body={"query": "SELECT * FROM items", "fetch_size": ROWS})["datarows"]
        self.assertEqual(theirs, plugin_times(TABLE))
        rows = self.query("SELECT * FROM items")
        self.assertEqual(len(rows), ROWS)
        self.check_rows(rows)
        self.assertEqual(self.fake.cursors, {})

    def test_parameters_go_beside_the_query_with_their_types(self):
        name = TABLE[4][1]
        typed = [{"type": "string", "value": name}, {"type": "boolean", "value": True}]
        self.assertEqual(self.client.plugins.sql.query(body={"query": TWO, "parameters": typed})["datarows"], plugin_times([TABLE[4]]))
        rows = self.query(TWO, "--json-params", json.dumps([name, True]))
        self.assertEqual([int(row["id"]) for row in rows], [TABLE[4][0]])

    def test_ppl_goes_as_a_request(self):
        theirs = self.client.plugins.ppl.query(body={"query": "source=items | head 2"})["datarows"]
        self.assertEqual([int(row["id"]) for row in self.query('POST /_plugins/_ppl {"query": "source=items | head 2"}')],
                         [row[0] for row in theirs])

    def test_what_it_lacks_is_said(self):
        for what in ("snapshot_policies", "transforms"):
            done = self.run_it("operate", self.url, "list", f"what={what}")
            self.assertIn(b"error [unsupported]", done.stderr)
        self.assertIn(b"info     lifecycles: this server has none", self.run_it("diagnose", self.url, "--area", "lifecycles").stdout)
        self.assertRegex(self.run_it("explore", self.url).stdout.decode(), r"logs \(index.*\) green\n")


del Program  # It has no tests of its own.

if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True, text=True).stdout.strip())
    unittest.main(verbosity=1)
