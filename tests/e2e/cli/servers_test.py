"""`dbops mcp` and `dbops serve`: starting, stopping, and a clean stdout."""
import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import harness
from harness import World

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
              "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}}


def call(number, tool, **arguments):
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


class Mcp(World):
    def talk(self, *messages, arguments=("main=sqlite:x.db",)):
        text = "".join(json.dumps(message) + "\n" for message in messages)
        code, out, error = self.run_program("mcp", *arguments, stdin=text)
        self.assertEqual(code, 0, error)
        return {message["id"]: message["result"] for message in map(json.loads, out.splitlines())}, error

    def test_a_query(self):
        answers, error = self.talk(INITIALIZE, call(2, "query", connection="main", statement="select id from flights"))
        self.assertEqual(answers[1]["serverInfo"]["name"], "dbops")
        self.assertEqual(answers[2]["structuredContent"]["rows"], [[1], [2], [3]])
        self.assertEqual(error, "")

    def test_the_tier_is_given_by_name(self):
        insert = call(2, "execute", connection="main", statement="insert into flights(id) values (9)")
        answers, _ = self.talk(INITIALIZE, insert)
        self.assertTrue(answers[2]["isError"])
        answers, _ = self.talk(INITIALIZE, insert, arguments=("main=sqlite:x.db", "--tier", "main=write"))
        self.assertNotIn("isError", answers[2])

    def test_it_starts_though_databases_are_down(self):
        arguments = ("main=sqlite:x.db", "down=postgresql://127.0.0.1:1/x", "gone=sqlite:gone.db")
        answers, _ = self.talk(INITIALIZE, call(2, "query", connection="main", statement="select 1"),
                               call(3, "query", connection="down", statement="select 1"),
                               call(4, "list_connections", check=True), arguments=arguments)
        self.assertNotIn("isError", answers[2])
        self.assertEqual(answers[3]["structuredContent"]["error"]["code"], "unreachable")
        self.assertEqual(len(answers[4]["structuredContent"]["connections"]), 3)

    def test_what_is_wrong_is_said_on_stderr(self):
        self.assertIn("mysql", self.bad(2, "mcp", "main=mysql://h/d"))
        self.write("dbops.toml", "[server]\nprot = 1\n")
        self.assertIn("dbops.toml:2:1", self.bad(2, "mcp", "main=sqlite:x.db"))

    def test_signals_end_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start("mcp", "main=sqlite:x.db", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
            process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
            process.stdin.flush()
            self.assertIn(b"serverInfo", process.stdout.readline())
            process.send_signal(number)
            self.assertEqual(process.wait(harness.PATIENCE), 0)
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    def test_a_client_that_leaves_ends_it(self):
        process = self.start("mcp", "main=sqlite:x.db", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.close()
        self.assertEqual(process.wait(harness.PATIENCE), 0)
        process.stderr.close()


class Serve(World):
    def serve(self, *arguments):
        process = self.start("serve", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        found = re.search(r"http://\S+/mcp", line)
        self.assertTrue(found, line)
        return process, found.group()

    def post(self, url, message, **headers):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
        request = urllib.request.Request(url, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
            return answer.read().decode()

    def test_it_serves_until_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process, url = self.serve("main=sqlite:x.db", "--port", "0")
            self.assertIn('"serverInfo"', self.post(url, INITIALIZE))
            process.send_signal(number)
            self.assertEqual(process.wait(harness.PATIENCE), 0)
            self.assertEqual(process.stdout.read(), "")

    def test_foreign_pages_are_refused(self):
        _, url = self.serve("main=sqlite:x.db", "--port", "0")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.post(url, INITIALIZE, Origin="https://evil.example.org")
        self.assertEqual(refused.exception.code, 403)
        refused.exception.close()

    def test_the_configuration_says_where(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.write("dbops.toml", f'[connections.x]\nurl = "x.db"\n[server]\nport = {port}\n'
                                 'allowed_origins = ["https://good.example.org"]\n')
        _, url = self.serve()
        self.assertIn(f":{port}/", url)
        self.assertIn('"serverInfo"', self.post(url, INITIALIZE, Origin="https://good.example.org"))

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            error = self.bad(2, "serve", "x.db", "--port", str(taken.getsockname()[1]))
        self.assertIn("error [busy]", error)

    def test_it_is_for_this_machine_alone(self):
        self.assertIn("authentication", self.bad(2, "serve", "x.db", "--host", "0.0.0.0", "--port", "0"))


if __name__ == "__main__":
    harness.main()
