"""dbops serve: the configuration changes while it runs."""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

import harness
from harness import ENDLESS, PROGRAM, World

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Reload(World):
    def setUp(self):
        super().setUp()
        self.configure('limits.time = "60s"\n')
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", "0"], cwd=self.work, env=self.environment,
                                        stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.url = re.search(r"http://\S+/mcp", self.process.stderr.readline()).group()

    def configure(self, text):
        """As an editor does it: another file takes the name."""
        self.write("new.toml", '[connections.x]\nurl = "x.db"\n' + text)
        os.rename(self.path("new.toml"), self.path("dbops.toml"))

    def call(self, tool, **arguments):
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                   "params": {"name": tool, "arguments": arguments, "_meta": META}}
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                   "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
        request = urllib.request.Request(self.url, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
            text = answer.read().decode()
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        return json.loads(data[-1] if data else text)["result"]["structuredContent"]

    def until(self, condition):
        deadline = time.monotonic() + harness.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def worked(self):
        """The processor time that the server has used, in ticks."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

    def rows(self):
        return self.call("query", connection="x", statement="select id from flights").get("rows")

    def names(self):
        return [each["name"] for each in self.call("list_connections")["connections"]]

    def test_a_change_of_the_file_is_noticed(self):
        self.assertEqual(self.rows(), [[1], [2], [3]])
        self.configure('policy.deny = ["flights"]\n[connections.y]\nurl = "x.db"\n')
        self.until(lambda: self.names() == ["x", "y"])
        self.assertIsNone(self.rows())
        self.configure("")
        self.until(lambda: self.names() == ["x"])
        self.assertEqual(self.rows(), [[1], [2], [3]])

    def test_a_confirmation_is_for_the_database_it_was_asked_for(self):
        shutil.copy(self.path("x.db"), self.path("z.db"))
        self.configure('[connections.y]\nurl = "x.db"\ntier = "write"\n')
        self.until(lambda: self.names() == ["x", "y"])
        drop = {"connection": "y", "statement": "DROP TABLE flights"}
        token = self.call("execute", **drop)["confirmation"]["token"]
        self.configure('[connections.y]\nurl = "z.db"\ntier = "write"\n[connections.z]\nurl = "z.db"\n')
        self.until(lambda: self.names() == ["x", "y", "z"])
        self.assertEqual(self.call("execute", confirm=token, **drop)["error"]["code"], "expired")
        self.assertEqual(self.rows(), [[1], [2], [3]])

    def test_a_signal_reads_it_again(self):
        self.process.send_signal(signal.SIGHUP)
        self.assertIn("the connections are those that", self.process.stderr.readline())
        self.assertEqual(self.rows(), [[1], [2], [3]])

    def test_what_is_wrong_is_refused_whole(self):
        for text, said in (("teir = 1\n", "unknown key"), ("[connections.y]\nurl = \"nosuch://x\"\n", "nosuch"),
                           ('[connections.y]\nurl = "x.db"\npolicy.allow = []\n', "is empty"), ("= [", "dbops.toml:")):
            self.configure('policy.deny = ["*"]\n' + text)
            self.assertIn(said, self.process.stderr.readline())
            self.assertIn("was not changed", self.process.stderr.readline())
            self.assertEqual((self.names(), self.rows()), (["x"], [[1], [2], [3]]))

    def test_a_running_call_ends_under_the_configuration_it_began_with(self):
        self.configure('limits.time = "8s"\n')
        self.assertIn("the connections are those", self.process.stderr.readline())
        answers = []
        runs = threading.Thread(target=lambda: answers.append(self.call("query", connection="x", statement=ENDLESS)))
        began = time.monotonic()
        before = self.worked()
        runs.start()
        self.until(lambda: self.worked() > before + 5)  # It counts, endlessly.
        self.configure('policy.deny_operations = ["query"]\n')
        self.assertIn("the connections are those", self.process.stderr.readline())
        self.assertLess(time.monotonic() - began, 8)
        self.assertEqual(self.call("query", connection="x", statement="select 1")["error"]["code"], "forbidden")
        runs.join()
        self.assertEqual(answers[0]["error"]["code"], "timeout")
        self.assertIn("limit of 8", answers[0]["error"]["message"])

    def test_a_held_result_of_before_is_gone(self):
        cursor = self.call("query", connection="x", statement="select id from flights", limit=1)["cursor"]
        self.configure('policy.deny = ["flights"]\n')
        self.assertIn("the connections are those", self.process.stderr.readline())
        self.assertEqual(self.call("query", connection="x", cursor=cursor)["error"]["code"], "expired")


if __name__ == "__main__":
    harness.main()
