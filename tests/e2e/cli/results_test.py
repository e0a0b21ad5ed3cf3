"""dbops serve: results too large for an answer are kept, and read in pages by who asked for them."""
import csv
import hashlib
import io
import json
import time

import harness
from agents import Agent, Served
from harness import COUNTING, World

ROWS = 60_000
MANY = COUNTING % "i, 'text ' || i as t" + f" limit {ROWS}"


def token(name):
    return "dbops_" + hashlib.sha256(name.encode()).hexdigest()[:43]


class Results(World):
    def setUp(self):
        super().setUp()
        self.configuration("")

    def configuration(self, more):
        tokens = "".join(f'[tokens.{name}]\nhash = "sha256:{hashlib.sha256(token(name).encode()).hexdigest()}"\n'
                         f'scopes = ["{scope}"]\n' for name, scope in (("ada", "db:read"), ("eve", "db:read"), ("ned", "db:read:y")))
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\n[connections.y]\nurl = "x.db"\n' + tokens + more)
        self.server = Served(self, "dbops.toml")
        self.ada, self.eve = (Agent(self.server.port, token(name)) for name in ("ada", "eve"))

    def export(self, kind="csv", statement=MANY, **more):
        answer = self.ada.call("query", connection="x", statement=statement, export=kind, **more)
        self.assertNotIn("isError", answer, answer["content"])
        return answer

    def pages(self, uri):
        while uri:
            contents, = self.ada.result("resources/read", uri=uri)["contents"]
            self.assertEqual(contents["uri"], uri)
            yield contents
            uri = contents.get("_meta", {}).get("dbops/next")

    def test_csv(self):
        answer = self.export()
        exported = answer["structuredContent"]["export"]
        self.assertEqual((exported["rows"], exported["truncated"]), (ROWS, False))
        self.assertEqual(len(answer["structuredContent"]["rows"]), 10)
        link = answer["content"][1]
        self.assertEqual((link["type"], link["mimeType"], link["uri"]), ("resource_link", "text/csv", exported["uri"]))
        self.assertIn(exported["uri"], answer["content"][0]["text"])
        pages = [page["text"] for page in self.pages(link["uri"])]
        self.assertEqual(len(pages), exported["pages"])
        self.assertGreater(len(pages), 3)
        self.assertTrue(all(page.endswith("\n") for page in pages))
        text = "".join(pages)
        self.assertEqual(len(text.encode()), link["size"])
        rows = list(csv.reader(io.StringIO(text)))
        self.assertEqual(rows[0], ["i", "t"])
        self.assertEqual(rows[1:], [[str(i), f"text {i}"] for i in range(1, ROWS + 1)])

    def test_ndjson(self):
        answer = self.export("ndjson", "select id, id, note from flights", limit=1)
        self.assertEqual(answer["structuredContent"]["rows"], [[1, 1, None]])
        page, = self.pages(answer["content"][1]["uri"])
        self.assertEqual(page["mimeType"], "application/x-ndjson")
        self.assertEqual([json.loads(line) for line in page["text"].splitlines()],
                         [{"id": 1, "id_2": 1, "note": None}, {"id": 2, "id_2": 2, "note": ""},
                          {"id": 3, "id_2": 3, "note": 'a "b", c'}])

    def test_it_belongs_to_who_asked(self):
        uri = self.export(statement="select 1 as a")["content"][1]["uri"]
        for agent in (self.eve, Agent(self.server.port, token("ned"))):
            refused = agent.ask("resources/read", uri=uri)["error"]
            self.assertEqual(refused["code"], -32602)
            self.assertIn("no such result", refused["message"])
        for wrong in (uri[:-1] + "2", uri[:-1] + "0", uri[:-1] + "x", uri[:-1] + "18446744073709551616", "result://nothing/1"):
            self.assertEqual(self.ada.ask("resources/read", uri=wrong)["error"]["code"], -32602, wrong)
        self.assertEqual(next(self.pages(uri))["text"], "a\n1\n")

    def test_it_outlives_the_server(self):
        uri = self.export(statement="select 1 as a")["content"][1]["uri"]
        self.server.end()
        self.configuration("")
        self.assertEqual(next(self.pages(uri))["text"], "a\n1\n")

    def test_it_is_bounded(self):
        self.server.end()
        self.configuration('[results]\nbytes = "300 KiB"\nmax = 2\n')
        first = self.export()
        exported = first["structuredContent"]["export"]
        self.assertTrue(exported["truncated"])
        self.assertLessEqual(exported["bytes"], 300 << 10)
        self.assertLess(exported["rows"], ROWS)
        self.assertIn("cut by the limit of 300 KB", first["content"][0]["text"])
        for _ in range(2):
            self.export(statement="select 1 as a")
        self.assertEqual(self.ada.ask("resources/read", uri=exported["uri"])["error"]["code"], -32602)
        kept = self.rows("select kind, count(*) from dbops_state where kind in ('result', 'page') group by kind order by kind",
                         "../home/.local/state/dbops/state.db")
        self.assertEqual(kept, [("page", 2), ("result", 2)])

    def test_what_fails_leaves_nothing(self):
        for statement in ("select 1; select 2", "select * from nowhere"):
            answer = self.ada.call("query", connection="x", statement=statement, export="csv")
            self.assertTrue(answer["isError"])
        self.assertEqual(self.rows("select count(*) from dbops_state where kind in ('result', 'page')",
                                   "../home/.local/state/dbops/state.db"), [(0,)])

    def test_it_expires(self):
        self.server.end()
        self.configuration('[results]\nlife = "10s"\n')
        uri = self.export(statement="select 1 as a")["content"][1]["uri"]
        deadline = time.monotonic() + harness.PATIENCE
        while "result" in self.ada.ask("resources/read", uri=uri):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)


if __name__ == "__main__":
    harness.main()
