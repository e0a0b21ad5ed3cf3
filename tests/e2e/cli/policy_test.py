"""[connections.NAME.policy]: what the file says holds for every command and for agents."""
import json
import subprocess

import harness
from harness import PROGRAM, World


class Policy(World):
    def setUp(self):
        super().setUp()
        self.database("p.db", """
            create table open(id integer primary key, note text);
            insert into open values (1, 'a'), (2, 'b'), (3, 'c');
            create table secret(value text, open_id integer references open(id));
            insert into secret values ('hidden', 1);
            create table users(id integer, ssn text);
            insert into users values (1, 'hidden');
            create view peek as select value from secret;
        """)
        self.policy('deny = ["secret"]\nmasks = ["users.ssn"]\n')

    def policy(self, text, tier="read"):
        self.write("dbops.toml", f'[connections.p]\nurl = "p.db"\ntier = "{tier}"\n[connections.p.policy]\n{text}')

    def test_tables_and_columns(self):
        self.assertEqual(self.good("query", "p", "select * from users"), "id,ssn\n1,\n")
        for statement in ("select * from secret", "select * from peek"):
            self.assertIn("[forbidden]", self.bad(4, "query", "p", statement))
        self.assertIn("[forbidden]", self.bad(4, "explain", "p", "select * from secret"))

    def test_explore_shows_what_is_allowed(self):
        for arguments in ((), ("--detail", "full"), ("open", "--detail", "full"), ("--pattern", "*e*")):
            shown = self.good("explore", "p", *arguments)
            self.assertNotIn("secret", shown)
            self.assertIn("open", shown)
        self.assertIn("[forbidden]", self.bad(4, "explore", "p", "secret"))

    def test_explore_pages_over_what_is_hidden(self):
        names = []
        cursor = ()
        for _ in range(5):
            page = json.loads(self.good("explore", "p", "--limit", "1", "--format", "json", *cursor))
            names += [item["name"] for item in page["items"]]
            if not page["truncated"]:
                break
            cursor = ("--cursor", page["cursor"])
        self.assertEqual(names, ["open", "users", "peek"])

    def test_what_passes_the_rules_must_be_named(self):
        self.assertIn("[forbidden]", self.bad(4, "diagnose", "p"))
        self.assertIn("[forbidden]", self.bad(4, "operate", "p", "profile", "table=secret"))
        self.policy('deny = ["secret"]\nallow_operations = ["query", "diagnose"]\n')
        self.good("diagnose", "p")
        self.assertIn("[forbidden]", self.bad(4, "explore", "p"))
        self.policy('deny_operations = ["execute"]\n', tier="write")
        self.assertIn("[forbidden]", self.bad(4, "execute", "p", "delete from open"))

    def test_the_cap_of_rows_is_the_lesser(self):
        self.policy("row_cap = 2\n")
        for limit in ((), ("--limit", "0"), ("--limit", "100")):
            _, out, error = self.run_program("query", "p", "select id from open", *limit)
            self.assertEqual(out, "id\n1\n2\n")
            self.assertEqual(error, "warning: there are more rows: cut by the policy of this connection: 2 rows of a result\n")
        self.assertEqual(self.run_program("query", "p", "select id from open", "--limit", "1")[1], "id\n1\n")

    def test_an_agent_gets_no_more_over_pages_and_reads_the_policy(self):
        self.policy('deny = ["secret"]\nrow_cap = 2\n')
        cursor = None
        rows = 0
        for _ in range(3):
            arguments = {"connection": "p", "limit": 1}
            arguments.update({"cursor": cursor} if cursor else {"statement": "select id from open"})
            answer = self.call("query", arguments)["structuredContent"]
            rows += len(answer["rows"])
            cursor = answer.get("cursor")
            if not cursor:
                break
        self.assertEqual((rows, cursor), (2, None))
        said = self.call("list_connections", {})["structuredContent"]["connections"][0]
        self.assertEqual(said["policy"], "never the tables secret; at most 2 rows of a result")

    def call(self, tool, arguments):
        if not hasattr(self, "server"):
            self.server = subprocess.Popen([PROGRAM, "mcp"], cwd=self.work, env=self.environment, text=True,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.addCleanup(self.server.communicate)
            self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                    "clientInfo": {"name": "t", "version": "1"}})
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def ask(self, method, params):
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())["result"]

    def test_what_is_wrong_is_said(self):
        for text, said in (('allow = []\n', "is empty"), ('masks = ["x"]\n', "TABLE.COLUMN"),
                           ('denny = ["x"]\n', "did you mean deny?"), ("row_cap = 0\n", "row_cap")):
            self.policy(text)
            self.assertIn(said, self.bad(2, "query", "p", "select 1"))


if __name__ == "__main__":
    harness.main()
