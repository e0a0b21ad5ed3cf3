"""dbops serve: calls that run long go on as tasks, and what became of them is told after a restart."""
import contextlib
import json
import os
import signal
import sqlite3
import threading

import harness
from agents import TASKS, Agent, Served
from harness import ENDLESS, World
from talk import EVENTS, LEGACY, MODERN, Events, Exchange, Http, call_params, request

CONFIGURATION = """
[connections.x]
url = "x.db"
tier = "write"
busy_timeout_ms = 600000
limits.time = "10m"
"""
SLOW_WRITE = "update flights set delay = delay + 1 where id = 1"


class LongCalls(World):
    def setUp(self):
        super().setUp()
        self.write("dbops.toml", CONFIGURATION)
        self.serve()

    @contextlib.contextmanager
    def locked(self):
        """While it lasts whoever writes to the database waits."""
        with contextlib.closing(sqlite3.connect(self.path("x.db"), isolation_level=None)) as connection:
            connection.execute("begin immediate")
            yield
            connection.execute("rollback")


class Tasks(LongCalls):
    def serve(self):
        self.server = Served(self, "dbops.toml")
        self.agent = Agent(self.server.port, capabilities=TASKS)

    def listen(self, *ids):
        """A stream that tells of these tasks."""
        message = request("l", "subscriptions/listen", {"notifications": {"taskIds": ids}},
                          meta={"io.modelcontextprotocol/clientCapabilities": TASKS})
        headers = {"Accept": EVENTS, "Content-Type": "application/json", "MCP-Protocol-Version": MODERN,
                   "Mcp-Method": message["method"]}
        return Events(self, Exchange(self.server.port, "POST", headers, json.dumps(message).encode()))

    def begin(self, tool, statement):
        begun = self.agent.call(tool, connection="x", statement=statement)
        self.assertEqual((begun["resultType"], begun["status"]), ("task", "working"))
        return begun["taskId"]

    def test_what_is_soon_over_is_answered_at_once(self):
        answer = self.agent.call("query", connection="x", statement="select id from flights")
        self.assertEqual(answer["resultType"], "complete")
        self.assertEqual(answer["structuredContent"]["rows"], [[1], [2], [3]])

    def test_what_runs_long_goes_on(self):
        with self.locked():
            task = self.begin("execute", SLOW_WRITE)
            self.assertEqual(self.agent.task(task)["status"], "working")
        done = self.agent.until_task(task, "completed", "failed")
        self.assertEqual(done["result"]["structuredContent"]["affected"], 1)
        self.assertEqual(self.rows("select delay from flights where id = 1"), [(3.5,)])
        self.server.end()
        self.serve()
        self.assertEqual(self.agent.task(task)["result"]["structuredContent"]["affected"], 1)

    def test_a_stream_tells_how_they_fare(self):
        with self.locked():
            write = self.begin("execute", SLOW_WRITE)
            read = self.begin("query", ENDLESS)
            stream = self.listen(write, read, "no-such-task")
            begun = stream.next()
            self.assertEqual(begun["method"], "notifications/subscriptions/acknowledged")
            self.assertEqual(begun["params"]["notifications"], {"taskIds": sorted([write, read])})
            now = [stream.next()["params"] for _ in (write, read)]
            self.assertEqual({each["taskId"]: each["status"] for each in now}, {write: "working", read: "working"})
            self.agent.result("tasks/cancel", taskId=read)
            told = stream.next()
            self.assertEqual((told["method"], told["params"]["status"]), ("notifications/tasks", "cancelled"))
        told = stream.next()["params"]
        self.assertEqual(told.pop("_meta"), {"io.modelcontextprotocol/subscriptionId": "l"})
        looked = self.agent.task(write)
        self.assertEqual(told, {name: value for name, value in looked.items() if name not in ("resultType", "_meta")})
        self.assertEqual(told["result"]["structuredContent"]["affected"], 1)

    def test_without_the_extension_it_is_waited_for(self):
        answers = []
        with self.locked():
            task = self.begin("execute", SLOW_WRITE)
            waiting = threading.Thread(target=lambda: answers.append(
                Agent(self.server.port).call("execute", connection="x", statement=SLOW_WRITE)))
            waiting.start()
            self.assertEqual(self.agent.task(task)["status"], "working")
            self.assertEqual(answers, [])
        waiting.join(harness.PATIENCE)
        self.assertEqual(answers[0]["structuredContent"]["affected"], 1)
        self.agent.until_task(task, "completed")
        self.assertEqual(self.rows("select delay from flights where id = 1"), [(4.5,)])

    def test_after_a_kill_it_has_failed(self):
        with self.locked():
            write = self.begin("execute", SLOW_WRITE)
            read = self.begin("query", ENDLESS)
            self.server.end(signal.SIGKILL)
            self.serve()
            lost = self.agent.task(write)
        self.assertEqual(lost["status"], "failed")
        self.assertIn("is gone", lost["error"]["message"])
        self.assertEqual(lost["error"]["data"]["effect"], "unknown")
        self.assertEqual(self.agent.task(write), lost)
        lost = self.agent.task(read)
        self.assertEqual(lost["status"], "failed")
        self.assertEqual(lost["error"]["data"]["effect"], "none")
        self.assertTrue(lost["error"]["data"]["retryable"])
        self.assertEqual(self.rows("select delay from flights where id = 1"), [(2.5,)])

    def test_a_server_that_is_stopped_says_so(self):
        task = self.begin("query", ENDLESS)
        self.server.end()
        self.serve()
        lost = self.agent.task(task)
        self.assertEqual(lost["status"], "failed")
        self.assertIn("was stopped", lost["error"]["message"])

    def test_it_can_be_cancelled(self):
        with self.locked():
            task = self.begin("execute", SLOW_WRITE)
            self.agent.result("tasks/cancel", taskId=task)
            self.assertEqual(self.agent.task(task)["status"], "cancelled")
        self.agent.call("execute", connection="x", statement="update flights set note = 'later' where id = 1")
        self.assertEqual(self.rows("select delay, note from flights where id = 1"), [(2.5, "later")])

    def test_another_server_stops_it(self):
        """Two servers of one user share a state."""
        task = self.begin("query", ENDLESS)
        other = Agent(Served(self, "dbops.toml").port, capabilities=TASKS)
        self.assertEqual(other.task(task)["status"], "working")
        other.result("tasks/cancel", taskId=task)
        other.until_task(task, "cancelled")

    def test_the_state_is_for_its_owner_alone(self):
        file = os.path.join(self.home, ".local/state/dbops/state.db")
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)


class LegacyTasks(LongCalls):
    """Tasks of 2025-11-25, over the same state."""

    def serve(self, **capabilities):
        self.talk = Http(self, "--config", "dbops.toml", era=LEGACY, capabilities=capabilities)

    def restart(self):
        self.talk.process.send_signal(signal.SIGKILL)
        self.talk.process.wait(harness.PATIENCE)
        self.serve()

    def ask(self, method, **params):
        self.talk.last += 1
        return self.talk.post(request(self.talk.last, method, params, era=LEGACY)).message()[1]

    def begin(self, tool, statement):
        params = call_params(tool, {"connection": "x", "statement": statement})
        begun = self.ask("tools/call", **params, task={"ttl": 60_000})["result"]["task"]
        self.assertEqual(begun["status"], "working")
        return begun["taskId"]

    def status(self, task):
        return self.ask("tasks/get", taskId=task)["result"]["status"]

    def test_what_became_of_one_outlives_the_server(self):
        task = self.begin("query", "select id from flights")
        answer = self.ask("tasks/result", taskId=task)["result"]
        self.assertEqual(answer["structuredContent"]["rows"], [[1], [2], [3]])
        self.restart()
        self.assertEqual(self.ask("tasks/result", taskId=task)["result"], answer)
        self.assertEqual(self.status(task), "completed")

    def test_after_a_kill_it_has_failed(self):
        with self.locked():
            write = self.begin("execute", SLOW_WRITE)
            read = self.begin("query", ENDLESS)
            self.restart()
            lost = self.ask("tasks/get", taskId=write)["result"]
        self.assertEqual(lost["status"], "failed")
        self.assertIn("is gone", lost["statusMessage"])
        for task, effect in ((write, "unknown"), (read, "none")):
            self.assertEqual(self.ask("tasks/result", taskId=task)["error"]["data"]["effect"], effect)
        listed = self.ask("tasks/list")["result"]["tasks"]
        self.assertEqual({each["taskId"]: each["status"] for each in listed}, {write: "failed", read: "failed"})
        self.assertEqual(self.rows("select delay from flights where id = 1"), [(2.5,)])

    def test_what_nobody_confirmed_is_not_done(self):
        self.talk.end()
        self.serve(elicitation={})
        task = self.begin("execute", "delete from flights")
        stream = Events(self, self.talk.post(request("r", "tasks/result", {"taskId": task}, era=LEGACY)))
        question = stream.next()
        self.assertEqual(question["method"], "elicitation/create")
        self.assertEqual(self.status(task), "input_required")
        self.restart()
        self.assertEqual(self.status(task), "failed")
        self.assertEqual(self.rows("select count(*) from flights"), [(3,)])

    def test_another_server_cancels_it(self):
        """Two servers of one user share a state."""
        task = self.begin("query", ENDLESS)
        first = self.talk
        waiting = first.post(request("r", "tasks/result", {"taskId": task}, era=LEGACY))
        self.serve()
        self.assertEqual(self.ask("tasks/cancel", taskId=task)["result"]["status"], "cancelled")
        self.assertEqual(waiting.message()[1]["error"]["code"], -32602)
        self.assertEqual(self.status(task), "cancelled")


if __name__ == "__main__":
    harness.main()
