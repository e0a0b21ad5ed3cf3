#!/usr/bin/env python3
"""The official Python client against the program: what one writes the other reads exactly, every type of key
and any byte. Needs the server in DBOPS_TEST_REDIS.

    python_witness_test.py DBOPS
"""

import base64
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
URL = os.environ.get("DBOPS_TEST_REDIS", "redis://127.0.0.1:1/0").removesuffix("/0") + "/7"
CLUSTER = os.environ.get("DBOPS_TEST_REDIS_CLUSTER", "redis://127.0.0.1:1/0")
VALUES = [b"", b"plain", b"NULL", "größe ✈".encode(), b"a\r\nb", b"'\"\\", b"\x00\xff", bytes(range(256)), b"x" * (1 << 20)]


def dbops(command, text, *parameters):
    """The rows that the program answers, as dictionaries."""
    given = [word for each in parameters for word in ("--param", each)]
    done = subprocess.run([DBOPS, "--no-config", command, URL, "--tier", "write", "--limit", "0", "--format", "json", *given],
                          input=text.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def load(url, path, statement, *arguments):
    """Loads rows of an SQLite file; answers the report."""
    done = subprocess.run([DBOPS, "--no-config", "load", url, "app", "--tier", "write", "--format", "json",
                           "--source", path, "--query", statement, *arguments], capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def quoted(value):
    """A word of a command line, every byte by its number."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'


def raw(cell):
    return base64.b64decode(cell["base64"]) if isinstance(cell, dict) else cell.encode()


class Witness(unittest.TestCase):
    def setUp(self):
        import redis  # pylint: disable=import-outside-toplevel
        self.client = redis.Redis.from_url(URL)
        self.addCleanup(self.client.close)
        self.client.flushdb()

    def test_it_reads_what_dbops_wrote(self):
        for value in VALUES:
            with self.subTest(value[:20]):
                dbops("execute", f"SET {quoted(value)} {quoted(value)}")
                self.assertEqual(self.client.get(value), value)
        dbops("execute", r'HSET h "\xff" "\x00" g ' + "''")
        dbops("execute", r'RPUSH l a "\xfe" ' + "''")
        dbops("execute", r'SADD s a "\xfd"')
        dbops("execute", "ZADD z 0.1 a 5e-324 b -inf c 1.7976931348623157e308 d")
        dbops("execute", r'XADD x 1-1 f "\xfc"')
        self.assertEqual(self.client.hgetall("h"), {b"\xff": b"\x00", b"g": b""})
        self.assertEqual(self.client.lrange("l", 0, -1), [b"a", b"\xfe", b""])
        self.assertEqual(self.client.smembers("s"), {b"a", b"\xfd"})
        self.assertEqual(dict(self.client.zrange("z", 0, -1, withscores=True)),
                         {b"a": 0.1, b"b": 5e-324, b"c": float("-inf"), b"d": 1.7976931348623157e308})
        self.assertEqual(self.client.xrange("x"), [(b"1-1", {b"f": b"\xfc"})])

    def load_values(self, url, client):
        """Any bytes as texts and as fields of hashes, read back by the client; then once more, which is refused."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder, "rows.db"))
            with sqlite3.connect(path) as rows:
                rows.execute("create table t (id integer, value blob)")
                rows.executemany("insert into t values (?, ?)", enumerate(VALUES))
            rows.close()
            texts, hashes = "select id, value from t", "select 'h' || id, value as a, id as b from t"
            for statement in (texts, hashes):
                load(url, path, statement, "--replace", "--yes")
                again = load(url, path, statement, "--max-errors", "100")
                self.assertEqual((again["written"], again["refused"]), (0, len(VALUES)))
                self.assertEqual({each["code"] for each in again["errors"]}, {"already_exists"})
        for number, value in enumerate(VALUES):
            self.assertEqual(client.get(f"app:{number}"), value)
            self.assertEqual(client.hgetall(f"app:h{number}"), {b"a": value, b"b": str(number).encode()})

    def test_it_reads_what_dbops_loaded(self):
        self.load_values(URL, self.client)

    def test_it_reads_what_dbops_loaded_into_a_cluster(self):
        import redis.cluster  # pylint: disable=import-outside-toplevel
        with redis.cluster.RedisCluster.from_url(CLUSTER) as client:
            self.load_values(CLUSTER, client)

    def test_dumps_are_the_servers_own(self):
        """What dbops exports the client restores, and what the client dumps dbops loads."""
        self.client.set(b"\xff", bytes(range(256)), ex=1000)
        self.client.hset("h", mapping={b"\xfe": b"\x00", "g": ""})
        self.client.zadd("z", {"m": 5e-324})
        done = subprocess.run([DBOPS, "--no-config", "operate", URL, "export_keys", "as=dump", "--format", "ndjson"], capture_output=True,
                              timeout=60, check=True)
        rows = {raw(row["key"]): row for row in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(set(rows), {b"\xff", b"h", b"z"})
        for key, row in rows.items():
            self.assertEqual(raw(row["dump"]), self.client.dump(key))
            self.client.restore(b"copy:" + key, max(row["ttl_ms"], 0), raw(row["dump"]))
        self.assertEqual(self.client.get(b"copy:\xff"), bytes(range(256)))
        self.client.flushdb()
        for flags in ([], ["--replace", "--yes"]):
            subprocess.run([DBOPS, "--no-config", "load", URL, "", "--as", "ndjson", "--tier", "write", *flags], input=done.stdout,
                           capture_output=True, timeout=60, check=True)
        self.assertEqual(self.client.get(b"\xff"), bytes(range(256)))
        self.assertTrue(900 < self.client.ttl(b"\xff") <= 1000)
        self.assertEqual(self.client.hgetall("h"), {b"\xfe": b"\x00", b"g": b""})
        self.assertEqual(self.client.zscore("z", "m"), 5e-324)

    def test_dbops_reads_what_it_wrote(self):
        for value in VALUES:
            with self.subTest(value[:20]):
                self.client.set(value, value)
                self.assertEqual(raw(dbops("query", f"GET {quoted(value)}")[0]["value"]), value)
        self.client.hset("h", mapping={b"\xff": b"\x00", "g": ""})
        self.assertEqual({raw(row["key"]): raw(row["value"]) for row in dbops("query", "HGETALL h")},
                         {b"\xff": b"\x00", b"g": b""})
        self.client.rpush("l", "a", b"\xfe", "")
        self.assertEqual([raw(row["value"]) for row in dbops("query", "LRANGE l 0 -1")], [b"a", b"\xfe", b""])
        self.client.zadd("z", {"a": 0.1, "b": 5e-324})
        self.assertEqual(dbops("query", "ZSCORE z a"), [{"value": 0.1}])
        self.assertEqual(dbops("query", "ZSCORE z b"), [{"value": 5e-324}])
        self.client.set("n", 2**63 - 1)
        self.assertEqual(dbops("query", "GET n"), [{"value": str(2**63 - 1)}])
        self.assertEqual(dbops("query", "GET none"), [{"value": None}])

    def test_parameters_arrive_as_they_are(self):
        dbops("execute", "SET $1 $2", 'a "key" $2', "größe ✈\n")
        self.assertEqual(self.client.get('a "key" $2'), "größe ✈\n".encode())


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    unittest.main()
