"""dbops serve and mcp with a collector of spans: what it is told, read by OpenTelemetry's own message types."""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request

import harness
from harness import PROGRAM, World

ROOT = pathlib.Path(__file__).resolve().parents[3]
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER = "0af7651916cd43dd8448eb211c80319c"
SECRET = "s3cret-value"


def load_messages():
    """The classes of OpenTelemetry's protocol, as its Python package has them."""
    done = subprocess.run([ROOT / "tests/witness/install"], stdout=subprocess.PIPE, text=True, check=True)
    sys.path.insert(0, done.stdout.strip())
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
    return json_format, trace_service_pb2.ExportTraceServiceRequest


def with_bytes(node):
    """OTLP's JSON has ids in hex where protobuf's has bytes in base64."""
    if isinstance(node, list):
        return [with_bytes(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: base64.b64encode(bytes.fromhex(value)).decode() if key in ("traceId", "spanId", "parentSpanId")
            else with_bytes(value) for key, value in node.items()}


class Collector(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.status = 200
        self.said = threading.Condition()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.said:
            self.server.requests.append((self.path, dict(self.headers), body))
            self.server.said.notify_all()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def attributes(span):
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


class Tracing(World):
    def setUp(self):
        super().setUp()
        self.collector = Collector()
        thread = threading.Thread(target=self.collector.serve_forever)
        thread.start()
        self.addCleanup(self.collector.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.collector.shutdown)

    def configure(self, more="", name="dbops.toml"):
        self.write(name, f"""
[connections.x]
url = "x.db"
tier = "write"
[tracing]
endpoint = "{self.collector.url}"
service_name = "shop"
interval = "10ms"
headers = {{ X-Key = {{ env = "COLLECTOR_KEY" }} }}
{more}
""")

    def serve(self, *arguments):
        self.environment["COLLECTOR_KEY"] = SECRET
        self.process = self.start("serve", "--port", "0", *arguments, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.url = re.search(r"http://\S+/mcp", self.process.stderr.readline()).group()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(harness.PATIENCE), 0)

    def call(self, tool="query", meta=None, headers=None, **arguments):
        message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call",
                   "params": {"name": tool, "arguments": arguments, "_meta": {**META, **(meta or {})}}}
        sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool, **(headers or {})}
        request = urllib.request.Request(self.url, json.dumps(message).encode(), sent)
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
            text = answer.read().decode()
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        return json.loads(data[-1] if data else text)

    def spans(self):
        """All that the collector was told, after the server has ended."""
        json_format, message = load_messages()
        spans = []
        for path, headers, body in self.collector.requests:
            self.assertEqual((path, headers["Content-Type"], headers["X-Key"]), ("/v1/traces", "application/json", SECRET))
            request = json_format.ParseDict(with_bytes(json.loads(body)), message())
            for resource in request.resource_spans:
                self.assertEqual(attributes(resource.resource)["service.name"], "shop")
                spans += [span for scope in resource.scope_spans for span in scope.spans]
        return spans

    def traces(self):
        audit = os.path.join(self.home, ".local/state/dbops/audit.db")
        with contextlib.closing(sqlite3.connect(audit)) as connection:
            return connection.execute("SELECT tool, trace_id FROM calls ORDER BY id").fetchall()

    def test_a_call_is_a_span_with_the_work_at_the_database_below_it(self):
        self.configure()
        self.serve()
        self.call(meta={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": "a=1"},
                  headers={"traceparent": f"00-{OTHER}-b7ad6b7169203331-01"},
                  connection="x", statement=f"select '{SECRET}' from flights where origin = ?", params=[SECRET])
        self.end()
        server, client = sorted(self.spans(), key=lambda span: span.kind)
        self.assertEqual((server.name, client.name), ("tools/call query", "SELECT x"))
        self.assertEqual((server.trace_id.hex(), client.trace_id.hex()), (TRACE, TRACE))
        self.assertEqual((server.parent_span_id.hex(), client.parent_span_id), ("00f067aa0ba902b7", server.span_id))
        self.assertEqual((server.trace_state, client.trace_state), ("a=1", "a=1"))
        self.assertEqual([link.trace_id.hex() for link in server.links], [OTHER])
        self.assertEqual((server.kind, client.kind), (server.SPAN_KIND_SERVER, server.SPAN_KIND_CLIENT))
        self.assertEqual(attributes(server), {
            "mcp.method.name": "tools/call", "mcp.protocol.version": "2026-07-28", "jsonrpc.request.id": "7",
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "query"})
        self.assertEqual(attributes(client), {
            "db.system.name": "sqlite", "db.operation.name": "SELECT", "dbops.connection": "x",
            "db.response.returned_rows": 0})
        self.assertLessEqual(server.start_time_unix_nano, client.start_time_unix_nano)
        self.assertLess(server.start_time_unix_nano, server.end_time_unix_nano)
        self.assertNotIn(SECRET, "".join(body.decode() for _, _, body in self.collector.requests))
        self.assertEqual(self.traces(), [("query", TRACE)])

    def test_how_a_call_failed_is_in_both(self):
        self.configure()
        self.serve()
        self.call(connection="x", statement="select nothing from flights")
        self.call("no_such_tool")
        self.end()
        spans = {span.name: span for span in self.spans()}
        self.assertEqual(set(spans), {"tools/call query", "SELECT x", "tools/call"}, "unknown names are not repeated")
        self.assertEqual({span.status.code for span in spans.values()}, {2})
        self.assertEqual(attributes(spans["tools/call query"])["error.type"], "tool_error")
        self.assertEqual(attributes(spans["SELECT x"])["error.type"], "syntax")
        self.assertEqual(attributes(spans["tools/call"])["rpc.response.status_code"], "-32602")

    def test_who_calls_says_what_is_recorded(self):
        self.configure("sample = 0")
        self.serve()
        for headers in ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
                        {"traceparent": f"00-{OTHER}-00f067aa0ba902b7-00"}, {"traceparent": "nonsense"}, {}):
            self.call("explore", headers={**headers, "baggage": f"a={SECRET}"}, connection="x")
        self.end()
        self.assertEqual({span.trace_id.hex() for span in self.spans()}, {TRACE})
        self.assertNotIn(SECRET, "".join(body.decode() for _, _, body in self.collector.requests))
        traces = [trace for _, trace in self.traces()]
        self.assertEqual(traces[:2], [TRACE, OTHER])
        for trace in traces[2:]:
            self.assertRegex(trace, "^[0-9a-f]{32}$")
        self.assertEqual(len(set(traces)), 4, "a trace that begins here has an id of its own")

    def test_a_collector_that_is_away_costs_spans_and_no_calls(self):
        self.configure()
        self.collector.status = 400
        self.serve()
        for _ in range(20):
            self.assertNotIn("error", self.call("explore", connection="x"))
        self.assertIn("spans are lost", self.process.stderr.readline())
        self.end()

    def test_another_configuration_goes_to_another_collector(self):
        self.configure()
        self.serve()
        self.call("explore", connection="x")
        self.configure("sample = 0.0", name="new.toml")
        os.rename(self.path("new.toml"), self.path("dbops.toml"))
        self.process.send_signal(signal.SIGHUP)
        self.assertIn("who may call", self.process.stderr.readline())
        self.call("explore", meta={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, connection="x")
        self.end()
        self.assertEqual([span.name for span in self.spans() if span.kind == 2], ["tools/call explore"] * 2)

    def test_the_log_names_the_trace(self):
        self.configure("enabled = false")
        self.serve("-vv")
        self.call("explore", meta={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, connection="x")
        while "call: explore on x by" not in (line := self.process.stderr.readline()):
            self.assertTrue(line)
        self.assertIn(f"(trace {TRACE})", line)
        self.end()
        self.assertEqual(self.collector.requests, [])

    def test_over_pipes_too(self):
        self.configure()
        self.environment["COLLECTOR_KEY"] = SECRET
        message = {"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {
            "name": "explore", "arguments": {"connection": "x"},
            "_meta": {**META, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}}}
        done = subprocess.run([PROGRAM, "mcp"], cwd=self.work, env=self.environment, capture_output=True,
                              input=json.dumps(message).encode() + b"\n", timeout=harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({span.trace_id.hex() for span in self.spans()}, {TRACE})


if __name__ == "__main__":
    harness.main()
