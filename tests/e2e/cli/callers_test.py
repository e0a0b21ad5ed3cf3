"""dbops serve: tokens with policies of their own, and both changed while it runs."""
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import harness
from harness import ENDLESS, PROGRAM, World

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def entry(name, scope="db:read", more=""):
    digest = hashlib.sha256(f"{name}-secret".encode()).hexdigest()
    return f'[tokens.{name}]\nhash = "sha256:{digest}"\nscopes = ["{scope}"]\n{more}\n'


class Served(World):
    """A server whose configuration changes."""

    connections = """
[connections.x]
url = "p.db"
tier = "write"
policy.deny = ["nobodys"]
"""

    def serve(self, *tokens):
        self.configure(*tokens)
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", "0"], cwd=self.work, env=self.environment,
                                        stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.url = re.search(r"http://\S+/mcp", self.process.stderr.readline()).group()

    def configure(self, *tokens):
        """As an editor does it: another file takes the name."""
        self.write("new.toml", self.connections + "\n".join(tokens))
        os.rename(self.path("new.toml"), self.path("dbops.toml"))

    def reconfigure(self, *tokens):
        self.configure(*tokens)
        self.process.send_signal(signal.SIGHUP)
        return self.process.stderr.readline()

    def send(self, token, message, headers):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                   "Authorization": f"Bearer {token}-secret", **headers}
        request = urllib.request.Request(self.url, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
            text = answer.read().decode()
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        return json.loads(data[-1] if data else text), answer.headers

    def call(self, token, tool, **arguments):
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                   "params": {"name": tool, "arguments": arguments, "_meta": META}}
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
        return self.send(token, message, headers)[0]["result"]["structuredContent"]

    def status(self, token):
        try:
            self.call(token, "list_connections")
            return 200
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def rows(self, token, statement, connection="x"):
        """The rows, or the code of the error."""
        said = self.call(token, "query", connection=connection, statement=statement)
        return said["rows"] if "rows" in said else said["error"]["code"]

    def worked(self):
        """The processor time that the server has used, in ticks."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

    def until(self, condition):
        deadline = time.monotonic() + harness.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)


class Callers(Served):
    def setUp(self):
        super().setUp()
        self.database("p.db", """
            create table open(id integer primary key);
            insert into open values (1), (2), (3);
            create table users(id integer, ssn text);
            insert into users values (1, 'hidden');
            create table secret(value text);
            insert into secret values ('hidden');
            create table nobodys(value text);
        """)

    def test_each_caller_has_a_policy_of_its_own(self):
        self.serve(entry("ada"), entry("bob", "db:admin", 'policy = { deny = ["secret"], masks = ["users.ssn"] }\n'
                                       '[tokens.bob.policies.x]\ntier = "read"\nrow_cap = 2'))
        for _ in range(3):  # Sessions come back to the pool between them.
            self.assertEqual(self.rows("ada", "select ssn from users"), [["hidden"]])
            self.assertEqual(self.rows("bob", "select ssn from users"), [[None]])
            self.assertEqual(self.rows("ada", "select value from secret"), [["hidden"]])
            self.assertEqual(self.rows("bob", "select value from secret"), "forbidden")
        self.assertEqual(self.rows("ada", "select id from open"), [[1], [2], [3]])
        self.assertEqual(self.rows("bob", "select id from open"), [[1], [2]])
        for name in ("ada", "bob"):
            self.assertEqual(self.rows(name, "select * from nobodys"), "forbidden")

    def test_the_model_reads_the_policy_that_holds_for_it(self):
        self.serve(entry("ada"), entry("bob", "db:admin", 'policy = { tier = "read", row_cap = 2 }'))
        said = {name: self.call(name, "list_connections")["connections"][0] for name in ("ada", "bob")}
        self.assertEqual(said["ada"]["policy"], "never the tables nobodys")
        self.assertEqual(said["bob"]["policy"], "never the tables nobodys; at most 2 rows of a result")
        self.assertEqual(said["bob"]["tier"], "read")
        refused = self.call("bob", "execute", connection="x", statement="delete from open where id = 1")["error"]
        self.assertEqual(refused["code"], "forbidden")
        self.assertIn("in the policy of bob", refused["hint"])

    def test_a_cursor_is_not_read_under_another_policy(self):
        self.serve(entry("ada"))
        cursor = self.call("ada", "query", connection="x", statement="select id from open", limit=1)["cursor"]
        self.assertIn("who may call", self.reconfigure(entry("ada", more='policy = { deny = ["open"] }')))
        self.assertEqual(self.call("ada", "query", connection="x", cursor=cursor)["error"]["code"], "expired")
        self.assertEqual(self.rows("ada", "select id from open"), "forbidden")

    def test_tokens_come_and_go(self):
        self.serve(entry("ada"))
        self.assertEqual((self.status("ada"), self.status("bob")), (200, 401))
        self.assertIn("who may call", self.reconfigure(entry("bob")))
        self.assertEqual((self.status("ada"), self.status("bob")), (401, 200))

    def test_the_last_token_taken_out_is_refused_and_nobody_else_let_in(self):
        self.serve(entry("ada"))
        whole = self.connections
        for connections in (whole, ""):  # The entry alone; and a file that is empty.
            self.connections = connections
            self.assertIn("nobody may call", self.reconfigure())
            self.assertIn("who may call", self.process.stderr.readline())
            self.assertEqual((self.status("ada"), self.status("bob"), self.status_of_nobody()), (401, 401, 401))
        self.connections = whole
        self.assertIn("who may call", self.reconfigure(entry("bob")))
        self.assertEqual((self.status("ada"), self.status("bob"), self.status_of_nobody()), (401, 200, 401))

    def status_of_nobody(self):
        """Of a call without a token."""
        try:
            urllib.request.urlopen(urllib.request.Request(self.url, b"{}", {"Content-Type": "application/json"}),
                                   timeout=harness.PATIENCE).close()
            return 200
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def test_what_is_wrong_changes_nothing(self):
        self.serve(entry("ada"))
        for wrong in ('[tokens.eve]\nhash = "x"\nscopes = ["db:read"]\n', '[oauth]\nissuer = "http://evil.example"\n',
                      entry("bob", more='policy = { allow = [] }')):
            self.assertIn("dbops.toml", self.reconfigure(wrong))
            while "was not changed" not in self.process.stderr.readline():
                pass
            self.assertEqual((self.status("ada"), self.status("bob")), (200, 401))

    def test_a_session_goes_on_with_what_its_token_may_do_now(self):
        self.serve(entry("ada", "db:write"))
        _, headers = self.send("ada", {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}, {})
        session = {"Mcp-Session-Id": headers["Mcp-Session-Id"]}

        def tier():
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_connections"}}
            return self.send("ada", message, session)[0]["result"]["structuredContent"]["connections"][0]["tier"]

        self.assertEqual(tier(), "write")
        self.assertIn("who may call", self.reconfigure(entry("ada")))
        self.assertEqual(tier(), "read")

    def test_a_running_call_ends_under_the_token_it_began_with(self):
        self.connections += 'limits.time = "3s"\n'
        self.serve(entry("ada"), entry("bob"))
        answers = []
        runs = threading.Thread(target=lambda: answers.append(self.rows("ada", ENDLESS)))
        before = self.worked()
        runs.start()
        self.until(lambda: self.worked() > before + 5)  # It counts, endlessly.
        self.assertIn("who may call", self.reconfigure(entry("bob")))
        self.assertEqual(self.status("ada"), 401)
        runs.join()
        self.assertEqual(answers, ["timeout"])


class PostgresCallers(Served):
    def test_each_caller_has_a_policy_of_its_own(self):
        self.connections = f'[connections.x]\nurl = "{harness.postgres()}"\n'
        self.serve(entry("ada"), entry("bob", more='policy.deny = ["pg_class"]\n[tokens.bob.policies.x]\nrow_cap = 1'))
        catalog = "select relname from pg_class where relname = 'pg_class'"
        numbers = "select n from (values (1), (2)) as v(n)"
        for _ in range(3):
            self.assertEqual((self.rows("ada", catalog), self.rows("bob", catalog)), ([["pg_class"]], "forbidden"))
            self.assertEqual((self.rows("ada", numbers), self.rows("bob", numbers)), ([[1], [2]], [[1]]))


if __name__ == "__main__":
    harness.main()
