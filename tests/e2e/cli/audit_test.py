"""The audit log in a PostgreSQL that is away, when a server starts and while it runs: what docs/deployment.md says of it."""
import http.client
import re
import secrets
import socket
import subprocess
import time

import harness
from agents import Agent, Served
from harness import World, postgres
from talk import until

PASSWORD = "hidden-password"
SILENCE_S = 5  # how long one attempt may wait for a server that says nothing
WRITE = "update flights set delay = delay + 1 where id = 1"


class Away(World):
    def setUp(self):
        super().setUp()
        self.name = "dbops_audit_" + secrets.token_hex(8)
        self.sql(f"create database {self.name}")
        self.addCleanup(self.sql, f"drop database {self.name} with (force)")
        self.url = re.sub(r"/postgres(?=\?|$)", "/" + self.name, postgres())

    def sql(self, statement, url=None):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url or postgres(), "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    def configure(self, url, required):
        self.write("dbops.toml", f"""
            [connections.x]
            url = "x.db"
            tier = "write"

            [audit]
            url = "{url}"
            required = {str(required).lower()}
        """)

    def serve(self, url, required):
        self.configure(url, required)
        self.server = Served(self, "dbops.toml")
        self.agent = Agent(self.server.port)

    def nowhere(self):
        """Where nobody listens: the port is taken, so that nobody else can."""
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind(("127.0.0.1", 0))
        return f"postgresql://somebody:{PASSWORD}@127.0.0.1:{holder.getsockname()[1]}/audit"

    def silence(self):
        """Where links are taken, and nothing is ever said."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.addCleanup(listener.close)
        return f"postgresql://somebody:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/audit"

    def add_one(self):
        """Its error's code and effect; none of both where it went well."""
        answer = self.agent.call("execute", connection="x", statement=WRITE)
        error = answer["structuredContent"].get("error", {})
        return error.get("code"), error.get("effect")

    def delay(self):
        return self.rows("select delay from flights where id = 1")[0][0]

    def unrecorded(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=harness.PATIENCE)
        try:
            connection.request("GET", "/metrics")
            return int(re.search(r"^dbops_audit_failures_total (\d+)$", connection.getresponse().read().decode(), re.M)[1])
        finally:
            connection.close()

    def recorded(self):
        return int(self.sql("select count(*) from dbops_audit where tool = 'execute'", self.url)[0])

    def take_away(self):
        """No session of it is left, and none is let in."""
        self.sql(f"alter database {self.name} allow_connections false")
        sessions = f"from pg_stat_activity where datname = '{self.name}'"
        self.sql(f"select pg_terminate_backend(pid) {sessions}")
        until(lambda: self.sql(f"select count(*) {sessions}") == ["0"], "its sessions have ended")

    def bring_back(self):
        self.sql(f"alter database {self.name} allow_connections true")


class AtStart(Away):
    def test_where_it_is_required_nothing_is_served(self):
        for url in (self.nowhere(), self.silence()):
            self.configure(url, True)
            begun = time.monotonic()
            code, out, error = self.run_program("serve", "--config", "dbops.toml", "--port", "0")
            self.assertLess(time.monotonic() - begun, 3 * SILENCE_S)
            self.assertNotEqual(code, 0)
            self.assertEqual(out, "")
            self.assertIn("audit log", error)
            self.assertNotIn(PASSWORD, error)

    def test_where_it_is_not_calls_go_on_and_are_counted(self):
        self.serve(self.nowhere(), False)
        self.assertIn("calls are not recorded yet", self.server.warnings)
        self.assertNotIn(PASSWORD, self.server.warnings)
        for _ in range(3):
            self.assertEqual(self.add_one(), (None, None))
        self.assertEqual(self.delay(), 5.5)
        self.assertEqual(self.unrecorded(), 3)

    def test_calls_do_not_wait_for_it_one_after_the_other(self):
        self.serve(self.silence(), False)
        self.assertEqual(self.add_one(), (None, None))
        begun = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.add_one(), (None, None))
        self.assertLess(time.monotonic() - begun, 10 * SILENCE_S, "each would wait by itself")
        self.assertEqual(self.unrecorded(), 21)


class WhileItRuns(Away):
    def test_where_it_is_required_calls_are_refused_until_it_is_back(self):
        self.serve(self.url, True)
        self.assertEqual(self.add_one(), (None, None))
        self.take_away()
        code, effect = self.add_one()
        self.assertIsNotNone(code)
        self.assertEqual(effect, "none")
        self.assertEqual(self.add_one()[1], "none")
        self.assertEqual(self.delay(), 3.5, "nothing was done")
        self.bring_back()
        until(lambda: self.add_one() == (None, None), "it is back")
        self.assertEqual(self.delay(), 4.5)
        self.assertEqual(self.recorded(), 2)

    def test_where_it_is_not_calls_go_on_and_it_too(self):
        self.serve(self.url, False)
        self.assertEqual(self.add_one(), (None, None))
        self.take_away()
        self.assertEqual(self.add_one(), (None, None))
        self.assertGreaterEqual(self.unrecorded(), 1)
        self.bring_back()
        before = self.recorded()
        until(lambda: self.add_one() == (None, None) and self.recorded() > before, "it is back")
        self.assertEqual(self.delay() - 2.5, self.recorded() + self.unrecorded())


if __name__ == "__main__":
    harness.main()
