#!/usr/bin/env python3
"""psycopg against the program, over hypertables: what one writes the other reads exactly, every type; and what the operations say
of a series is computed a second time by Python. Needs the server in DBOPS_TEST_TIMESCALEDB.

    python_witness_test.py DBOPS
"""

import base64
import collections
import datetime
import decimal
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
URL = os.environ.get("DBOPS_TEST_TIMESCALEDB", "timescaledb://127.0.0.1:1/postgres")
UTC = datetime.timezone.utc
START = datetime.datetime(2026, 1, 1, tzinfo=UTC)


def run(*words, text=""):
    done = subprocess.run([DBOPS, "--no-config", *words, "--tier", "admin", "--format", "json"], input=text.encode(),
                          capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def operate(name, **arguments):
    return run("operate", URL, name, "--json", json.dumps(arguments))


def values():
    """Type, a value as psycopg takes it, and the same as a text for dbops."""
    day = datetime.datetime(2026, 2, 28, 23, 59, 59, 999999)
    some = uuid.UUID("65f00000-0000-4000-8000-00000000000f")
    yield from (("boolean", each, str(each).lower()) for each in (True, False))
    yield from (("smallint", each, str(each)) for each in (-2**15, 2**15 - 1))
    yield from (("integer", each, str(each)) for each in (-2**31, 2**31 - 1))
    yield from (("bigint", each, str(each)) for each in (-2**63, 0, 2**53 + 1, 2**63 - 1))
    yield from (("float8", each, repr(each).replace("inf", "Infinity")) for each in (
        0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf))
    yield from (("numeric", decimal.Decimal(each), each) for each in (
        "0", "1.10", "-12345678901234567890.123456789012345678901234567890", "1e-30"))
    yield from (("text", each, each) for each in ("", "NULL", "größe ✈", "a\tb\\n\nc", "\x7f\u202e", "'\"$1", "x" * 100_000))
    yield from (("bytea", each, "\\x" + each.hex()) for each in (b"", bytes(range(256))))
    yield from (("date", each, each.isoformat()) for each in (datetime.date(1, 1, 1), datetime.date(9999, 12, 31)))
    yield "time", datetime.time(23, 59, 59, 999999), "23:59:59.999999"
    yield "timestamp", day, day.isoformat()
    yield "timestamptz", day.replace(tzinfo=UTC), day.isoformat() + "+00"
    yield "interval", datetime.timedelta(days=-3, microseconds=1), "-3 days 0.000001 seconds"
    yield "uuid", some, str(some)
    yield from (("jsonb", each, json.dumps(each)) for each in ({"a": [1, None, {"b": "ü"}]}, [], "x", 1.5))
    yield "integer[]", [1, None, -5], "{1,NULL,-5}"
    yield "text[]", ["a,b", 'q"', "NULL", ""], '{"a,b","q\\"","NULL",""}'


class Witness(unittest.TestCase):
    def setUp(self):
        import psycopg  # pylint: disable=import-outside-toplevel
        from psycopg.types.json import Jsonb  # pylint: disable=import-outside-toplevel
        self.json = Jsonb
        self.client = psycopg.connect(URL.replace("timescaledb:", "postgresql:"), autocommit=True)
        self.addCleanup(self.client.close)
        self.client.execute("SET timezone = 'UTC'")
        self.client.execute("SET client_min_messages = warning")
        self.schema = "witness_" + uuid.uuid4().hex
        self.client.execute(f"CREATE SCHEMA {self.schema}")
        self.addCleanup(self.client.execute, f"DROP SCHEMA {self.schema} CASCADE")

    def hypertable(self, columns, name="h"):
        table = f"{self.schema}.{name}"
        self.client.execute(f"CREATE TABLE {table} (at timestamptz NOT NULL, {columns})")
        operate("create_hypertable", table=table, time="at", interval="1 day")
        return table

    def test_each_reads_what_the_other_wrote(self):
        for number, (kind, value, text) in enumerate(values()):
            with self.subTest(f"{kind} {text[:40]}"):
                table = self.hypertable(f"v {kind}", f"t{number}")
                given = self.json(value) if kind == "jsonb" else value
                self.client.execute(f"INSERT INTO {table} VALUES (%s, %s)", (START, given))
                run("execute", URL, "--param", text, text=f"INSERT INTO {table} VALUES ('2026-01-02', $1::text::{kind})")
                theirs, ours = (row[0] for row in self.client.execute(f"SELECT v FROM {table} ORDER BY at"))
                self.assertEqual(repr(ours), repr(theirs))
                self.assertEqual(repr(theirs), repr(value))
                read = [row["v"] for row in run("query", URL, text=f"SELECT v FROM {table} ORDER BY at")]
                self.assertEqual(repr(read[0]), repr(read[1]))
                if kind == "bytea":
                    read[0] = "\\x" + base64.b64decode(read[0]["base64"]).hex()
                self.assertEqual(self.known(kind, read[0]), self.known(kind, text))

    def known(self, kind, answered):
        """What dbops says of a value, or a text of it, as the server reads it."""
        if kind == "jsonb":
            return json.loads(answered)
        if isinstance(answered, list):
            answered = self.client.execute("SELECT %s::text[]::text", ([each if each is None else str(each) for each in answered],)
                                           ).fetchone()[0]
        return self.client.execute(f"SELECT %s::{kind}::text", (str(answered).lower() if isinstance(answered, bool) else
                                                                str(answered),)).fetchone()[0]

    def test_what_dbops_loaded_stands_in_its_chunks(self):
        table = self.hypertable("device text, v float8")
        rows = [(START + datetime.timedelta(minutes=17 * n), f"d{n % 7}", n / 3) for n in range(3000)]
        text = "".join(json.dumps({"at": at.isoformat(), "device": device, "v": v}) + "\n" for at, device, v in rows)
        report = run("load", URL, table, "--as", "ndjson", text=text)
        self.assertEqual((report["written"], report["complete"]), (3000, True))
        self.assertEqual(self.client.execute(f"SELECT * FROM {table} ORDER BY at").fetchall(), rows)
        days = collections.Counter(at.date() for at, _, _ in rows)
        chunks = self.client.execute("SELECT chunk_schema || '.' || chunk_name, range_start::date FROM"
                                     " timescaledb_information.chunks WHERE hypertable_schema = %s", (self.schema,)).fetchall()
        self.assertEqual({day: self.client.execute(f"SELECT count(*) FROM {chunk}").fetchone()[0] for chunk, day in chunks}, days)

    def series(self):
        """Two devices, one of them without a name; a counter that falls, and values of which two are far off."""
        table = self.hypertable("device text, v float8, n bigint, came timestamptz")
        rows = []
        for number in range(600):
            at = START + datetime.timedelta(minutes=10 * number)
            value = 20 + 5 * math.sin(number / 9) + (300 if number in (100, 401) else 0)
            rows.append((at, "a" if number % 3 else None, value, number % 250,
                         at + datetime.timedelta(seconds=number if number % 50 else 7200)))
        with self.client.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s)", rows)
        return table, rows

    def test_what_is_said_of_a_series_is_so(self):
        table, rows = self.series()
        by_device = collections.defaultdict(list)
        for row in rows:
            by_device[row[1]].append(row)

        far = set()
        for group in by_device.values():
            middle = statistics.median(row[2] for row in group)
            mad = statistics.median(abs(row[2] - middle) for row in group)
            far.update(row[0] for row in group if 0.6745 * abs(row[2] - middle) / mad > 3.5)
        answer = operate("outliers", table=table, column="v", group_by=["device"])
        self.assertEqual({datetime.datetime.fromisoformat(row["at"]) for row in answer}, far)
        self.assertIn(rows[100][0], far)

        late = {device: sum(row[4] - row[0] > datetime.timedelta(minutes=5) for row in group)
                for device, group in by_device.items()}
        answer = operate("late_rows", table=table, later_than="5 minutes", arrived="came", group_by=["device"])
        self.assertEqual({row["device"]: row["late_rows"] for row in answer}, late)

        change = collections.Counter()
        for group in by_device.values():
            for before, after in zip(group, group[1:]):
                change[after[0].date()] += after[3] if after[3] < before[3] else after[3] - before[3]
        answer = operate("rate", table=table, column="n", bucket="1 day", counter=True, group_by=["device"])
        counted = collections.Counter()
        for row in answer:
            counted[datetime.datetime.fromisoformat(row["bucket"]).date()] += row["change"]
        self.assertEqual(counted, change)

        curve = [(datetime.datetime.fromisoformat(row["at"]), row["v"]) for row in
                 operate("downsample", table=table, column="v", points=50)]
        self.assertEqual(len(curve), 50)
        self.assertLess(set(curve), {(row[0], row[2]) for row in rows})
        self.assertLessEqual({rows[0][0], rows[100][0], rows[401][0], rows[-1][0]}, {at for at, _ in curve})

        means = {day: statistics.fmean(row[2] for row in rows if row[0].date() == day) for day in {row[0].date() for row in rows}}
        for row in operate("time_series", table=table, bucket="1 day", aggregates=["avg(v)"]):
            self.assertAlmostEqual(row["avg_v"], means[datetime.datetime.fromisoformat(row["bucket"]).date()])


if __name__ == "__main__":
    DBOPS = os.path.abspath(sys.argv.pop(1))
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True, text=True).stdout.strip())
    unittest.main(verbosity=2)
