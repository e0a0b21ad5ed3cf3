#!/usr/bin/env python3
"""Independent readers and writers against the program: what Python's sqlite3 module and the sqlite3
shell write, dbops reads exactly, and the other way round.

    witness_test.py DBOPS
"""

import base64
import json
import math
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

DBOPS = ""
VALUES = [
    None, 0, 1, -1, 2**53 + 1, 2**63 - 1, -2**63, 0.1, 5e-324, 1.7976931348623157e308, -2.5,
    math.inf, -math.inf, "", "NULL", "größe ✈", "a\tb\nc", 'quote " and \'', "a,b", "{\"a\": 1}",
    b"", b"\x00\xff", b"plain",
]


def dbops(*arguments, stdin=None, check=True):
    """What the program prints; its exit code is 0 unless `check` is false."""
    done = subprocess.run([DBOPS, "--no-config", *arguments], input=stdin, capture_output=True,
                          text=True, timeout=60, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return done.stdout if check else (done.returncode, done.stderr)


def as_json(value):
    """A value as dbops writes it in JSON."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, int) and abs(value) > 2**53 - 1:
        return str(value)
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


class Witness(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dbops-witness-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = str(self.folder / "a.db")

    def python(self, sql, *arguments):
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                return connection.execute(sql, *arguments).fetchall()
        finally:
            connection.close()

    def read(self, sql):
        lines = dbops("query", self.file, sql, "--format", "ndjson").splitlines()
        return [json.loads(line) for line in lines]

    def test_reads_what_python_wrote(self):
        self.python("create table t(i integer primary key, v)")
        for value in VALUES:
            self.python("insert into t(v) values (?)", (value,))
        read = [row["v"] for row in self.read("select v from t order by i")]
        self.assertEqual(read, [as_json(value) for value in VALUES])

    def test_python_reads_what_it_wrote(self):
        self.python("create table t(i integer primary key, v)")
        for value in VALUES:
            if isinstance(value, float) and math.isinf(value):
                continue  # JSON has none to send.
            sent = [as_json(value) if isinstance(value, bytes) else value]
            dbops("execute", self.file, "insert into t(v) values (?)", "--tier", "write",
                  "--json-params", json.dumps(sent))
            got = self.python("select v, typeof(v) from t order by i desc limit 1")[0]
            self.assertEqual(got[0], value)
            self.assertEqual(type(got[0]), type(value))
        self.assertEqual(self.python("pragma integrity_check"), [("ok",)])

    def test_agrees_with_the_shell(self):
        self.python("create table t(a, b)")
        dbops("execute", self.file, "--tier", "write", stdin=(
            "insert into t values ('x', 1.5), ('y', null);\n"
            "create trigger r after delete on t begin insert into t values ('gone', old.b); end;\n"
            "delete from t where a = 'x';"))
        shell = subprocess.run(["sqlite3", "-json", self.file, "select a, b from t order by a"],
                               capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(shell.stdout), self.read("select a, b from t order by a"))
        self.assertEqual(self.read("select a from t order by a"), [{"a": "gone"}, {"a": "y"}])

    def test_backup_is_a_database(self):
        self.python("create table t as select 'x' as v")
        dbops("operate", self.file, "backup", "path=copy.db", "--tier", "write")
        copy = sqlite3.connect(self.folder / "copy.db")
        self.addCleanup(copy.close)
        self.assertEqual(copy.execute("select v from t").fetchall(), [("x",)])
        self.assertEqual(copy.execute("pragma integrity_check").fetchall(), [("ok",)])

    def test_reads_beside_a_writer(self):
        """In WAL mode neither waits for the other, and each read sees one state."""
        self.python("pragma journal_mode = wal")
        self.python("create table t(v)")
        done = threading.Event()

        def write():
            connection = sqlite3.connect(self.file)
            while not done.is_set():
                with connection:
                    connection.executemany("insert into t values (?)", [(1,), (-1,)])
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(10):
                row = self.read("select count(*) % 2 as odd, sum(v) as sum from t where v is not null")
                self.assertIn(row, ([{"odd": 0, "sum": 0}], [{"odd": 0, "sum": None}]))
        finally:
            done.set()
            writer.join()

    def test_a_read_changes_no_byte(self):
        self.python("create table t as select 'x' as v")
        before = pathlib.Path(self.file).read_bytes()
        for sql in ("select * from t", "delete from t", "pragma user_version = 3", "vacuum"):
            dbops("query", self.file, sql, check=False)
        code, message = dbops("execute", self.file, "delete from t", "--yes", check=False)
        self.assertEqual(code, 4, message)
        self.assertEqual(pathlib.Path(self.file).read_bytes(), before)
        self.assertEqual(os.listdir(self.folder), ["a.db"])


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    unittest.main()
