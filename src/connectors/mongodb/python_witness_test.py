#!/usr/bin/env python3
"""The official Python client against the program: what one writes the other reads exactly, every type of BSON.
Needs the server in DBOPS_TEST_MONGODB.

    python_witness_test.py DBOPS
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
URL = os.environ.get("DBOPS_TEST_MONGODB", "mongodb://127.0.0.1:1/test").replace("/test?", "/witness?")


def dbops(command, text, *parameters, form="canonical"):
    """The documents that the program answers, as texts of Extended JSON."""
    given = [word for each in parameters for word in ("--param", each)]
    done = subprocess.run([DBOPS, "--no-config", command, f"{URL}&json={form}", "--tier", "witness=write", "--limit", "0",
                           "--format", "json", *given], input=text.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return [row["document"] if isinstance(row["document"], str) else json.dumps(row["document"])
            for row in json.loads(done.stdout)]


def load(text, *arguments):
    """The report of a load of NDJSON into the collection."""
    done = subprocess.run([DBOPS, "--no-config", "load", URL, "c", "--as", "ndjson", "--tier", "witness=write", "--format", "json",
                           *arguments], input=text.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def operate(*words):
    done = subprocess.run([DBOPS, "--no-config", "operate", URL, *words, "--tier", "witness=write", "--format", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return done.stdout


def values():
    """One of each type, and those at the edges."""
    import bson  # pylint: disable=import-outside-toplevel
    from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp, datetime_ms
    return [None, True, False, 0, -2**31, 2**31 - 1, Int64(5), Int64(2**63 - 1), Int64(-2**63), 0.1, 1.0, -0.0, 5e-324,
            1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), "", "NULL", "größe ✈", "a\0b", "\x7f\u202e",
            "x" * (1 << 20), Decimal128("1.10"), Decimal128("-12345678901234567890123456789012.34"), Decimal128("1E+6144"),
            Decimal128("NaN"), Decimal128("-Infinity"), Decimal128("0E-6176"), datetime_ms.DatetimeMS(0),
            datetime_ms.DatetimeMS(1795861252711), datetime_ms.DatetimeMS(-1), datetime_ms.DatetimeMS(253402300800000),
            ObjectId("65f000000000000000000001"), Binary(b""), Binary(bytes(range(256))), Binary(b"\0\xff", 0x80),
            Binary(bytes(16), 4), Regex("a/b\"", bson.regex.re.I), Timestamp(2**32 - 1, 2**32 - 1), MinKey(), MaxKey(),
            Code("function() {}"), Code("f", {"x": 1}), [], {}, [1, [2, {"a": []}]], {"a": {"b": {"": None}}}]


class Witness(unittest.TestCase):
    def setUp(self):
        import bson  # pylint: disable=import-outside-toplevel
        import bson.codec_options  # pylint: disable=import-outside-toplevel
        import bson.json_util  # pylint: disable=import-outside-toplevel
        import pymongo  # pylint: disable=import-outside-toplevel
        self.codec = bson.CodecOptions(datetime_conversion=bson.codec_options.DatetimeConversion.DATETIME_MS)
        self.util = bson.json_util
        self.encode = lambda value: bson.encode({"v": value}, codec_options=self.codec)
        self.client = pymongo.MongoClient(URL)
        self.addCleanup(self.client.close)
        self.client.drop_database("witness")
        self.documents = self.client.witness.get_collection("c", codec_options=self.codec)

    def options(self, form):
        mode = self.util.JSONMode.CANONICAL if form == "canonical" else self.util.JSONMode.RELAXED
        return self.util.JSONOptions(json_mode=mode, datetime_conversion=self.codec.datetime_conversion, uuid_representation=0)

    def test_it_reads_what_dbops_wrote(self):
        for number, value in enumerate(values()):
            with self.subTest(repr(value)[:40]):
                text = self.util.dumps({"_id": number, "v": value}, json_options=self.options("canonical"))
                dbops("execute", '{"insert": "c", "documents": [' + text + "]}")
                self.assertEqual(self.encode(self.documents.find_one({"_id": number})["v"]), self.encode(value))

    def test_it_reads_what_dbops_loaded(self):
        lines = [self.util.dumps({"_id": number, "v": value}, json_options=self.options("canonical"))
                 for number, value in enumerate(values())]
        report = load("\n".join(lines), "--create-table")
        self.assertEqual((report["written"], report["complete"]), (len(lines), True))
        for number, value in enumerate(values()):
            with self.subTest(repr(value)[:40]):
                self.assertEqual(self.encode(self.documents.find_one({"_id": number})["v"]), self.encode(value))
        report = load("\n".join(["{}", "[]", *lines]), "--max-errors", "1000")
        self.assertEqual((report["written"], report["refused"]), (1, len(lines) + 1))
        self.assertEqual([each["line"] for each in report["errors"]], list(range(2, 22)))
        load('{"_id": 3, "now": 1}', "--replace", "--yes")
        self.assertEqual(self.documents.find_one({"_id": 3}), {"_id": 3, "now": 1})

    def test_dbops_reads_what_it_wrote(self):
        for number, value in enumerate(values()):
            with self.subTest(repr(value)[:40]):
                self.documents.insert_one({"_id": number, "v": value})
                command = '{"find": "c", "projection": {"_id": 0}, "filter": {"_id": %d}}' % number
                read = self.util.loads(dbops("query", command)[0], json_options=self.options("canonical"))
                self.assertEqual(self.encode(read["v"]), self.encode(value))

    def test_relaxed_json_keeps_values(self):
        for number, value in enumerate(values()):
            if isinstance(value, int) and not isinstance(value, bool):
                value = int(value)  # It does not tell int32 from int64.
            with self.subTest(repr(value)[:40]):
                self.documents.insert_one({"_id": number, "v": value})
                command = '{"find": "c", "projection": {"_id": 0}, "filter": {"_id": %d}}' % number
                text = dbops("query", command, form="relaxed")[0]
                read = self.util.loads(text, json_options=self.options("relaxed"))["v"]
                self.assertEqual(self.encode(int(read) if type(value) is int else read), self.encode(value))

    def test_parameters_arrive_as_they_are(self):
        dbops("execute", '{"insert": "c", "documents": [{"_id": 1, "v": "$1"}]}', 'a "key" $2 größe\n')
        self.assertEqual(self.documents.find_one({"_id": 1})["v"], 'a "key" $2 größe\n')

    def answers(self, command):
        """What the program answers to a read, as Python has it."""
        return [self.util.loads(each, json_options=self.options("relaxed")) for each in dbops("query", json.dumps(command), form="relaxed")]

    def test_reads_take_the_options_of_the_server(self):
        documents = [{"_id": number, "k": "Ab"[number % 2], "n": number, "a": [number % 3]} for number in range(30)]
        self.documents.insert_many(documents)
        self.documents.create_index("n", name="n_1")
        strength = {"locale": "en", "strength": 2}
        for options in ({"filter": {"k": "a"}, "collation": strength, "sort": {"n": -1}, "skip": 3, "limit": 4},
                        {"filter": {"n": {"$gt": 20}}, "hint": "n_1", "sort": {"n": 1}, "allowDiskUse": True, "projection": {"k": 1}},
                        {"filter": {"$expr": {"$lt": ["$n", "$$most"]}}, "let": {"most": 4}, "sort": {"_id": 1}, "batchSize": 2}):
            with self.subTest(str(options)):
                expected = self.client.witness.command({"find": "c", **{**options, "batchSize": 100}})["cursor"]["firstBatch"]
                self.assertGreater(len(expected), 0)
                self.assertEqual(self.answers({"find": "c", **options}), expected)
        pipeline = [{"$match": {"$expr": {"$gte": ["$n", "$$least"]}}}, {"$unwind": "$a"}, {"$group": {"_id": "$a", "n": {"$sum": 1}}},
                    {"$sort": {"_id": 1}}]
        self.assertEqual(self.answers({"aggregate": "c", "pipeline": pipeline, "cursor": {"batchSize": 1}, "let": {"least": 10},
                                       "allowDiskUse": True, "hint": "n_1"}),
                         list(self.documents.aggregate(pipeline, let={"least": 10})))
        counted = self.answers({"count": "c", "query": {"n": {"$gte": 10}}, "skip": 5, "limit": 12, "hint": "n_1"})[0]
        self.assertEqual(counted["n"], self.documents.count_documents({"n": {"$gte": 10}}, skip=5, limit=12))
        self.assertEqual(sorted(self.answers({"distinct": "c", "key": "k", "query": {"n": {"$gt": 1}}})[0]["values"]),
                         sorted(self.documents.distinct("k", {"n": {"$gt": 1}})))

    def test_writes_of_every_kind_arrive(self):
        self.documents.insert_many([{"_id": 1, "n": 1, "g": ["a", "b"]}, {"_id": 2, "n": 2}, {"_id": 3, "n": 3}])
        steps = (
            ({"update": "c", "updates": [{"q": {"_id": 1}, "u": [{"$set": {"twice": {"$multiply": ["$n", 2]}}}]}]},
             {"_id": 1, "n": 1, "g": ["a", "b"], "twice": 2}),
            ({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"g.$[each]": "A"}}, "arrayFilters": [{"each": "a"}]}]},
             {"_id": 1, "n": 1, "g": ["A", "b"], "twice": 2}),
            ({"update": "c", "updates": [{"q": {"_id": 2}, "u": {"replaced": True}}]}, {"_id": 2, "replaced": True}),
            ({"update": "c", "updates": [{"q": {"_id": 9}, "u": {"$set": {"n": 9}}, "upsert": True}]}, {"_id": 9, "n": 9}),
            ({"findAndModify": "c", "query": {"n": {"$gt": 2}}, "sort": {"n": 1}, "update": {"$inc": {"n": 10}}}, {"_id": 3, "n": 13}),
            ({"delete": "c", "deletes": [{"q": {"_id": 9}, "limit": 1}]}, None))
        for command, expected in steps:
            with self.subTest(str(command)):
                dbops("execute", json.dumps(command))
                place = expected["_id"] if expected else 9
                self.assertEqual(self.documents.find_one({"_id": place}), expected)
        for ordered, written in ((True, 1), (False, 2)):
            self.documents.delete_many({"_id": {"$gte": 20}})
            with self.assertRaisesRegex(AssertionError, "item 1"):
                dbops("execute", json.dumps({"insert": "c", "ordered": ordered,
                                             "documents": [{"_id": 20}, {"_id": 1}, {"_id": 21}]}))
            self.assertEqual(self.documents.count_documents({"_id": {"$gte": 20}}), written)

    def test_files_are_the_same_to_both(self):
        import gridfs  # pylint: disable=import-outside-toplevel
        files = gridfs.GridFS(self.client.witness)
        content = bytes(number * 7 % 251 for number in range(600_000))
        small = content[:70_000]  # An argument of a program holds 128 KiB.
        put = json.loads(operate("gridfs_put", "filename=ours", "base64=" + base64.b64encode(small).decode()))
        self.assertEqual(put[0]["bytes"], len(small))
        stored = files.find_one({"filename": "ours"})
        self.assertEqual((stored.length, stored.chunk_size, stored.read()), (len(small), 255 * 1024, small))
        files.put(content, filename="theirs")
        read = json.loads(operate("gridfs_get", "filename=theirs"))[0]["data"]
        self.assertEqual(base64.b64decode(read["base64"]), content)

    def test_a_hundred_thousand_documents_come_once_each(self):
        for start in range(0, 100_000, 20_000):
            self.documents.insert_many({"_id": number} for number in range(start, start + 20_000))
        read = dbops("query", '{"find": "c", "sort": {"_id": 1}}', form="relaxed")
        self.assertEqual(len(read), 100_000)
        self.assertEqual(read[-1], '{"_id": 99999}')


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    unittest.main()
