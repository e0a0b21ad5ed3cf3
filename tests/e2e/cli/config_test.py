"""dbops.toml: where it is found, what is said of a bad one, secrets, and what doctor makes of it."""
import base64
import http.server
import json
import os
import subprocess
import threading

import harness
from harness import World, postgres


class Config(World):
    def test_it_is_found_here_and_at_home_and_by_name(self):
        folder = os.path.join(self.home, ".config/dbops")
        os.makedirs(folder)
        with open(os.path.join(folder, "dbops.toml"), "w", encoding="utf-8") as file:
            file.write(f'[connections.home]\nurl = "sqlite:{self.path("x.db")}"\n')
        self.assertEqual(self.good("query", "home", "select 1 as a"), "a\n1\n")
        self.environment["XDG_CONFIG_HOME"] = self.path("elsewhere")
        self.bad(2, "query", "home", "select 1")
        self.write("dbops.toml", '[connections.here]\nurl = "x.db"\n')
        self.assertEqual(self.good("query", "here", "select 1 as a"), "a\n1\n")
        self.write("other.toml", '[connections.other]\nurl = "x.db"\n')
        self.assertEqual(self.good("query", "other", "select 1 as a", "--config", "other.toml"), "a\n1\n")
        self.bad(2, "query", "here", "select 1", "--config", "other.toml")
        self.bad(2, "query", "here", "select 1", "--no-config")
        self.assertIn("nowhere.toml", self.bad(2, "query", "here", "select 1", "--config", "nowhere.toml"))

    def test_all_that_is_wrong_is_said_at_once(self):
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\nteir = "write"\n\n[server]\nport = "x"\n')
        self.assertEqual(self.bad(2, "connections"),
                         'error [invalid_config]: dbops.toml:3:1: unknown key "teir" in [connections.x] (did you mean tier?)\n'
                         "error [invalid_config]: dbops.toml:6:8: port in [server] must be an integer, not a string\n")
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\ncashe_kib = 5\n')
        self.assertIn('dbops.toml:3:1: connection "x": SQLite has no setting cashe_kib (did you mean cache_kib?)',
                      self.bad(2, "connections"))

    def test_a_connection_that_cannot_be_used_is_listed_with_its_fault(self):
        self.write("dbops.toml", '[connections.a]\nurl = "sqlite:${NOPE}"\ntier = "write"\n[connections.b]\nurl = "x.db"\n')
        fault = "invalid_config: dbops.toml:2:7: url in [connections.a] needs the environment variable NOPE, which is not set " \
                "(set it, or write $${ for a plain ${)"
        listed = json.loads(self.good("connections", "--format", "json"))
        self.assertEqual([(row["name"], row["tier"], row["status"]) for row in listed], [("a", "write", fault), ("b", "read", "")])
        listed = json.loads(self.good("connections", "--check", "--format", "json"))
        self.assertEqual((listed[0]["name"], listed[0]["status"], listed[0]["ms"]), ("a", fault, None))
        self.assertRegex(listed[1]["status"], "^SQLite ")
        self.assertIn(fault, self.good("connections"))
        self.assertIn("hint: `dbops connections` lists all, also those that can't be used now", self.bad(2, "query", "zzz", "select 1"))
        self.environment["NOPE"] = self.path("x.db")
        self.assertNotIn("status", self.good("connections"))

    def test_what_is_not_utf8_is_named_by_its_place(self):
        with open(self.path("dbops.toml"), "wb") as file:
            file.write(b'[connections.x]\nurl = "caf\xe9.db"\n')
        self.assertTrue(self.bad(2, "connections").startswith("error [invalid_config]: dbops.toml:2:11: not UTF-8"))

    def test_a_file_that_others_may_change_is_refused(self):
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\n', mode=0o666)
        self.assertIn("everybody may change the file", self.bad(2, "query", "x", "select 1"))

    def test_the_tier_and_limits_are_those_of_the_file(self):
        self.write("dbops.toml", '[connections.x]\nurl = "x.db"\ntier = "write"\n')
        self.assertEqual(self.run_program("execute", "x", "insert into flights(id) values (7)")[0], 0)
        self.bad(4, "execute", "x", "insert into flights(id) values (8)", "--tier", "x=read")

    def test_a_password_that_others_may_read_is_warned_of(self):
        self.write("dbops.toml", '[connections.x]\nurl = "postgresql://me@h/d"\npassword = "hunter2"\n', mode=0o644)
        _, out, error = self.run_program("doctor", "x.db")
        self.assertIn("others may read it", out)
        self.assertNotIn("hunter2", out + error)

    def test_secrets(self):
        url = postgres()
        scheme, rest = url.split("://")
        credentials, host = rest.split("@")
        user, password = credentials.split(":")
        self.write("secret", password + "\n")
        self.environment["PG_SECRET"] = password
        for source in ('{ env = "PG_SECRET" }', '{ file = "secret" }', '{ command = ["cat", "secret"] }', f'"{password}"'):
            self.write("dbops.toml", f'[connections.pg]\nurl = "{scheme}://{user}@{host}"\npassword = {source}\n')
            self.assertEqual(self.good("query", "pg", "select 1 as a"), "a\n1\n")
            listed = self.run_program("connections", "--check")[1]
            self.assertIn("PostgreSQL", listed)
            self.assertNotIn(password, listed)
        self.write("dbops.toml", f'[connections.pg]\nurl = "{scheme}://{user}@{host}"\npassword = {{ env = "NOT_SET" }}\n')
        self.assertIn("NOT_SET", self.bad(2, "query", "pg", "select 1"))
        self.write("dbops.toml", '[connections.pg]\nurl = "${PG_URL}"\n')
        self.assertIn("PG_URL", self.bad(2, "query", "pg", "select 1"))
        self.environment["PG_URL"] = url
        self.assertEqual(self.good("query", "pg", "select 1 as a"), "a\n1\n")

    def test_passwords_never_come_out(self):
        secret = "hunter2hunter2"
        url = f"postgresql://me:{secret}@127.0.0.1:1/d"
        for arguments in (("query", url, "select 1"), ("doctor", url), ("connections", url), ("query", url),
                          ("doctor", url, "--format", "json"), ("mcp", "bad name=" + url), ("shell", url)):
            _, out, error = self.run_program(*arguments)
            self.assertNotIn(secret, out + error, arguments)

    def test_the_process_list_shows_no_password(self):
        secret = "hunter2hunter2"
        process = self.start("mcp", f"pg=postgresql://me:{secret}@127.0.0.1:1/d", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        process.stdin.flush()
        process.stdout.readline()
        with open(f"/proc/{process.pid}/cmdline", encoding="utf-8") as file:
            shown = file.read()
        process.communicate(timeout=harness.PATIENCE)
        self.assertIn("pg=postgresql://me:***@", shown)
        self.assertNotIn(secret, shown)


class Issuer:
    """An authorization server that has `keys`, and lets dbops with its secret ask about tokens."""

    def __init__(self):
        self.keys = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def handler(issuer):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, document, status=200):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path == "/keys":
                    self.answer({"keys": issuer.keys})
                elif self.path == "/.well-known/openid-configuration":
                    self.answer({"issuer": issuer.url, "jwks_uri": issuer.url + "/keys", "introspection_endpoint": issuer.url + "/introspect"})
                else:
                    self.answer({}, 404)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                known = self.headers["Authorization"] == "Basic " + base64.b64encode(b"dbops:hunter2").decode()
                self.answer({"active": False}, 200 if known else 401)

            def log_message(self, *_):
                pass

        return Handler

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Doctor(World):
    def enter(self, issuer):
        self.addCleanup(issuer.end)
        return issuer

    def test_all_is_well(self):
        out = self.good("doctor", "x.db")
        self.assertRegex(out, r"(?m)^ok +audit: .*/audit.db$")
        self.assertRegex(out, r"(?m)^ok +x, sqlite: SQLite \S+, .*tier read, the server grants")

    def test_postgres(self):
        out = self.good("doctor", postgres())
        self.assertRegex(out, r"PostgreSQL \S+, database postgres, user postgres, (plain|TLS\S+), tier read, the server grants admin")

    def test_what_is_critical_decides_the_exit_code(self):
        self.write("dbops.toml", '[connections.good]\nurl = "x.db"\n'
                                 '[connections.down]\nurl = "postgresql://127.0.0.1:1/x"\n[connections.unset]\nurl = "${NO}"\n')
        code, out, _ = self.run_program("doctor")
        self.assertEqual(code, 3)
        self.assertRegex(out, r"(?m)^ok +good")
        self.assertRegex(out, r"(?m)^critical +down, unreachable: ")
        self.assertEqual(out.count("needs the environment variable NO"), 1)
        self.assertEqual(self.run_program("doctor", "good")[0], 1)  # The unusable one is still there.
        code, out, _ = self.run_program("doctor", "--format", "json")
        self.assertEqual(code, 3)
        self.assertIn("unreachable", [finding["subject"] for finding in json.loads(out)])

    def test_an_audit_log_that_cannot_be_written(self):
        self.write("dbops.toml", '[audit]\nfile = "/proc/nowhere/audit.db"\n')
        code, out, _ = self.run_program("doctor", "x.db")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^critical +audit, ")
        self.assertEqual(self.run_program("query", "x.db", "select 1 as a")[:2], (0, "a\n1\n"))
        self.write("dbops.toml", '[audit]\nfile = "/proc/nowhere/audit.db"\nrequired = true\n')
        self.assertNotEqual(self.run_program("query", "x.db", "select 1 as a")[0], 0)

    def test_an_audit_log_that_has_no_folder(self):
        del self.environment["HOME"]
        insert = ("execute", "x.db", "insert into flights(id) values (77)", "--tier", "write")
        self.write("dbops.toml", "[audit]\nrequired = true\n")
        for arguments in (insert, ("query", "x.db", "select 1"), ("mcp", "x.db"), ("serve", "x.db", "--port", "0"), ("doctor", "x.db")):
            with self.subTest(arguments=arguments):
                error = self.bad(2, *arguments)
                self.assertIn("HOME", error)
                self.assertIn("set HOME or XDG_STATE_HOME, or name a file or url in [audit] and [state]", error)
        self.assertEqual(self.rows("select count(*) from flights"), [(3,)])
        self.write("dbops.toml", '[audit]\nrequired = true\nfile = "audit.db"\n')
        self.assertEqual(self.run_program(*insert)[0], 0)
        self.assertEqual(self.rows("select tool from calls", "audit.db"), [("execute",)])
        self.write("dbops.toml", "")
        code, out, error = self.run_program("query", "x.db", "select 1 as a")
        self.assertEqual((code, out), (0, "a\n1\n"))
        self.assertRegex(error, "calls are not recorded: .*HOME")
        code, out, error = self.run_program("doctor", "x.db")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^critical +audit, not_found: .*HOME")
        self.assertNotIn("enabled = true", out)
        self.assertRegex(error, "used confirmations will not outlive this process: .*HOME")
        self.write("dbops.toml", "[audit]\nenabled = false\n")
        self.assertEqual(self.good("query", "x.db", "select 1 as a"), "a\n1\n")

    def test_what_serving_needs(self):
        issuer = self.enter(Issuer())
        self.write("dbops.toml", f'[load]\nfolder = "files"\n[oauth]\nissuer = "{issuer.url}"\nresource = "http://localhost:7411/mcp"\n')
        code, out, _ = self.run_program("doctor", "x.db")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^critical +load, io: \S+/files can't be read: No such file or directory$")
        self.assertRegex(out, r"(?m)^critical +oauth, invalid_config: .* has no key of the algorithms that are allowed$")
        issuer.keys = [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
        os.mkdir(self.path("files"))
        out = self.good("doctor", "x.db")
        self.assertRegex(out, r"(?m)^ok +load: files are loaded from \S+/files$")
        self.assertIn(f"{issuer.url} has keys to check tokens by: 1\n", out)
        issuer.end()
        self.assertRegex(self.run_program("doctor", "x.db")[1], r"(?m)^critical +oauth, unreachable: ")

    def test_an_issuer_that_is_asked_about_tokens(self):
        issuer = self.enter(Issuer())
        self.environment["SECRET"] = "hunter2"
        self.write("dbops.toml", f'[oauth]\nissuer = "{issuer.url}"\nresource = "http://localhost:7411/mcp"\ntokens = "introspection"\n'
                                 'client_id = "dbops"\nclient_secret = { env = "SECRET" }\n')
        self.assertIn(f"{issuer.url} answers what it is asked of tokens\n", self.good("doctor", "x.db"))
        self.environment["SECRET"] = "hunter3"
        code, out, error = self.run_program("doctor", "x.db")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^critical +oauth, invalid_config: .*status 401$")
        self.assertNotIn("hunter3", out + error)

    def test_a_certificate_that_cannot_be_used(self):
        self.write("dbops.toml", '[server]\ntls_certificate = "c.pem"\ntls_key = "k.pem"\n')
        code, out, _ = self.run_program("doctor", "x.db")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^critical +tls, \w+: .*c\.pem")

    def test_every_call_is_recorded_without_its_values(self):
        self.good("query", "x.db", "select 'treasure'")
        self.bad(4, "query", "x.db", "delete from flights")
        file = os.path.join(self.home, ".local/state/dbops/audit.db")
        rows = self.rows("select * from calls", file)
        self.assertEqual(len(rows), 2)
        self.assertNotIn("treasure", str(rows))


if __name__ == "__main__":
    harness.main()
