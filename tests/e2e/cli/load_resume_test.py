"""A load that is ended midway, by a signal or by its link: what its report says is so, and going on as it says leaves each item
there exactly once. The class of an engine is run in the part of that engine, whose server it needs."""
import json
import re
import signal
import subprocess
import threading
import time
import uuid

import harness
from harness import PROGRAM, World
from talk import Gate

ITEMS = 25_000  # in three batches
FED = 15_000  # before the signal comes


class Resume:
    """For each engine: where its items go, and which of them are there."""
    flags = ()  # of the load
    key = "id"
    overwrites = False  # An item that comes twice is refused, unless it is to be replaced.

    def setUp(self):
        super().setUp()
        self.name = "resume_" + uuid.uuid4().hex
        self.prepare()
        self.addCleanup(self.tidy)

    def tidy(self):
        pass

    def lines(self, last):
        return "".join(json.dumps({self.key: n, "text": f"item {n} ünï"}) + "\n" for n in range(last))

    def ask(self, statement, command="query"):
        done = self.run_program("--no-config", command, self.url, statement, "--format", "json", "--limit", "0",
                                *(() if command == "query" else ("--tier", "admin", "--yes")))
        self.assertEqual(done[0], 0, done)
        return json.loads(done[1]) if done[1].strip() else None

    def command(self, url, *more):
        return [PROGRAM, "--no-config", "load", url, self.target, "--as", "ndjson", "--format", "json", "--tier", "write",
                *self.flags, *more]

    def begin(self, url, *more):
        return subprocess.Popen(self.command(url, *more), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.work, env=self.environment, text=True)

    def finish(self, report):
        """Goes on as the report says, and looks at what is there."""
        there = self.there()
        self.assertGreaterEqual(len(there), report["written"])
        self.assertLessEqual(len(there), report["written"] + report.get("in_doubt", 0))
        self.assertEqual(report["position"], report["written"])
        skip = report["position"]
        more = ()
        if "in_doubt" in report and self.overwrites:
            more = ("--replace", "--yes")
        elif "in_doubt" in report:
            self.assertIn(len(there) - report["written"], (0, report["in_doubt"]), "a batch is there, or it is not")
            skip = len(there)
        done = subprocess.run(self.command(self.url, "--skip", str(skip), *more), input=self.lines(ITEMS), capture_output=True,
                              cwd=self.work, env=self.environment, text=True, timeout=4 * harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        last = json.loads(done.stdout)
        self.assertEqual((last["position"], last["complete"]), (ITEMS, True))
        self.assertEqual(sorted(self.there()), list(range(ITEMS)))

    def test_a_signal(self):
        load = self.begin(self.url)
        feeder = threading.Thread(target=lambda: (load.stdin.write(self.lines(FED)), load.stdin.flush()))
        feeder.start()
        deadline = time.monotonic() + 4 * harness.PATIENCE
        while not self.there() and time.monotonic() < deadline:
            self.assertIsNone(load.poll(), "it ended by itself")
        feeder.join()
        load.send_signal(signal.SIGINT)
        load.wait(harness.PATIENCE)
        report, said = load.communicate()
        self.assertEqual(load.returncode, 130, said)
        report = json.loads(report)
        self.assertFalse(report["complete"])
        self.assertIn(f"go on with --skip {report['position']}" if "in_doubt" not in report else "look whether", said)
        self.finish(report)


class Linked(Resume):
    """... that is reached over a link."""
    share = 0.5  # of the text has passed when the link is cut: behind the first batch, before the last

    def test_a_link_that_is_cut(self):
        gate = Gate(self, int(re.search(r"127\.0\.0\.1:(\d+)", self.url).group(1)))
        url = re.sub(r"(127\.0\.0\.1:)\d+", rf"\g<1>{gate.port}", self.url)
        gate.tell("arm", "reset", "to_server", int(len(self.lines(ITEMS).encode()) * self.share))
        load = self.begin(url)
        said = load.communicate(self.lines(ITEMS), timeout=4 * harness.PATIENCE)
        self.assertEqual(load.returncode, 3, said)
        report = json.loads(said[0])
        self.assertFalse(report["complete"])
        gate.tell("flow")
        self.finish(report)


class Sqlite(Resume, World):
    def prepare(self):
        self.url = self.path("x.db")
        self.target = "items"
        self.database("x.db", "create table items(id integer, text text)")

    def there(self):
        return [row[0] for row in self.rows("select id from items")]


class Postgres(Linked, World):
    variable = "DBOPS_TEST_PG"
    share = 0.25  # COPY's text has no names in it.

    def prepare(self):
        self.url = harness.server(self.variable)
        self.target = self.name
        self.ask(f"create table {self.name} (id int, text text)", "execute")

    def tidy(self):
        self.ask(f"drop table {self.name}", "execute")

    def there(self):
        return [int(row["id"]) for row in self.ask(f"select id from {self.name}")]


class Timescale(Postgres):
    variable = "DBOPS_TEST_TIMESCALEDB"

    def prepare(self):
        super().prepare()
        self.ask(f"select create_hypertable('{self.name}', 'id', chunk_time_interval => 5000)", "execute")


class Redis(Linked, World):
    flags = ("--key", "id")
    overwrites = True

    def prepare(self):
        self.url = harness.redis()
        self.target = self.name + ":"

    def tidy(self):
        self.ask("EVAL \"for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end\" 0 "
                 f"{self.name}:*", "execute")

    def there(self):
        found, cursor = set(), "0"
        while True:
            cursor, keys = (row["value"] for row in self.ask(f"SCAN {cursor} MATCH {self.name}:* COUNT 100000"))
            found.update(keys)
            if cursor == "0":
                return [int(key.rpartition(":")[2]) for key in found]


class Mongo(Linked, World):
    key = "_id"
    overwrites = True

    def prepare(self):
        self.url = harness.server("DBOPS_TEST_MONGODB") + "&rows=flat"
        self.target = self.name
        self.ask(json.dumps({"create": self.name}), "execute")

    def tidy(self):
        self.ask(json.dumps({"drop": self.name}), "execute")

    def there(self):
        return [int(row["_id"]) for row in self.ask(json.dumps({"find": self.name, "projection": {"_id": 1}}))]


class OpenSearch(Linked, World):
    flags = ("--key", "id")
    overwrites = True

    def prepare(self):
        self.url = harness.server("DBOPS_TEST_OPENSEARCH")
        self.target = self.name
        self.ask(f"PUT /{self.name}", "execute")

    def tidy(self):
        self.ask(f"DELETE /{self.name}", "execute")

    def there(self):
        self.ask(f"POST /{self.name}/_refresh", "execute")
        found = self.ask(f"GET /{self.name}/_search?scroll=1m " + json.dumps({"size": 10_000, "_source": False}))
        return [int(row["_id"]) for row in found]


del Resume, Linked

if __name__ == "__main__":
    harness.main()
