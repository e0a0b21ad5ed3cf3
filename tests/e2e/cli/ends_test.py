"""How a server ends, and what stands between it and its clients: a drain loses no call, a kill loses no line of the audit log, and
connections that are cut or falsified hurt nobody else."""
import copy
import hashlib
import http.client
import json
import os
import signal
import threading

import harness
from harness import World, postgres
from talk import EVENTS, LEGACY, Exchange, Gate, Http, Watcher, call_params, request, until

CLIENTS = 6  # that call at the same time
ANSWERS = 60  # that must have come before the server is killed
BRIEF = 2  # seconds that a client waits for what may never come
PLACES = 8  # along a request and its response, where the connection is cut or falsified


class Ends(World):
    drain_time = "60s"

    def setUp(self):
        super().setUp()
        self.environment["PG"] = postgres()
        self.table = f"ends_{os.getpid()}_{id(self)}"
        self.watcher = Watcher(self)
        self.watcher.ask(f"create table {self.table} (n int)")
        self.addCleanup(self.watcher.ask, f"drop table {self.table}")
        self.write("dbops.toml", """
[connections.pg]
url = "${PG}"
tier = "write"
pool = 8
[connections.lite]
url = "x.db"
[audit]
file = "audit.db"
[server]
drain_time = "DRAIN"
""".replace("DRAIN", self.drain_time))
        self.peer = Http(self)

    def audit(self):
        """The lines of the audit log: by the statement's hash, what it says of the end."""
        until(lambda: not any("-lines-" in name for name in os.listdir(self.work)), "all lines are in the table")
        lines = {}
        for hashed, code, elapsed in self.rows("select statement_hash, error_code, elapsed_ms from calls", "audit.db"):
            lines.setdefault(hashed, []).append((code, elapsed is not None))
        return lines

    def insert(self, n):
        return f"insert into {self.table} values ({n})"

    def count(self, n):
        return int(self.watcher.ask(f"select count(*) from {self.table} where n = {n}"))

    def works(self, peer):
        self.assertEqual(peer.call("query", connection="pg", statement="select 1").get("rows"), [[1]])


def hash_of(statement):
    return hashlib.sha256(statement.encode()).hexdigest()


class Drain(Ends):
    def test_calls_under_way_are_answered_and_new_ones_are_not_taken(self):
        mark = f"drain_{id(self)}"
        statements = [f"select {n}, pg_sleep(2)::text as {mark}" for n in range(CLIENTS)]
        calls = [self.peer.start("query", connection="pg", statement=statement) for statement in statements]
        until(lambda: self.watcher.running(mark) == CLIENTS, "all run")
        self.peer.process.send_signal(signal.SIGTERM)
        until(self.is_refused, "new calls are refused")
        for n, call in enumerate(calls):
            self.assertEqual(call.message()[1]["result"]["structuredContent"]["rows"], [[n, ""]])
        self.assertEqual(self.peer.process.wait(harness.PATIENCE), 0)
        lines = self.audit()
        for statement in statements:
            self.assertEqual(lines.get(hash_of(statement)), [("", True)], statement)

    def is_refused(self):
        try:
            return self.peer.start("list_connections").message()[0] == 503
        except (ConnectionError, http.client.HTTPException):
            return True


class DrainOver(Ends):
    drain_time = "1s"

    def test_a_call_that_is_cancelled_then_is_answered(self):
        mark = f"over_{id(self)}"
        legacy = copy.copy(self.peer)
        legacy.era = LEGACY
        legacy.begin_session()
        calls = []
        for peer in (self.peer, legacy):
            for accept in (EVENTS, "application/json", "text/event-stream"):
                message = request(len(calls), "tools/call", call_params("execute", {
                    "connection": "pg", "statement": f"{self.insert(len(calls))} returning pg_sleep(60)::text as {mark}"}), era=peer.era)
                headers = {**peer.headers(message), "Accept": accept}
                calls.append((peer.era, accept, Exchange(peer.port, "POST", headers, json.dumps(message).encode())))
        until(lambda: self.watcher.running(mark) == len(calls), "all run")
        self.peer.process.send_signal(signal.SIGTERM)
        for n, (era, accept, call) in enumerate(calls):
            with self.subTest(era=era, accept=accept):
                status, answer = call.message()  # Which fails where a chunked body has no end.
                self.assertEqual((status, answer["id"], answer["result"]["isError"]), (200, n, True))
                error = answer["result"]["structuredContent"]["error"]
                self.assertEqual((error["code"], error["effect"]), ("cancelled", "none"))
                self.assertIn("shutting down", json.dumps(answer["result"]["content"]))
                self.assertEqual(self.count(n), 0)
        self.assertEqual(self.peer.process.wait(harness.PATIENCE), 0)


class Kill(Ends):
    def test_the_audit_has_every_call_that_was_answered(self):
        for connection, statement in (("pg", self.insert), ("lite", lambda n: f"select {n} from flights")):
            with self.subTest(connection):
                answered = self.kill_under_load(connection, statement)
                self.peer = Http(self)
                lines = self.audit()
                for n in answered:
                    self.assertEqual(lines.get(hash_of(statement(n))), [("", True)], n)
                if connection == "pg":
                    for n in answered:
                        self.assertEqual(self.count(n), 1)
                self.works(self.peer)

    def test_it_leaves_nothing_in_shared_memory(self):
        self.peer.process.kill()
        self.peer.process.wait()
        self.assertEqual([name for name in os.listdir("/dev/shm") if name.endswith(f"-{self.peer.process.pid}")], [])

    def kill_under_load(self, connection, statement):
        """The numbers of the statements that were answered before the server died of SIGKILL."""
        tool = "execute" if connection == "pg" else "query"
        answered = []

        def load(first):
            for n in range(first, 1_000_000, CLIENTS):
                message = request(n, "tools/call", call_params(tool, {"connection": connection, "statement": statement(n)}))
                try:
                    status, answer = self.peer.post(message).message()
                except (OSError, http.client.HTTPException, json.JSONDecodeError):
                    return
                if status == 200 and "error" not in answer["result"]["structuredContent"]:
                    answered.append(n)

        clients = [threading.Thread(target=load, args=(first,)) for first in range(CLIENTS)]
        for client in clients:
            client.start()
        until(lambda: len(answered) >= ANSWERS, "the load runs")
        self.peer.process.kill()
        for client in clients:
            client.join()
        return answered


class ClientChaos(Ends):
    """Between a client and the server. What a client did not hear the audit log knows: it agrees with the database."""

    def setUp(self):
        super().setUp()
        self.gate = Gate(self, self.peer.port)
        self.numbers = []

    def begin(self, patience=harness.PATIENCE):
        self.numbers.append(len(self.numbers) + 1)
        n = self.numbers[-1]
        arguments = {"connection": "pg", "statement": self.insert(n)}
        message = request(n, "tools/call", call_params("execute", arguments))
        return Exchange(self.gate.port, "POST", self.peer.headers(message), json.dumps(message).encode(), patience)

    def attempt(self, patience=harness.PATIENCE):
        """True: an answer came; whatever else becomes of a falsified request or response is none."""
        exchange = None
        try:
            exchange = self.begin(patience)
            status, answer = exchange.message()
            return status == 200 and answer.get("id") == self.numbers[-1] and "error" not in answer
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return False
        finally:
            if exchange:
                exchange.connection.close()

    def check(self, faults, exact):
        for direction in ("to_server", "to_client"):
            before = self.gate.tell("counts")[direction]
            self.assertTrue(self.attempt())
            size = self.gate.tell("counts")[direction] - before
            for step in range(PLACES):
                action, *rest = faults[step % len(faults)]
                with self.subTest(direction=direction, step=step, action=action):
                    self.gate.tell("arm", action, direction, size * step // PLACES, *rest)
                    self.attempt(BRIEF)
                    self.gate.tell("flow")
        self.works(self.peer)
        self.assertTrue(self.attempt())
        self.check_books(exact)

    def check_books(self, exact):
        until(lambda: all(over for lines in self.audit().values() for _, over in lines), "all calls are over")
        lines = self.audit()
        for n in self.numbers:
            said = lines.get(hash_of(self.insert(n)), [])
            self.assertLessEqual(len(said), 1)
            if said == [("", True)]:
                self.assertEqual(self.count(n), 1, n)
            elif not said and exact:
                self.assertEqual(self.count(n), 0, n)
            else:
                self.assertLessEqual(self.count(n), 1, n)

    def test_connections_that_are_cut(self):
        self.check([("reset",), ("finish",)], exact=True)

    def test_connections_that_are_falsified(self):
        noise = "ff00" * 8
        lines = b"\r\n\r\nGET / HTTP/1.1\r\n\r\n".hex()
        self.check([("edit", 0, noise), ("edit", 9, "00"), ("edit", 0, lines)], exact=False)

    def test_a_slow_connection(self):
        self.gate.tell("delay", 20)
        self.assertTrue(self.attempt())
        self.check_books(exact=True)

    def test_a_stalled_connection_holds_up_nobody(self):
        self.gate.tell("arm", "stall", "to_server", 50)
        exchange = self.begin()
        self.works(self.peer)
        self.gate.tell("flow")
        self.assertEqual(exchange.message()[0], 200)
        self.check_books(exact=True)


if __name__ == "__main__":
    harness.main()
