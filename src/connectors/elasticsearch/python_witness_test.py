#!/usr/bin/env python3
"""The official Python clients against the program: what one writes the other reads exactly, of every kind of value. Needs the servers in
DBOPS_TEST_ES and DBOPS_TEST_OPENSEARCH.

    python_witness_test.py DBOPS
"""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
INDEX = "witness"
DOCUMENTS = {
    "numbers": {"zero": 0, "max": 2**63 - 1, "min": -2**63, "beyond": 2**64 + 1, "tenth": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308},
    "texts": {"empty": "", "null": None, "NULL": "NULL", "nul": "a\0b", "odd": "größe ✈ \"'\\\r\n", "large": "x" * (1 << 20)},
    "nested": {"list": [1, [2, {"a": []}]], "true": True, "object": {"a.b": {"c": None}}},
    "date": {"at": "2026-11-24T17:07:06.123456789Z"},
    "größe ✈ / ?#": {"name": "of the document"},
}


def dbops(url, command, text):
    """The rows that the program answers, as dictionaries."""
    done = subprocess.run([DBOPS, "--no-config", command, url, "--tier", "admin", "--limit", "0", "--format", "json"],
                          input=text.encode(), capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def load(url, text, *arguments):
    """The report of a load into the index."""
    done = subprocess.run([DBOPS, "--no-config", "load", url, INDEX, "--tier", "write", "--format", "json", *arguments],
                          input=text.encode(), capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def operate(url, operation, **arguments):
    """The rows that an operation answers, as dictionaries."""
    given = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
    done = subprocess.run([DBOPS, "--no-config", "operate", url, operation, *given, "--tier", "admin", "--format", "json", "--yes"],
                          capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def segment(name):
    return urllib.parse.quote(name, safe="")


class Witness:
    """The tests, for each server and its own client."""

    def setUp(self):
        self.client = self.connect()
        self.addCleanup(self.client.close)
        self.client.indices.delete(index=INDEX, ignore_unavailable=True)
        self.client.indices.create(index=INDEX, body={"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": False}})

    def test_it_reads_what_dbops_wrote(self):
        for name, document in DOCUMENTS.items():
            with self.subTest(name):
                rows = dbops(self.url, "execute", f"PUT /{INDEX}/_doc/{segment(name)} {json.dumps(document)}")
                self.assertEqual(rows[0]["result"], "created")
                self.assertEqual(self.client.get(index=INDEX, id=name)["_source"], document)
        lines = "".join(f'{{"index":{{"_id":"bulk {i}"}}}}\n{{"n":{i}}}\n' for i in range(1000))
        rows = dbops(self.url, "execute", f"POST /{INDEX}/_bulk?refresh=true\n{lines}")
        self.assertEqual([row["status"] for row in rows], [201] * 1000)
        self.assertEqual(self.client.count(index=INDEX)["count"], 1000 + len(DOCUMENTS))

    def test_it_reads_what_dbops_loaded(self):
        lines = "".join(json.dumps({"_id": name, **document}) + "\n" for name, document in DOCUMENTS.items())
        report = load(self.url, lines, "--as", "ndjson", "--key", "_id")
        self.assertEqual((report["written"], report["complete"]), (len(DOCUMENTS), True))
        for name, document in DOCUMENTS.items():
            self.assertEqual(self.client.get(index=INDEX, id=name)["_source"], document)
        report = load(self.url, "{}\n" + lines, "--as", "ndjson", "--key", "_id", "--max-errors", "9")
        self.assertEqual((report["written"], report["refused"]), (0, len(DOCUMENTS) + 1))
        self.assertEqual([each["line"] for each in report["errors"]], list(range(1, len(DOCUMENTS) + 2)))
        self.assertEqual([each["code"] for each in report["errors"]], ["data"] + ["already_exists"] * len(DOCUMENTS))
        report = load(self.url, '{"_id": "texts", "now": 1}', "--as", "ndjson", "--key", "_id", "--replace", "--yes")
        self.assertEqual(self.client.get(index=INDEX, id="texts")["_source"], {"now": 1})

    def test_a_load_goes_on_where_it_ended(self):
        lines = '{"_id": "1"}\nno object\n{"_id": "3"}\n'
        with self.assertRaisesRegex(AssertionError, r"line 2: (?s:.*)--skip 1"):
            load(self.url, lines, "--as", "ndjson", "--key", "_id")
        report = load(self.url, lines, "--as", "ndjson", "--key", "_id", "--skip", "1", "--max-errors", "1")
        self.assertEqual((report["written"], report["refused"], report["position"]), (1, 1, 3))
        self.client.indices.refresh(index=INDEX)
        self.assertEqual(self.client.count(index=INDEX)["count"], 2)

    def test_it_reads_rows_of_another_engine(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "rows.db")
            with sqlite3.connect(path) as rows:
                rows.execute("create table t (id integer, r real, t text, b blob)")
                rows.execute("insert into t values (?, ?, ?, ?)", (2**63 - 1, 0.1, "größe ✈\n", b"\0\xff"))
            rows.close()
            load(self.url, "", "--source", str(path), "--query", "select * from t", "--key", "id")
        self.assertEqual(self.client.get(index=INDEX, id=str(2**63 - 1))["_source"],
                         {"id": 2**63 - 1, "r": 0.1, "t": "größe ✈\n", "b": "AP8="})

    def test_dbops_reads_what_it_wrote(self):
        for name, document in DOCUMENTS.items():
            with self.subTest(name):
                self.client.index(index=INDEX, id=name, body=document)
                rows = dbops(self.url, "query", f"GET /{INDEX}/_doc/{segment(name)}")
                self.assertEqual(json.loads(rows[0]["_source"]), document)
        self.client.indices.refresh(index=INDEX)
        rows = dbops(self.url, "query", f"GET /{INDEX}/_search?scroll=1m {{\"size\": 2}}")
        self.assertEqual({row["_id"]: json.loads(row["_source"]) for row in rows}, DOCUMENTS)

    def test_operations_agree_with_it(self):
        self.client.indices.put_mapping(index=INDEX, body={"properties": {"word": {"type": "keyword"}}})
        dbops(self.url, "execute", f"POST /{INDEX}/_bulk?refresh=true\n" +
              "".join(f'{{"index":{{"_id":"{i}"}}}}\n{{"word":"{word}"}}\n' for i, word in enumerate("abb")))
        buckets = self.client.search(index=INDEX, body={"size": 0, "aggs": {"w": {"terms": {"field": "word"}}}})["aggregations"]["w"]["buckets"]
        self.assertEqual(operate(self.url, "field_values", index=INDEX, field="word"),
                         [{"value": each["key"], "documents": each["doc_count"]} for each in buckets])
        self.client.indices.put_index_template(name="witness_t", body={"index_patterns": ["witness_t*"]})
        self.addCleanup(self.client.indices.delete_index_template, name="witness_t")
        listed = operate(self.url, "list", what="index_templates", name="witness_t")
        self.assertEqual([each["name"] for each in listed], ["witness_t"])
        self.assertEqual(json.loads(listed[0]["definition"]),
                         self.client.indices.get_index_template(name="witness_t")["index_templates"][0])


class Elasticsearch(Witness, unittest.TestCase):
    url = os.environ.get("DBOPS_TEST_ES", "elasticsearch+https://u:p@127.0.0.1:1?sslrootcert=/none")

    def connect(self):
        import elasticsearch  # pylint: disable=import-outside-toplevel
        parts = urllib.parse.urlsplit(self.url)
        return elasticsearch.Elasticsearch(f"https://{parts.hostname}:{parts.port}", basic_auth=(parts.username, parts.password),
                                           ca_certs=urllib.parse.parse_qs(parts.query)["sslrootcert"][0])

    def test_it_reads_the_answer_that_dbops_has_it_kept(self):
        begun = operate(self.url, "start_query", query="ROW a = 9007199254740993, b = ? | LIMIT 1", parameters=["x"])
        name = begun[0]["id"]
        answer = self.client.esql.async_query_get(id=name, wait_for_completion_timeout="20s")
        self.assertEqual(answer["values"], [[9007199254740993, "x"]])
        self.assertEqual(operate(self.url, "query_result", id=name), [{"a": "9007199254740993", "b": "x"}])
        self.client.esql.async_query_delete(id=name)
        with self.assertRaisesRegex(AssertionError, "not_found"):
            operate(self.url, "query_result", id=name)


class OpenSearch(Witness, unittest.TestCase):
    url = os.environ.get("DBOPS_TEST_OPENSEARCH", "elasticsearch://127.0.0.1:1")

    def connect(self):
        import opensearchpy  # pylint: disable=import-outside-toplevel
        parts = urllib.parse.urlsplit(self.url)
        return opensearchpy.OpenSearch(f"http://{parts.hostname}:{parts.port}")

    def test_pipelines_and_tasks_agree_with_it(self):
        documents = [{"a": "X", "n": 9007199254740993}, {"a": "größe ✈"}]
        self.client.ingest.put_pipeline(id="witness_p", body={"processors": [{"lowercase": {"field": "a"}}]})
        self.addCleanup(self.client.ingest.delete_pipeline, id="witness_p")
        theirs = self.client.ingest.simulate(id="witness_p", body={"docs": [{"_source": each} for each in documents]})
        ours = operate(self.url, "simulate_pipeline", pipeline="witness_p", documents=documents)
        self.assertEqual([json.loads(each["document"]) for each in ours], [each["doc"]["_source"] for each in theirs["docs"]])
        for i in range(5):
            self.client.index(index=INDEX, id=str(i), body={"n": i})
        self.client.indices.refresh(index=INDEX)
        self.client.indices.delete(index="witness_copy", ignore_unavailable=True)
        self.addCleanup(self.client.indices.delete, index="witness_copy", ignore_unavailable=True)
        task = operate(self.url, "reindex", index=INDEX, target="witness_copy")[0]["task"]
        last = operate(self.url, "follow_task", task=task)[-1]
        status = self.client.tasks.get(task_id=task)["task"]["status"]
        self.assertEqual((last["state"], last["total"], last["created"]), ("ended", status["total"], status["created"]))
        self.client.indices.refresh(index="witness_copy")
        self.assertEqual(self.client.count(index="witness_copy")["count"], 5)


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True, text=True).stdout.strip())
    unittest.main(verbosity=1)
