"""Answers of Elasticsearch and of OpenSearch's plugin that no server to be had for tests gives: SQL with its cursors, EQL, lifecycles,
deprecations. Made from their public descriptions; the official clients read them before dbops is measured by it (fake_witness_test.py)."""

import http.server
import json
import re
import threading
import urllib.parse

ROWS = 2500
PAGE = 1000  # rows of one answer, as the servers have it
COLUMNS = [("id", "long"), ("name", "keyword"), ("price", "double"), ("at", "datetime"), ("ok", "boolean"), ("nothing", "null")]
TABLE = [[9007199254740993 + i, f"größe \"{i}\"", i / 10, "2026-11-24T17:07:06.123Z", i % 2 == 0, None] for i in range(ROWS)]
LIFECYCLES = {
    "logs": {"index": "logs", "managed": True, "policy": "keep", "age": "3d", "phase": "warm", "action": "shrink", "step": "ERROR",
             "failed_step": "shrink", "step_info": {"type": "illegal_argument_exception", "reason": "no node has room"}},
    "orders": {"index": "orders", "managed": True, "policy": "keep", "age": "1d", "phase": "hot", "action": "complete", "step": "complete"},
    "plain": {"index": "plain", "managed": False},
}
POLICIES = {"keep": {"version": 1, "modified_date": "2026-11-01T00:00:00.000Z", "policy": {"phases": {"hot": {"min_age": "0ms", "actions": {}}}}}}
SNAPSHOT_POLICIES = {
    "nightly": {"version": 1, "modified_date_millis": 1, "policy": {"name": "<nightly-{now/d}>", "schedule": "0 30 1 * * ?", "repository": "r"},
                "last_success": {"snapshot_name": "a", "time": 1795000000000},
                "last_failure": {"snapshot_name": "b", "time": 1795900000000, "details": "the repository is read-only"},
                "next_execution_millis": 1796000000000, "stats": {"policy": "nightly"}}}
DEPRECATIONS = {
    "cluster_settings": [{"level": "critical", "message": "The setting a is gone", "url": "https://x", "details": "remove it",
                          "resolve_during_rolling_upgrade": False}],
    "node_settings": [], "ml_settings": [],
    "index_settings": {"logs": [{"level": "warning", "message": "Old index", "url": "https://x", "details": "reindex it",
                                 "resolve_during_rolling_upgrade": False}]}, "data_streams": {}, "templates": {}, "ilm_policies": {}}
EVENTS = [{"_index": "logs", "_id": str(i), "_source": {"process": {"name": "sh"}, "n": i}} for i in range(3)]


class Refused(Exception):
    """An answer that says no: its status, the type of the error, and its reason."""


class NoHandler(Exception):
    """A request that the server does not know; its answer has an error of text alone."""


def reads(query, given):
    """The rows of the few queries that are known, of which `given` are the parameters."""
    if "nosuch" in query:
        raise Refused(400, "verification_exception", "Found 1 problem\nline 1:8: Unknown column [nosuch], did you mean any of [name]?")
    known = re.fullmatch(r"SELECT \* FROM items(?: WHERE name = \? AND ok = \?)?(?: LIMIT (\d+))?", query)
    if not known:
        raise Refused(400, "parsing_exception", f"line 1:1: mismatched input '{query[:20]}'")
    if query.count("?") != len(given):
        raise Refused(400, "illegal_argument_exception", "Not enough actual parameters")
    rows = [row for row in TABLE if not given or (row[1] == given[0] and row[4] == given[1])]
    return rows[: int(known.group(1))] if known.group(1) else rows


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        path = urllib.parse.urlsplit(self.path)
        with self.server.lock:
            self.server.authorizations.append(self.headers.get("authorization"))
        try:
            status, answer = 200, self.server.route(self.command, path.path, urllib.parse.parse_qs(path.query), body)
        except Refused as refused:
            status, kind, reason = refused.args
            answer = {"error": {"root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason}, "status": status}
        except NoHandler as unknown:
            status, answer = 400, {"error": str(unknown), "status": 400}
        # The clients want to know whom they talk to.
        given = self.headers.get("accept") or ""
        kind = "application/vnd.elasticsearch+json;compatible-with=8" if "vnd.elasticsearch" in given else "application/json"
        data = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in (("X-Elastic-Product", "Elasticsearch"), ("content-type", kind), ("content-length", str(len(data)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = do_DELETE = answer


def plugin_times(rows):
    """Points in time as the plugin spells them."""
    return [row[:3] + [row[3].replace("T", " ").rstrip("Z")] + row[4:] for row in rows]


class Fake(http.server.ThreadingHTTPServer):
    """Either of the two, on a free port of 127.0.0.1, until it is closed."""

    daemon_threads = True

    def __init__(self, opensearch=False, serverless=False, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:  # An ssl.SSLContext; the handshake is its connection's thread's.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.opensearch = opensearch
        self.serverless = serverless
        self.authorizations = []  # Of each request, None where it had none.
        self.mode = "RUNNING"
        self.cursors = {}  # What is left to be read, by the cursor's name.
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that left, or could not prove who it is, ends its own connection alone."""

    def close(self):
        self.shutdown()
        self.server_close()

    def page(self, rows, size):
        """As many rows as an answer has, and the cursor to the others."""
        if len(rows) <= size:
            return rows, None
        with self.lock:
            cursor = f"cursor {len(self.cursors)} of {id(rows)}=="
            self.cursors[cursor] = rows[size:]
        return rows[:size], cursor

    def resume(self, cursor):
        with self.lock:
            rows = self.cursors.pop(cursor, None)
        if rows is None:
            raise Refused(404, "search_context_missing_exception", "No search context found")
        return rows

    def root(self):
        version = {"number": "8.19.21", "build_flavor": "serverless" if self.serverless else "default"}
        if self.opensearch:
            version = {"number": "3.6.0", "distribution": "opensearch"}
        return {"name": "n1", "cluster_name": "fake", "cluster_uuid": "x", "version": version, "tagline": "You Know, for Search"}

    def sql(self, body):
        if "cursor" in body:
            rows, cursor = self.page(self.resume(body["cursor"]), PAGE)
            answer = {"rows": rows}
        else:
            rows, cursor = self.page(reads(body["query"], body.get("params", [])), body.get("fetch_size", PAGE))
            answer = {"columns": [{"name": name, "type": kind} for name, kind in COLUMNS], "rows": rows}
        return answer | ({"cursor": cursor} if cursor else {})

    def plugin_sql(self, body):
        if "cursor" in body:
            rows, cursor = self.page(self.resume(body["cursor"]), PAGE)
            answer = {"datarows": plugin_times(rows)}
        else:
            given = [each.get("value") for each in body.get("parameters", []) if each["type"] in ("string", "long", "boolean", "double", "null")]
            rows, cursor = self.page(reads(body["query"], given), body.get("fetch_size", PAGE))
            # The plugin's JSON comes in no order.
            answer = {"total": len(rows), "datarows": plugin_times(rows), "size": len(rows), "status": 200,
                      "schema": [{"name": name, "type": "timestamp" if kind == "datetime" else kind} for name, kind in COLUMNS]}
        return answer | ({"cursor": cursor} if cursor else {})

    def translate(self, body):
        return {"size": PAGE, "query": {"wildcard": {"name": {"wildcard": "*" + str((body.get("params") or [""])[0])}}}, "_source": False}

    def close_cursor(self, body):
        self.resume(body["cursor"])
        return {"succeeded": True}

    def eql(self, body):
        events = {"events": EVENTS}
        if body["query"].startswith("sequence"):
            events = {"sequences": [{"join_keys": ["host"], "events": EVENTS[:2]}]}
        return {"is_partial": False, "is_running": False, "took": 1, "timed_out": False, "hits": {"total": {"value": 3, "relation": "eq"}} | events}

    def explained(self, query):
        indices = LIFECYCLES
        if "only_managed" in query:
            indices = {name: each for name, each in indices.items() if each["managed"]}
        if "only_errors" in query:
            indices = {name: each for name, each in indices.items() if each.get("step") == "ERROR"}
        return {"indices": indices}

    def elasticsearch_routes(self, query, body):
        return {
            "POST /_sql": lambda: self.sql(body),
            "POST /_sql/translate": lambda: self.translate(body),
            "POST /_sql/close": lambda: self.close_cursor(body),
            "POST /logs/_eql/search": lambda: self.eql(body),
            "GET /logs/_eql/search": lambda: self.eql(body),
            "GET /_ilm/status": lambda: {"operation_mode": self.mode},
            "GET /_slm/status": lambda: {"operation_mode": self.mode},
            "GET /_ilm/policy": lambda: POLICIES,
            "GET /_slm/policy": lambda: SNAPSHOT_POLICIES,
            "GET /_all/_ilm/explain": lambda: self.explained(query),
            "GET /_migration/deprecations": lambda: DEPRECATIONS,
            "GET /_license": lambda: {"license": {"status": "active", "type": "platinum", "expiry_date_in_millis": 1}},
        }

    def route(self, method, path, query, body):
        routes = {
            "GET /": self.root,
            "HEAD /": dict,
            "GET /_cat/indices": lambda: [{"index": name, "health": "green", "status": "open", "docs.count": "3", "store.size": "10"}
                                          for name in LIFECYCLES],
            "GET /_alias": lambda: {name: {"aliases": {}} for name in LIFECYCLES},
            "GET /_data_stream": lambda: {"data_streams": []},
        }
        if self.opensearch:
            routes |= {
                "POST /_plugins/_sql": lambda: self.plugin_sql(body),
                "POST /_plugins/_sql/_explain": lambda: {"root": {"name": "ProjectOperator", "description": {"fields": "[name]"}, "children": []}},
                "POST /_plugins/_sql/close": lambda: self.close_cursor(body),
                "POST /_plugins/_ppl": lambda: self.plugin_sql({"query": "SELECT * FROM items LIMIT 2"}),
            }
        else:
            routes |= self.elasticsearch_routes(query, body)
        if self.serverless and path.startswith(("/_cluster", "/_nodes", "/_ilm", "/_slm", "/_all/_ilm", "/_tasks", "/_license")):
            raise Refused(410, "api_not_available_exception",
                          f"Request for uri [{path}] with method [{method}] exists but is not available when running in serverless mode")
        route = routes.get(f"{method} {path}")
        if route is None:
            raise NoHandler(f"no handler found for uri [{path}] and method [{method}]")
        return route()
