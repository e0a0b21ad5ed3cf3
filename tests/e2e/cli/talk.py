"""MCP by hand, in both eras and over both transports, for tests of what a client library hides: raw messages, connections that
close, servers that are killed."""
import contextlib
import http.client
import json
import os
import queue
import re
import select
import socket
import subprocess
import threading
import time

import harness

LEGACY = "2025-11-25"
MODERN = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
EVENTS = "application/json, text/event-stream"


def request(number, method, params=None, era=MODERN, meta=None):
    """A JSON-RPC request as a client of that era sends it."""
    params = dict(params or {})
    meta = {**(META if era == MODERN else {}), **(meta or {})}
    if meta:
        params["_meta"] = meta
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def initialize(number, era=LEGACY, capabilities=None):
    return request(number, "initialize", {"protocolVersion": era, "capabilities": capabilities or {},
                                          "clientInfo": {"name": "e2e", "version": "1"}}, era=LEGACY)


def cancelled(number):
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}


def until(condition, what="it came to be"):
    deadline = time.monotonic() + harness.PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {harness.PATIENCE} s: {what}")


def call_params(tool, arguments):
    return {"name": tool, "arguments": arguments}


class Stdio:
    """`dbops mcp` and the two ends of its pipes."""

    def __init__(self, world, *arguments, era=MODERN):
        self.era = era
        self.process = world.start("mcp", *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        world.addCleanup(self.end)
        self.last = 0
        self.heard = queue.Queue()  # Messages in their order; None: there will be no more.
        self.released = os.pipe()
        self.reader = threading.Thread(target=self.listen)
        self.reader.start()
        if era == LEGACY:
            self.answer(self.send(initialize, era=LEGACY))

    def listen(self):
        kept = b""
        output = self.process.stdout.fileno()
        while select.select([output, self.released[0]], [], [])[0] == [output] and (piece := os.read(output, 65536)):
            *lines, kept = (kept + piece).split(b"\n")
            for line in lines:
                self.heard.put(json.loads(line))
        self.heard.put(None)

    def release_output(self):
        """Closes the pipe that the answers come through."""
        os.write(self.released[1], b"!")
        self.reader.join()
        self.process.stdout.close()

    def write(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def send(self, make, *arguments, **options):
        self.last += 1
        self.write(make(self.last, *arguments, **options))
        return self.last

    def start(self, tool, meta=None, **arguments):
        """Sends a call, and answers its id."""
        return self.send(request, "tools/call", call_params(tool, arguments), era=self.era, meta=meta)

    def answer(self, number):
        """What came back for this id; what else comes in the meantime is dropped."""
        while True:
            message = self.heard.get(timeout=harness.PATIENCE)
            if message is None:
                raise AssertionError(f"it ended without an answer to {number}")
            if message.get("id") == number:
                return message

    def call(self, tool, **arguments):
        return self.answer(self.start(tool, **arguments))["result"]["structuredContent"]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.release_output()
        for end in self.released:
            os.close(end)
        for stream in (self.process.stdin, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


class Exchange:
    """One HTTP request on a connection of its own, and its response as it comes."""

    def __init__(self, port, method, headers, body=b"", patience=harness.PATIENCE):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        try:
            self.connection.request(method, "/mcp", body, headers)
        except OSError:
            self.connection.close()
            raise

    def response(self):
        return self.connection.getresponse()

    def message(self):
        """The status, and the answer: the body, or the last event of a stream."""
        with contextlib.closing(self.connection):
            response = self.response()
            text = response.read().decode()
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        found = data[-1] if data else text
        return response.status, json.loads(found) if found.strip() else None

    def leave(self):
        """As a client that dies does it."""
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Events:
    """The messages of an event stream as they come."""

    def __init__(self, world, exchange):
        self.exchange = exchange
        world.addCleanup(exchange.connection.close)
        self.response = exchange.response()
        world.assertEqual(self.response.status, 200)

    def next(self):
        """The next message; None at the end of the stream."""
        while line := self.response.readline():
            if line.startswith(b"data:") and line[5:].strip():
                return json.loads(line[5:])
        return None


class Http:
    """`dbops serve` on a port of its own; or, with `port`, on the way to it that somebody else made."""

    def __init__(self, world, *arguments, era=MODERN, capabilities=None):
        self.era = era
        self.capabilities = capabilities
        self.process = world.start("serve", *arguments, "--port", "0", stderr=subprocess.PIPE, text=True)
        world.addCleanup(self.end)
        line = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/mcp", line)
        if not found:
            raise AssertionError(line)
        self.port = int(found.group(1))
        self.last = 0
        self.session = None
        if era == LEGACY:
            self.begin_session()

    def begin_session(self, era=LEGACY):
        exchange = self.post(initialize(0, era, self.capabilities))
        with contextlib.closing(exchange.connection):
            response = exchange.response()
            response.read()
            self.session = response.getheader("Mcp-Session-Id")

    def headers(self, message=None):
        found = {"Accept": EVENTS}
        if message is not None:
            found["Content-Type"] = "application/json"
        if self.era == LEGACY:
            if self.session:
                found["Mcp-Session-Id"] = self.session
        elif message is not None:
            found.update({"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"]})
            if message["method"] == "tools/call":
                found["Mcp-Name"] = message["params"]["name"]
        return found

    def post(self, message):
        return Exchange(self.port, "POST", self.headers(message), json.dumps(message).encode())

    def start(self, tool, meta=None, **arguments):
        """Sends a call; its exchange has the answer. `last` is its id."""
        self.last += 1
        return self.post(request(self.last, "tools/call", call_params(tool, arguments), era=self.era, meta=meta))

    def call(self, tool, **arguments):
        status, message = self.start(tool, **arguments).message()
        if status != 200:
            raise AssertionError(f"{status}: {message}")
        return message["result"]["structuredContent"]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


class Watcher:
    """Looks at PostgreSQL through a session of its own that stays open, so that a look takes about a millisecond."""

    END = "-- seen --"

    def __init__(self, world, url=None):
        self.process = subprocess.Popen(["psql", "-XAtq", "-d", url or harness.postgres()], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        world.addCleanup(self.end)

    def ask(self, statement):
        self.process.stdin.write(f"{statement};\n\\echo {self.END}\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) and line.rstrip("\n") != self.END:
            lines.append(line.rstrip("\n"))
        return "\n".join(lines)

    def running(self, mark):
        """How many sessions work on a statement with this mark in it."""
        return int(self.ask("select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                            f" and query like '%{mark}%'"))

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Gate:
    """tests/gate before a port of this machine: what passes is cut, stalled, delayed or falsified on command."""

    def __init__(self, world, server_port):
        program = os.environ.get("DBOPS_GATE")
        if not program:
            raise AssertionError("DBOPS_GATE is not set: it is the program that tests/gate builds")
        self.process = subprocess.Popen([program, str(server_port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        world.addCleanup(self.end)
        self.port = int(self.process.stdout.readline())

    def tell(self, *words):
        """Has done it when it returns. Answers the gate's counts."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
