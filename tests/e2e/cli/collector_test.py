"""dbops with the OpenTelemetry Collector's own receiver, from tests/e2e/collector: what that took, as its library writes it."""
import json
import subprocess

import harness
from harness import PROGRAM, World

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SERVER, CLIENT, FAILED = 2, 3, 2  # SPAN_KIND_SERVER, SPAN_KIND_CLIENT, STATUS_CODE_ERROR


def attributes(node):
    return {each["key"]: next(iter(each["value"].values())) for each in node["attributes"]}


class Collected(World):
    def setUp(self):
        super().setUp()
        self.collector = subprocess.Popen([harness.server("DBOPS_TEST_COLLECTOR")], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.collector.wait)
        self.addCleanup(self.collector.kill)
        self.addCleanup(self.collector.stdout.close)
        address = self.collector.stdout.readline().strip()
        self.write("dbops.toml", f'[connections.x]\nurl = "x.db"\n'
                                 f'[tracing]\nendpoint = "{address}"\nservice_name = "shop"\n')

    def call(self, *calls):
        """Makes each of the calls, and ends dbops, which sends what it still has."""
        messages = [{"jsonrpc": "2.0", "id": str(number), "method": "tools/call", "params": {
            "name": tool, "arguments": arguments,
            "_meta": {**META, "traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}}}
            for number, (tool, arguments) in enumerate(calls)]
        done = subprocess.run([PROGRAM, "mcp"], cwd=self.work, env=self.environment, capture_output=True,
                              input="".join(json.dumps(each) + "\n" for each in messages).encode(),
                              timeout=harness.PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def spans(self):
        """All that the collector took; it ends."""
        lines, _ = self.collector.communicate(timeout=harness.PATIENCE)
        self.assertEqual(self.collector.returncode, 0)
        resources = [each for line in lines.splitlines() for each in json.loads(line)["resourceSpans"]]
        for each in resources:
            self.assertEqual(attributes(each["resource"])["service.name"], "shop")
        return [span for each in resources for scope in each["scopeSpans"] for span in scope["spans"]]

    def test_it_takes_the_spans_of_a_call_whole(self):
        self.call(("query", {"connection": "x", "statement": "select id from flights where id < 3"}))
        server, client = sorted(self.spans(), key=lambda span: span["kind"])
        self.assertEqual((server["name"], server["kind"]), ("tools/call query", SERVER))
        self.assertEqual((client["name"], client["kind"]), ("SELECT x", CLIENT))
        self.assertEqual((server["traceId"], client["traceId"]), (TRACE, TRACE))
        self.assertEqual((server["parentSpanId"], client["parentSpanId"]), (PARENT, server["spanId"]))
        self.assertEqual((server["traceState"], client["traceState"]), ("vendor=1", "vendor=1"))
        self.assertEqual(attributes(server)["gen_ai.tool.name"], "query")
        self.assertEqual(attributes(client), {"db.system.name": "sqlite", "db.operation.name": "SELECT",
                                              "dbops.connection": "x", "db.response.returned_rows": "2"})
        self.assertLess(int(server["startTimeUnixNano"]), int(server["endTimeUnixNano"]))

    def test_it_takes_failures_and_many_at_once(self):
        wrong = ("query", {"connection": "x", "statement": "select nothing from flights"})
        self.call(*[("explore", {"connection": "x"})] * 50, wrong)
        spans = self.spans()
        self.assertEqual(sum(span["kind"] == SERVER for span in spans), 51)
        self.assertEqual(len({span["spanId"] for span in spans}), len(spans))
        failed = {span["name"]: attributes(span)["error.type"] for span in spans if span["status"].get("code") == FAILED}
        self.assertEqual(failed, {"tools/call query": "tool_error", "SELECT x": "syntax"})


if __name__ == "__main__":
    harness.main()
