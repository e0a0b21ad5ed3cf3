"""Subscriptions to schema documents of PostgreSQL: both eras, stdio and HTTP."""
import os
import re
import subprocess

import harness
from harness import World
from talk import LEGACY, MODERN, Events, Exchange, Http, Stdio, request, until

UPDATED = "notifications/resources/updated"
URI = "dbops://pg/public.watched"


class Documents(World):
    def setUp(self):
        super().setUp()
        self.name = f"dbops_documents_{os.getpid()}_{self.id().rpartition('_')[2]}"
        self.server = harness.postgres()
        self.sql(f"create database {self.name}", self.server)
        self.addCleanup(self.sql, f"drop database {self.name} with (force)", self.server)
        self.url = re.sub(r"/postgres(?=\?|$)", "/" + self.name, self.server)
        self.write("dbops.toml", f'[connections.pg]\nurl = "{self.url}"\n[connections.owner]\nurl = "{self.url}"\ntier = "admin"\n'
                                 '[connections.x]\nurl = "x.db"\n')

    def sql(self, text, url=None):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url or self.url, "-c", text],
                              capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def install(self):
        self.good("operate", "owner", "watch_schema", "--yes")

    def listening(self):
        return int(self.sql("select count(*) from pg_stat_activity where query = 'LISTEN dbops_changes'"))

    def listen_params(self, *uris):
        return {"notifications": {"resourceSubscriptions": uris}}

    def test_stdio_modern(self):
        self.install()
        talk = Stdio(self)
        number = talk.send(request, "subscriptions/listen", self.listen_params(URI, "dbops://x/"))
        acknowledged = talk.heard.get(timeout=harness.PATIENCE)["params"]
        self.assertEqual(acknowledged["notifications"], {"resourceSubscriptions": [URI]})
        self.assertIn("sqlite", acknowledged["_meta"]["dbops/refused"]["dbops://x/"])
        self.sql("create table other (a int); create table watched (a int)")
        told = talk.heard.get(timeout=harness.PATIENCE)
        self.assertEqual((told["method"], told["params"]["uri"]), (UPDATED, URI))
        self.assertEqual(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], number)
        read = talk.answer(talk.send(request, "resources/read", {"uri": URI}))
        self.assertIn("a integer", read["result"]["contents"][0]["text"])

    def test_stdio_legacy(self):
        talk = Stdio(self, era=LEGACY)
        refused = talk.answer(talk.send(request, "resources/subscribe", {"uri": URI}, era=LEGACY))["error"]
        self.assertEqual(refused["data"]["code"], "unsupported")
        self.assertIn("watch_schema", refused["data"]["hint"])
        self.install()
        self.assertEqual(talk.answer(talk.send(request, "resources/subscribe", {"uri": URI}, era=LEGACY))["result"], {})
        self.sql("create table watched (a int)")
        self.assertEqual(talk.heard.get(timeout=harness.PATIENCE)["params"], {"uri": URI})
        talk.answer(talk.send(request, "resources/unsubscribe", {"uri": URI}, era=LEGACY))

    def test_http_shares_one_session_that_comes_back(self):
        self.install()
        talk = Http(self)
        message = request(7, "subscriptions/listen", self.listen_params(URI))
        streams = [Events(self, talk.post(message)) for _ in range(2)]
        for stream in streams:
            self.assertEqual(stream.next()["params"]["notifications"], {"resourceSubscriptions": [URI]})
        legacy = self.legacy_stream(talk)
        self.assertEqual(self.listening(), 1)
        self.sql("create table watched (a int)")
        for stream in [*streams, legacy]:
            self.assertEqual(stream.next()["params"]["uri"], URI)
        self.sql("select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN dbops_changes'")
        for stream in [*streams, legacy]:
            self.assertEqual(stream.next()["method"], UPDATED, "what may have been missed")
        until(lambda: self.listening() == 1)
        self.sql("alter table watched add b int")
        for stream in [*streams, legacy]:
            self.assertEqual(stream.next()["method"], UPDATED)

    def legacy_stream(self, talk):
        talk.era = LEGACY
        talk.begin_session()
        status, answer = talk.post(request(1, "resources/subscribe", {"uri": URI}, era=LEGACY)).message()
        self.assertEqual((status, answer["result"]), (200, {}))
        stream = Events(self, Exchange(talk.port, "GET", talk.headers()))
        talk.era = MODERN
        return stream

    def test_a_policy_that_hides_it_hides_its_changes(self):
        self.install()
        self.write("dbops.toml", f'[connections.pg]\nurl = "{self.url}"\npolicy.deny = ["watched"]\n'
                                 f'[connections.open]\nurl = "{self.url}"\n')
        talk = Stdio(self)
        talk.send(request, "subscriptions/listen", self.listen_params(URI, "dbops://pg/", "dbops://open/"))
        acknowledged = talk.heard.get(timeout=harness.PATIENCE)["params"]
        self.assertEqual(acknowledged["notifications"], {"resourceSubscriptions": ["dbops://open/", "dbops://pg/"]})
        self.assertIn("does not show", acknowledged["_meta"]["dbops/refused"][URI])
        told = lambda: talk.heard.get(timeout=harness.PATIENCE)["params"]["uri"]
        self.sql("create table watched (a int)")
        self.assertEqual(told(), "dbops://open/")
        self.sql("create table seen (a int)")
        self.assertEqual({told(), told()}, {"dbops://open/", "dbops://pg/"})


if __name__ == "__main__":
    harness.main()
