#!/usr/bin/env python3
"""An independent client against the program: what redis-cli writes, dbops reads exactly, and the
other way round. Needs the server in DBOPS_TEST_REDIS.

    witness_test.py DBOPS
"""

import base64
import json
import os
import subprocess
import sys
import unittest
import urllib.parse

DBOPS = ""
VALUES = [
    b"", b" ", b"plain", b"a b", b"NULL", b"-1", "größe ✈".encode(), b"a\r\nb", b"'", b'"', b"\\", b"\\x00",
    b"a\tb\n", b"*1\r\n$1\r\n", bytes(range(256)), b"x" * (1 << 20),
]


def run(*arguments, stdin=b"", environment=None):
    """What a program prints; it must end well."""
    done = subprocess.run(arguments, input=stdin, capture_output=True, timeout=60, check=False,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def quoted(value):
    """A word of a command line, every byte by its number."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'


class Witness(unittest.TestCase):
    def setUp(self):
        # A database of its own: other tests use the first one at the same time.
        self.url = os.environ["DBOPS_TEST_REDIS"].removesuffix("/0") + "/1"
        self.cli("FLUSHDB")

    def cli(self, *words, stdin=b""):
        """redis-cli with the words, the last one from stdin where there is one."""
        url = urllib.parse.urlsplit(self.url)
        last = ["-x"] if stdin else []
        return run("redis-cli", "-h", url.hostname, "-p", str(url.port), "-n", "1", *last, *words, stdin=stdin,
                   environment={"REDISCLI_AUTH": url.password})

    def dbops(self, command, text):
        rows = run(DBOPS, "--no-config", command, self.url, "--tier", "write", "--limit", "0",
                   "--format", "json", stdin=text.encode())
        return json.loads(rows)

    def value(self, cell):
        return base64.b64decode(cell["base64"]) if isinstance(cell, dict) else cell.encode()

    def test_redis_cli_reads_what_dbops_wrote(self):
        for value in VALUES:
            with self.subTest(value[:40]):
                self.dbops("execute", f"SET k {quoted(value)}")
                self.assertEqual(self.cli("GET", "k"), value + b"\n")

    def test_dbops_reads_what_redis_cli_wrote(self):
        for value in filter(None, VALUES):  # -x takes no empty word.
            with self.subTest(value[:40]):
                self.cli("SET", "k", stdin=value)
                self.assertEqual(self.value(self.dbops("query", "GET k")[0]["value"]), value)

    def test_collections_are_the_same_both_ways(self):
        self.cli("HSET", "h", "f", "1", "g", "")
        self.assertEqual(self.dbops("query", "HGETALL h"),
                         [{"key": "f", "value": "1"}, {"key": "g", "value": ""}])
        self.dbops("execute", "RPUSH l a \"b c\" ''")
        self.dbops("execute", "ZADD z 1.5 m")
        self.assertEqual(self.cli("LRANGE", "l", "0", "-1"), b"a\nb c\n\n")
        self.assertEqual(self.cli("ZSCORE", "z", "m"), b"1.5\n")
        self.assertEqual(self.dbops("query", "GET none"), [{"value": None}])


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    unittest.main()
