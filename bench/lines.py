"""Programs that answer a line with a line: an MCP server over stdio, and the bare loops."""

import json
import subprocess

from measure import Failed


class Program:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def pid(self):
        return self.process.pid

    def ask(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"{self.process.args[0]} went away")
        return answer


class McpServer(Program):
    """Of the 2025-06-18 revision, which every server here speaks."""

    def __init__(self, command, environment=None):
        super().__init__(command, environment)
        self.requests = 0

    def request(self, method, params):
        """The answer as bytes: to read it is the client's work, not the server's."""
        self.requests += 1
        message = {"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}
        line = json.dumps(message).encode() + b"\n"
        while True:
            answer = self.ask(line)
            if b'"id"' in answer and b'"method"' not in answer[:200]:
                return answer
            line = b""  # A notification; the answer is still to come.

    def initialize(self):
        answer = self.request("initialize", {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"}})
        self.process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        self.process.stdin.flush()
        return answer

    def call(self, tool, arguments):
        return self.request("tools/call", {"name": tool, "arguments": arguments})
