#!/usr/bin/env python3
"""Commands of modules: the official Python client and the program write and read the same values, and what the read tier or a policy
refuses is never sent. No server with modules can be had here: tests/fakes/redis_modules.py stands in for one, in RESP3.

    modules_witness_test.py DBOPS
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/fakes"))
from redis_modules import Modules  # pylint: disable=wrong-import-position

DBOPS = ""


class ModulesWitness(unittest.TestCase):
    def setUp(self):
        import redis  # pylint: disable=import-outside-toplevel
        self.server = Modules()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.client = redis.Redis.from_url(self.server.url, protocol=3, decode_responses=True)
        self.addCleanup(self.client.close)

    def run_dbops(self, command, text, tier, *options):
        done = subprocess.run([DBOPS, "--no-config", command, self.server.url, "--tier", tier, "--format", "json", *options],
                              input=text.encode(), capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def read(self, text):
        status, answer, error = self.run_dbops("query", text, "read")
        self.assertEqual(status, 0, error)
        return [list(row.values()) for row in json.loads(answer)]

    def write(self, text, *options):
        status, _, error = self.run_dbops("execute", text, "write", *options)
        self.assertEqual(status, 0, error)

    def test_json(self):
        document = {"name": "größe ✈", "size": 3, "tags": ["a", "b"]}
        self.client.json().set("doc", "$", document)
        self.assertEqual(json.loads(self.read("JSON.GET doc $")[0][0]), [document])
        self.assertEqual(self.read("JSON.TYPE doc $.tags"), [[["array"]]])
        self.write("JSON.NUMINCRBY doc $.size 4\nJSON.SET other $ '{\"a\": 1}'")
        self.assertEqual(self.client.json().get("doc", "$.size"), [7])
        self.assertEqual(self.client.json().mget(["doc", "other"], "$"), [[{**document, "size": 7}], [{"a": 1}]])

    def test_time_series(self):
        self.client.ts().add("t", 1000, 1.5, labels={"sensor": "a"})
        self.write("TS.ADD t 2000 2.5")
        self.assertEqual(self.read("TS.RANGE t - +"), [[[1000, 1.5]], [[2000, 2.5]]])
        self.assertEqual(self.client.ts().range("t", "-", "+"), [[1000, 1.5], [2000, 2.5]])
        key, found = self.read("TS.MRANGE - + FILTER sensor=a")[0]
        self.assertEqual((key, found[2]), ("t", [[1000, 1.5], [2000, 2.5]]))

    def test_filters_and_sketches(self):
        self.assertTrue(self.client.bf().add("b", "x"))
        self.assertEqual(self.read("BF.EXISTS b x") + self.read("BF.EXISTS b y"), [[True], [False]])
        self.write("CMS.INITBYDIM c 100 5\nCMS.INCRBY c x 3\nTDIGEST.CREATE d\nTDIGEST.ADD d 1 2 3\nTOPK.RESERVE k 2\nTOPK.ADD k x y")
        self.assertEqual(self.client.cms().query("c", "x", "y"), [3, 0])
        self.assertEqual(self.client.tdigest().quantile("d", 0.5), [2.0])
        self.assertEqual(self.client.topk().list("k"), ["x", "y"])
        self.assertEqual(self.read("TDIGEST.QUANTILE d 0.5"), [[2]])
        self.assertEqual(self.read("TOPK.LIST k"), [["x"], ["y"]])

    def test_search(self):
        self.client.json().set("doc", "$", {"name": "x"})
        self.write("FT.CREATE i ON JSON SCHEMA $.name AS name TEXT")
        self.assertEqual([each["id"] for each in self.client.ft("i").search("*")["results"]], ["doc"])
        answer = dict(self.read("FT.SEARCH i *"))
        self.assertEqual((answer["total_results"], answer["results"][0]["id"]), (1, "doc"))
        self.assertEqual(self.read("FT._LIST"), [["i"]])
        status, _, error = self.run_dbops("execute", "FT.DROPINDEX i DD", "write")
        self.assertNotEqual(status, 0)
        self.assertIn("removes an index", error)
        self.assertNotIn("FT.DROPINDEX", self.server.seen)
        self.write("FT.DROPINDEX i", "--yes")
        self.assertEqual(self.read("FT._LIST"), [])

    def test_writes_are_not_sent_in_the_read_tier(self):
        for write in ("JSON.SET doc $ 1", "JSON.NUMINCRBY doc $ 1", "TS.ADD t 1 1", "BF.ADD b x", "CMS.INCRBY c x 1", "TDIGEST.ADD d 1",
                      "TOPK.ADD k x", "FT.CREATE i SCHEMA a TEXT", "FT.DROPINDEX i"):
            status, _, error = self.run_dbops("query", write, "read")
            self.assertNotEqual(status, 0, write)
            self.assertIn(f"{write.split()[0]} changes data", error)
            self.assertNotIn(write.split()[0], self.server.seen)

    def test_a_server_that_calls_a_read_a_write_is_believed(self):
        self.server.called_writes.add("JSON.GET")
        status, _, error = self.run_dbops("query", "JSON.GET doc $", "admin")
        self.assertNotEqual(status, 0)
        self.assertIn("the server says that JSON.GET writes", error)
        self.assertNotIn("JSON.GET", self.server.seen)

    def test_kin_is_named_for_what_it_is(self):
        for info, product, untried in ((b"redis_version:7.4.0\r\ndragonfly_version:df-v1.30.0\r\n", "Dragonfly df-v1.30.0", True),
                                       (b"redis_version:6.3.4\r\nexecutable:/usr/bin/keydb-server\r\n", "KeyDB 6.3.4", True),
                                       (b"redis_version:7.2.4\r\nvalkey_version:8.1.1\r\n", "Valkey 8.1.1", False)):
            self.server.info = info
            done = subprocess.run([DBOPS, "--no-config", "doctor", self.server.url], capture_output=True, timeout=60, check=False)
            self.assertIn(product, done.stdout.decode(), done.stderr)
            self.assertEqual("never with" in done.stdout.decode(), untried)

    def test_what_an_index_reads_is_not_sent_under_rules_of_keys(self):
        self.client.json().set("mine:1", "$", {"a": 1})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "dbops.toml")
            path.write_text(f'[connections.r]\nurl = "{self.server.url}"\n[connections.r.policy]\nallow = ["mine:*"]\n', encoding="utf-8")
            run = lambda text: subprocess.run([DBOPS, "--config", path, "query", "r", text], capture_output=True, timeout=60, check=False)
            self.assertEqual(run("JSON.GET mine:1 $").returncode, 0)
            for refused in ("JSON.GET other $", "JSON.MGET mine:1 other $", "FT.SEARCH i *", "FT._LIST", "TS.MRANGE - + FILTER a=b"):
                done = run(refused)
                self.assertIn(b"the policy of this connection", done.stderr, refused)
            self.assertFalse({"JSON.MGET", "FT.SEARCH", "FT._LIST", "TS.MRANGE"} & set(self.server.seen))


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    unittest.main()
