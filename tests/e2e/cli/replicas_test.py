"""Three servers behind one address that gives each connection to the next of them; they share a PostgreSQL and a key."""
import itertools
import os
import secrets
import select
import signal
import socket
import subprocess
import threading
import time

import harness
from agents import FORMS, TASKS, Agent, Served
from harness import World, postgres

REPLICAS = 3
DELETE = "DELETE FROM orders"


class RoundRobin:
    """Hands each connection to the next server, and passes bytes both ways. One that refuses is left out, as a balancer does."""

    def __init__(self, ports):
        self.ports = ports
        self.turns = itertools.count()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            turn = next(self.turns) % len(self.ports)
            order = self.ports[turn:] + self.ports[:turn]
            threading.Thread(target=self.serve, args=(client, order), daemon=True).start()

    def serve(self, client, ports):
        """`ports` are of this connection alone: of turns shared with others, all might fall to a server that is dead."""
        with client:
            for port in ports:
                try:
                    server = socket.create_connection(("127.0.0.1", port))
                except OSError:
                    continue
                with server:
                    self.carry(client, server)
                return

    @staticmethod
    def carry(client, server):
        other = {client: server, server: client}
        while True:
            for end in select.select(list(other), [], [])[0]:
                try:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    other[end].sendall(piece)
                except OSError:
                    return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Replicas(World):
    def setUp(self):
        super().setUp()
        self.name = "dbops_replicas_" + secrets.token_hex(8)
        scheme, rest = postgres().split("://")
        self.admin = f"{scheme}://{rest}"
        self.sql(f"CREATE DATABASE {self.name}", self.admin)
        self.addCleanup(self.sql, f"DROP DATABASE {self.name} WITH (FORCE)", self.admin)
        self.url = f"{scheme}://{rest.split('/')[0]}/{self.name}"
        self.environment["STATE_KEY"] = secrets.token_hex(32)
        self.write("dbops.toml", f"""
[connections.shop]
url = "{self.url}"
tier = "write"
[state]
url = "{self.url}"
key = {{ env = "STATE_KEY" }}
""")
        self.sql("CREATE TABLE orders(n int); CREATE TABLE said(what text, at timestamptz DEFAULT clock_timestamp());"
                 "INSERT INTO orders SELECT generate_series(1, 10);"
                 "CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO said(what) VALUES (TG_OP); RETURN NULL; END $$;"
                 "CREATE TRIGGER say AFTER DELETE ON orders FOR EACH STATEMENT EXECUTE FUNCTION say()")
        self.servers = [Served(self, "dbops.toml") for _ in range(REPLICAS)]
        self.balancer = RoundRobin([server.port for server in self.servers])
        self.addCleanup(self.balancer.close)
        self.agent = Agent(self.balancer.port)

    def sql(self, statement, url=None):
        """Past the servers under test; what it printed."""
        done = subprocess.run([harness.PROGRAM, "execute", url or self.url, statement, "--tier", "admin", "--yes", "--format", "csv"],
                              env={**self.environment, "XDG_STATE_HOME": self.path("sql")}, capture_output=True, timeout=harness.PATIENCE,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def number(self, statement):
        return int(self.sql(statement)[1])

    def ports_of(self, first, second):
        return Agent(self.servers[first].port, capabilities=FORMS), Agent(self.servers[second].port, capabilities=FORMS)

    @staticmethod
    def confirm(agent, state):
        return agent.ask("tools/call", name="execute", arguments={"connection": "shop", "statement": DELETE},
                         inputResponses={"confirm": {"action": "accept", "content": {"confirm": True}}}, requestState=state)

    def test_a_write_begun_on_one_is_finished_on_another(self):
        one, two = self.ports_of(0, 1)
        asked = one.call("execute", connection="shop", statement=DELETE)
        self.assertEqual(asked["resultType"], "input_required")
        self.assertEqual(self.number("SELECT count(*) AS n FROM orders"), 10)
        done = self.confirm(two, asked["requestState"])["result"]
        self.assertEqual(done["structuredContent"]["affected"], 10)
        self.assertEqual(self.number("SELECT count(*) AS n FROM said"), 1)

    def test_a_token_too_through_the_balancer(self):
        """The two-step way, of clients that can't ask: each of the calls comes to another server."""
        asked = self.agent.call("execute", connection="shop", statement=DELETE)["structuredContent"]
        self.assertEqual(asked["error"]["code"], "confirmation_required")
        confirm = asked["confirmation"]["token"]
        done = self.agent.call("execute", connection="shop", statement=DELETE, confirm=confirm)
        self.assertEqual(done["structuredContent"]["affected"], 10)
        again = self.agent.call("execute", connection="shop", statement=DELETE, confirm=confirm)
        self.assertEqual(again["structuredContent"]["error"]["code"], "expired")
        self.assertEqual(self.number("SELECT count(*) AS n FROM said"), 1)

    def test_a_confirmation_answered_twice_at_once_runs_once(self):
        for _ in range(5):
            before = self.number("SELECT count(*) AS n FROM said")
            one, two = self.ports_of(0, 2)
            state = one.call("execute", connection="shop", statement=DELETE)["requestState"]
            ready = threading.Barrier(2)
            answers = []

            def answer(agent):
                ready.wait()
                answers.append(self.confirm(agent, state)["result"]["structuredContent"])

            threads = [threading.Thread(target=answer, args=(agent,)) for agent in (one, two)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(each.get("error", {}).get("code", "") for each in answers), ["", "expired"], answers)
            self.assertEqual(self.number("SELECT count(*) AS n FROM said"), before + 1)

    def test_the_audit_log_is_one(self):
        for agent in [Agent(server.port) for server in self.servers]:
            agent.call("query", connection="shop", statement="SELECT 1")
        self.assertEqual(self.sql("SELECT tool, principal, count(*), count(DISTINCT server) FROM dbops_audit GROUP BY 1, 2")[1:],
                         [f"query,local,{REPLICAS},{REPLICAS}"])

    def test_of_another_key_nothing_is_taken(self):
        self.environment["STATE_KEY"] = secrets.token_hex(32)
        stranger = Agent(Served(self, "dbops.toml").port, capabilities=FORMS)
        state = self.ports_of(0, 1)[0].call("execute", connection="shop", statement=DELETE)["requestState"]
        self.assertEqual(self.confirm(stranger, state)["error"]["code"], -32602)
        self.assertEqual(self.number("SELECT count(*) AS n FROM said"), 0)

    def test_results_are_read_anywhere(self):
        answer = self.agent.call("query", connection="shop", statement="SELECT n FROM orders ORDER BY n", export="csv")
        uri = answer["content"][1]["uri"]
        texts = [self.agent.result("resources/read", uri=uri)["contents"][0]["text"] for _ in range(REPLICAS)]
        self.assertEqual(set(texts), {"n\n" + "".join(f"{i}\n" for i in range(1, 11))})

    def test_a_task_is_told_of_by_the_others(self):
        agent = Agent(self.servers[0].port, capabilities=TASKS)
        begun = agent.call("execute", connection="shop", statement="INSERT INTO orders SELECT 0 FROM pg_sleep(600)")
        self.assertEqual(begun["resultType"], "task")
        other = Agent(self.servers[1].port, capabilities=TASKS)
        self.assertEqual(other.task(begun["taskId"])["status"], "working")
        self.servers[0].end(signal.SIGKILL)
        lost = other.task(begun["taskId"])
        self.assertEqual(lost["status"], "failed")
        self.assertEqual(lost["error"]["data"]["effect"], "unknown")
        self.assertEqual(Agent(self.servers[2].port, capabilities=TASKS).task(begun["taskId"]), lost)

    def test_one_is_killed_under_load(self):
        """Only calls under way to it fail, and none is executed twice: each inserts a number of its own."""
        self.sql("CREATE TABLE done(call int, worker int)")
        lock = threading.Lock()
        numbers = itertools.count(1)
        killed = threading.Event()
        succeeded, failed, served_after = [], [], []
        victim = self.servers[1]

        def work(worker):
            while len(served_after) < 60:
                with lock:
                    number = next(numbers)
                after = killed.is_set()
                try:
                    done = self.agent.call("execute", connection="shop", statement="INSERT INTO done VALUES ($1, $2)",
                                           params=[number, worker])
                    self.assertEqual(done["structuredContent"].get("affected"), 1, done)
                    succeeded.append(number)
                    if after:
                        served_after.append(number)
                except ConnectionError:
                    failed.append((number, after))

        workers = [threading.Thread(target=work, args=(each,)) for each in range(6)]
        for worker in workers:
            worker.start()
        deadline = time.monotonic() + harness.PATIENCE
        while len(succeeded) < 60 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(victim.process.pid, signal.SIGKILL)
        victim.process.wait()
        killed.set()
        for worker in workers:
            worker.join(2 * harness.PATIENCE)
        self.assertFalse(any(worker.is_alive() for worker in workers))
        self.assertEqual([number for number, after in failed if after], [], "no call that began after the kill fails")
        self.assertEqual(self.number("SELECT count(*) - count(DISTINCT call) AS n FROM done"), 0)
        stored = {int(line) for line in self.sql("SELECT call FROM done")[1:]}
        self.assertLessEqual(set(succeeded), stored)
        recorded = self.number("SELECT count(*) AS n FROM dbops_audit WHERE tool = 'execute' AND elapsed_ms >= 0 AND error_code = ''")
        self.assertGreaterEqual(recorded, len(succeeded), "no line of an answered call is lost")
        self.assertLessEqual(stored - set(succeeded), {number for number, _ in failed})


if __name__ == "__main__":
    harness.main()
