"""An agent's side of MCP over HTTP, as of 2026-07-28, and the server that it talks to: for tests of what servers remember."""
import http.client
import itertools
import json
import re
import signal
import subprocess
import time

from harness import PATIENCE, PROGRAM

REVISION = "2026-07-28"
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
FORMS = {"elicitation": {"form": {}}}


class Served:
    """One `dbops serve`, with a configuration of its world, on a port that is free."""

    def __init__(self, world, configuration, *arguments):
        self.process = subprocess.Popen([PROGRAM, "serve", "--config", configuration, "--port", "0", *arguments], cwd=world.work,
                                        env=world.environment, stderr=subprocess.PIPE, text=True)
        world.addCleanup(self.process.stderr.close)
        world.addCleanup(self.process.wait)
        world.addCleanup(self.process.kill)
        self.warnings = ""  # What it said before it served.
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/mcp", line := self.process.stderr.readline())):
            self.warnings += line
            if not line:
                raise AssertionError(self.warnings)
        self.port = int(found.group(1))

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(PATIENCE)


class Agent:
    """Each message on a connection of its own. REQUIRES of `port`: something there speaks for a server."""

    numbers = itertools.count(1)

    def __init__(self, port, token="", capabilities=None):
        self.port = port
        self.token = token
        self.capabilities = capabilities or {}

    def ask(self, method, capabilities=None, **params):
        """The whole answer: with `result` or `error`. ConnectionError where none came."""
        params["_meta"] = {"io.modelcontextprotocol/protocolVersion": REVISION,
                           "io.modelcontextprotocol/clientCapabilities": self.capabilities if capabilities is None else capabilities}
        message = {"jsonrpc": "2.0", "id": next(self.numbers), "method": method, "params": params}
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                   "MCP-Protocol-Version": REVISION, "Mcp-Method": method}
        for name in ("name", "uri", "taskId"):
            if name in params:
                headers["Mcp-Name"] = params[name]
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/mcp", json.dumps(message), headers)
            text = connection.getresponse().read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        if not data and not text:
            raise ConnectionError("an empty answer")
        return json.loads(data[-1] if data else text)

    def result(self, method, **params):
        answer = self.ask(method, **params)
        if "result" not in answer:
            raise AssertionError(answer)
        return answer["result"]

    def call(self, tool, capabilities=None, **arguments):
        return self.result("tools/call", capabilities=capabilities, name=tool, arguments=arguments)

    def task(self, task_id):
        return self.result("tasks/get", taskId=task_id)

    def until_task(self, task_id, *statuses):
        """Waits until the task has one of these statuses."""
        deadline = time.monotonic() + PATIENCE
        while True:
            task = self.task(task_id)
            if task["status"] in statuses:
                return task
            if time.monotonic() > deadline:
                raise AssertionError(task)
            time.sleep(task["pollIntervalMs"] / 1000)
