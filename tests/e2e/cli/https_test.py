"""`dbops serve` as a server on a network: tokens, TLS and its reload, draining, metrics."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
import warnings

import harness
from harness import World

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
              "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
CPU_LATENCY = "/dev/cpu_dma_latency"
METRICS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.txt")


def call(number, tool, **arguments):
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def eventually(condition):
    end = time.monotonic() + harness.PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")


class Server(World):
    """A `dbops serve` over x.db, and connections to it."""

    def serve(self, *arguments):
        process = self.start("serve", "main=sqlite:x.db", "--port", "0", *arguments, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        found = re.search(r"https?://\S+/mcp", line)
        self.assertTrue(found, line)
        self.address = urllib.parse.urlsplit(found.group())
        return process

    def connect(self, context=None):
        if self.address.scheme == "https":
            context = context or self.trusting("server")
            connection = http.client.HTTPSConnection("localhost", self.address.port, timeout=harness.PATIENCE,
                                                     context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def post(self, message, token=None, session=None, connection=None):
        """The status, the headers and the body."""
        headers = dict(HEADERS)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if session:
            headers["Mcp-Session-Id"] = session
        connection = connection or self.connect()
        connection.request("POST", "/mcp", json.dumps(message), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def get(self, path, connection=None):
        connection = connection or self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def certificate(self, name, subject="localhost"):
        """NAME.crt and NAME.key, signed by itself."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={subject}",
                        "-addext", f"subjectAltName=DNS:{subject}", "-keyout", self.path(name + ".key"), "-out",
                        self.path(name + ".crt")], check=True, capture_output=True)

    def trusting(self, name, version=None):
        context = ssl.create_default_context(cafile=self.path(name + ".crt"))
        if version:
            context.minimum_version = context.maximum_version = version
        return context


class Tokens(Server):
    def token(self, name, *scopes):
        """A new token, whose entry is put into the configuration."""
        out = self.good("token", name, *[word for scope in scopes for word in ("--scope", scope)])
        token, entry = out.split("\n", 1)
        with open(self.path("dbops.toml"), "a", encoding="utf-8") as file:
            file.write(entry)
        os.chmod(self.path("dbops.toml"), 0o600)
        return token

    def session(self, token):
        status, headers, body = self.post(INITIALIZE, token)
        self.assertEqual(status, 200, body)
        return headers["Mcp-Session-Id"]

    def test_scopes_and_tiers(self):
        reader, writer = self.token("ada"), self.token("bob", "db:write:main")
        self.serve("--tier", "main=admin")
        status, headers, _ = self.post(INITIALIZE)
        self.assertEqual((status, headers["WWW-Authenticate"]), (401, 'Bearer realm="dbops", scope="db:read"'))
        self.assertEqual(self.post(INITIALIZE, "dbops_wrong")[0], 401)

        session = self.session(reader)
        _, _, body = self.post(call(2, "list_connections"), reader, session)
        self.assertEqual([one["tier"] for one in json.loads(body)["result"]["structuredContent"]["connections"]], ["read"])
        insert = call(3, "execute", connection="main", statement="insert into flights(id) values (9)")
        status, headers, _ = self.post(insert, reader, session)
        self.assertEqual(status, 403)
        self.assertIn('error="insufficient_scope", scope="db:write"', headers["WWW-Authenticate"])
        self.assertEqual(self.rows("select count(*) from flights"), [(3,)])
        self.assertEqual(self.post(insert, writer, session)[0], 404, "another's session")
        status, _, body = self.post(insert, writer, self.session(writer))
        self.assertEqual(status, 200, body)
        self.assertEqual(self.rows("select count(*) from flights"), [(4,)])
        _, _, body = self.post(call(4, "execute", connection="main", statement="attach 'y.db' as y"), writer,
                               self.session(writer))
        self.assertEqual(json.loads(body)["result"]["structuredContent"]["error"]["code"], "forbidden")

    def test_the_audit_log_knows_who(self):
        token = self.token("ada")
        process = self.serve()
        self.post(call(2, "query", connection="main", statement="select 1"), token, self.session(token))
        process.send_signal(signal.SIGTERM)
        process.wait(harness.PATIENCE)
        audit = os.path.join(self.home, ".local/state/dbops/audit.db")
        self.assertEqual(self.rows("select principal, tool from calls", audit), [("ada", "query")])
        with open(audit, "rb") as file:
            self.assertNotIn(token.encode(), file.read())
        self.assertNotIn(token, process.stderr.read())

    def test_a_token_is_not_in_the_configuration(self):
        token = self.token("ada")
        self.assertRegex(token, r"^dbops_[A-Za-z0-9_-]{43}$")
        self.assertNotIn(token, self.read("dbops.toml"))
        self.assertNotEqual(token, self.token("bob"))
        self.assertIn("no such scope", self.bad(2, "token", "eve", "--scope", "db:all"))
        self.assertIn("can't be a token's name", self.bad(2, "token", "e v e"))

    def test_beyond_this_machine_with_a_token_alone(self):
        self.assertIn("dbops token", self.bad(2, "serve", "x.db", "--host", "0.0.0.0", "--port", "0"))
        token = self.token("ada")
        self.serve("--host", "0.0.0.0")
        self.assertEqual(self.post(INITIALIZE)[0], 401)
        self.session(token)


class Tls(Server):
    def setUp(self):
        super().setUp()
        self.certificate("server")
        self.write("dbops.toml", '[server]\ntls_certificate = "server.crt"\ntls_key = "server.key"\n'
                                 '[server.limits]\nheader_time = "500ms"\n')

    def replace(self, name):
        for kind in (".crt", ".key"):
            shutil.copy(self.path(name + kind), self.path("server" + kind))

    def reload(self, process):
        """What is logged of it."""
        process.send_signal(signal.SIGHUP)
        while "certificate" not in (line := process.stderr.readline()):
            self.assertIn("the connections are those", line)
        return line

    def test_calls_over_tls_1_2_and_1_3(self):
        self.serve()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            connection = self.connect(self.trusting("server", version))
            self.assertEqual(self.post(INITIALIZE, connection=connection)[0], 200)
            self.assertEqual(connection.sock.version(), version.name.replace("_", "."))

    def test_a_target_in_absolute_form_has_the_scheme_that_is_served(self):
        self.serve()
        self.assertEqual(self.get("https://localhost/healthz"), (200, "ok\n"))
        self.assertEqual(self.get("http://localhost/healthz")[0], 421)

    def test_nothing_older(self):
        self.serve()
        context = self.trusting("server")
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError) as refused:
            self.get("/healthz", self.connect(context))
        self.assertIn(refused.exception.reason, ("UNEXPECTED_EOF_WHILE_READING", "TLSV1_ALERT_PROTOCOL_VERSION"),
                      "the server ends it, not the client")
        self.assertEqual(self.get("/healthz"), (200, "ok\n"))

    def test_no_cipher_without_forward_secrecy_or_authentication(self):
        self.serve()
        for ciphers in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"):
            context = self.trusting("server", ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(ciphers)
            with self.assertRaises(ssl.SSLError) as refused:
                self.get("/healthz", self.connect(context))
            self.assertIn(refused.exception.reason, ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY"))

    def test_a_client_that_leaves_cancels_its_call(self):
        self.serve()
        message = call(2, "query", connection="main", statement=harness.ENDLESS)
        message["params"]["_meta"] = {f"io.modelcontextprotocol/{key}": value for key, value in (
            ("protocolVersion", "2026-07-28"), ("clientCapabilities", {}))}
        watch = self.connect()

        def metrics():
            return self.get("/metrics", watch)[1]

        def is_cancelled():
            leaving = self.connect()
            leaving.request("POST", "/mcp", json.dumps(message), {
                **HEADERS, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "query"})
            eventually(lambda: "dbops_http_calls 1\n" in metrics())
            leaving.close()
            eventually(lambda: "dbops_http_calls 0\n" in metrics())
            return 'connection="main",outcome="cancelled"}' in metrics()

        eventually(is_cancelled)  # One that ends before its statement began is no call of "main" yet.

    def test_requests_in_one_record(self):
        self.serve()
        _, headers, _ = self.post(INITIALIZE)
        bodies = [json.dumps(call(number, "query", connection="main", statement="select 1")) for number in (2, 3, 4)]
        fields = "".join(f"{name}: {value}\r\n" for name, value in {
            **HEADERS, "Host": "localhost", "Mcp-Session-Id": headers["Mcp-Session-Id"]}.items())
        text = "".join(f"POST /mcp HTTP/1.1\r\n{fields}Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)
        connection = self.connect()
        connection.connect()
        connection.sock.sendall(text.encode())
        seen = b""
        while seen.count(b'"rows":[[1]]') < 3:
            piece = connection.sock.recv(65536)
            self.assertTrue(piece, seen)
            seen += piece

    def test_a_new_certificate_drops_nobody(self):
        process = self.serve("-v")
        kept = self.connect()
        _, headers, _ = self.post(INITIALIZE, connection=kept)
        session = headers["Mcp-Session-Id"]
        stream = self.connect()
        stream.request("GET", "/mcp", headers={"Accept": "text/event-stream", "Mcp-Session-Id": session})
        events = stream.getresponse()
        self.assertEqual(events.status, 200)

        self.certificate("next")
        self.replace("next")
        self.assertIn("read again", self.reload(process))
        self.assertEqual(self.get("/healthz", self.connect(self.trusting("next"))), (200, "ok\n"))
        self.assertEqual(self.post({"jsonrpc": "2.0", "id": 2, "method": "ping"}, session=session, connection=kept)[0], 200)
        process.send_signal(signal.SIGTERM)
        self.assertIn(b": open", events.read(), "the stream ended with the server, not before")
        self.assertEqual(process.wait(harness.PATIENCE), 0)

    def test_a_certificate_that_is_wrong_changes_nothing(self):
        process = self.serve("-v")
        self.write("server.crt.kept", self.read("server.crt"))
        self.write("server.crt", "nothing")
        line = self.reload(process)
        self.assertIn("server.crt", line)
        self.assertIn("stays", line)
        self.write("server.crt", self.read("server.crt.kept"))
        self.assertEqual(self.get("/healthz"), (200, "ok\n"))

    def test_files_that_are_wrong_at_the_start(self):
        self.certificate("other")
        for certificate, key, named in (("gone.crt", "server.key", "gone.crt"), ("server.crt", "gone.key", "gone.key"),
                                        ("server.key", "server.key", "server.key"), ("server.crt", "other.key", "other.key")):
            self.write("dbops.toml", f'[server]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n')
            code, _, error = self.run_program("serve", "x.db", "--port", "0")
            self.assertNotEqual(code, 0)
            self.assertIn(named, error)

    def test_who_does_not_shake_hands_is_cut(self):
        self.serve()
        for greeting in (b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00"):
            with socket.create_connection(("127.0.0.1", self.address.port), timeout=harness.PATIENCE) as silent:
                silent.sendall(greeting)
                try:
                    self.assertNotIn(b"HTTP", silent.recv(100))
                except ConnectionResetError:
                    pass
        self.assertEqual(self.get("/healthz"), (200, "ok\n"))


class Operation(Server):
    def test_it_is_not_ready_while_it_drains(self):
        self.write("dbops.toml", '[server]\ndrain_notice = "1s"\n')
        process = self.serve()
        self.assertEqual(self.get("/readyz"), (200, "ready\n"))
        process.send_signal(signal.SIGTERM)
        eventually(lambda: self.get("/readyz") == (503, "draining\n"))
        self.assertEqual(self.get("/healthz"), (200, "ok\n"))
        self.assertEqual(self.post(INITIALIZE)[0], 200, "calls are still taken")
        self.assertEqual(process.wait(harness.PATIENCE), 0)

    def test_the_setting_says_whether_processors_may_be_kept_awake(self):
        def is_open():
            folder = f"/proc/{self.serve().pid}/fd"
            return CPU_LATENCY in [os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)]

        may = os.access(CPU_LATENCY, os.W_OK)
        self.assertEqual(is_open(), may and os.cpu_count() <= 8)
        self.write("dbops.toml", "[server]\nkeep_cpus_awake = false\n")
        self.assertFalse(is_open())
        self.write("dbops.toml", "[server]\nkeep_cpus_awake = true\n")
        if may:
            self.assertTrue(is_open())
        else:
            code, _, error = self.run_program("serve", "x.db", "--port", "0")
            self.assertNotEqual(code, 0)
            self.assertIn("keep_cpus_awake", error)

    def test_the_names_of_the_metrics(self):
        self.serve()
        status, headers, _ = self.post(INITIALIZE)
        self.assertEqual(status, 200)
        for statement in ("select 1", "secret nonsense"):
            self.post(call(2, "query", connection="main", statement=statement), session=headers["Mcp-Session-Id"])
        status, text = self.get("/metrics")
        self.assertEqual(status, 200)
        self.assertNotIn("secret", text)
        lines = [re.sub(r"([{,])(\w+)=\"[^\"]*\"", r"\1\2", line).rsplit(" ", 1)[0] if not line.startswith("#") else line
                 for line in text.splitlines() if not line.startswith("# HELP")]
        with open(METRICS, encoding="utf-8") as file:
            self.assertEqual(list(dict.fromkeys(lines)), file.read().splitlines())


if __name__ == "__main__":
    harness.main()
