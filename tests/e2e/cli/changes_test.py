"""Who hears that lists have changed when the configuration does: both eras, stdio and HTTP."""
import contextlib
import hashlib
import json
import os

import harness
from harness import World
from talk import LEGACY, MODERN, Events, Exchange, Http, Stdio, request

LISTEN = {"notifications": {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}}
TOOLS = "notifications/tools/list_changed"
RESOURCES = "notifications/resources/list_changed"


def entry(name, *scopes):
    digest = hashlib.sha256(f"{name}-secret".encode()).hexdigest()
    return f'[tokens.{name}]\nhash = "sha256:{digest}"\nscopes = {json.dumps(scopes)}\n'


class Changes(World):
    def setUp(self):
        super().setUp()
        self.configure("")

    def configure(self, more, tier="read"):
        """As an editor does it: another file takes the name."""
        self.write("new.toml", f'[connections.x]\nurl = "x.db"\ntier = "{tier}"\n' + more)
        os.rename(self.path("new.toml"), self.path("dbops.toml"))

    def stdio(self, era):
        return Stdio(self, "--config", "dbops.toml", era=era)


class OverStdio(Changes):
    def heard(self, talk):
        return talk.heard.get(timeout=harness.PATIENCE)

    def test_a_modern_client_listens(self):
        talk = self.stdio(MODERN)
        number = talk.send(request, "subscriptions/listen", LISTEN)
        acknowledged = self.heard(talk)
        self.assertEqual(acknowledged["params"]["notifications"], {"toolsListChanged": True, "resourcesListChanged": True})
        self.configure('[connections.y]\nurl = "x.db"\n')
        told = self.heard(talk)
        self.assertEqual(told["method"], RESOURCES)
        self.assertEqual(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], number)
        listed = talk.answer(talk.send(request, "resources/list"))["result"]["resources"]
        self.assertEqual([each["uri"] for each in listed], ["dbops://x/", "dbops://y/"])
        self.assertIn("- y (sqlite, read)", talk.answer(talk.send(request, "server/discover"))["result"]["instructions"])

    def test_a_legacy_client_is_told(self):
        talk = self.stdio(LEGACY)
        names = lambda: [each["name"] for each in talk.answer(talk.send(request, "tools/list", era=LEGACY))["result"]["tools"]]
        self.assertNotIn("execute", names())
        self.configure("", tier="write")
        self.assertEqual([self.heard(talk)["method"], self.heard(talk)["method"]], [TOOLS, RESOURCES])
        self.assertIn("execute", names())

    def test_what_is_wrong_changes_nothing(self):
        talk = self.stdio(MODERN)
        talk.send(request, "subscriptions/listen", LISTEN)
        self.heard(talk)
        self.configure('[connections.y]\nurl = "nosuch://y"\n')
        while "was not changed" not in talk.process.stderr.readline().decode():
            pass
        self.configure('[connections.z]\nurl = "x.db"\n')
        self.assertEqual(self.heard(talk)["method"], RESOURCES)


class OverHttp(Changes):
    """Ada may see x and y, Bob x alone."""

    def serve(self):
        self.tokens = entry("ada", "db:read") + entry("bob", "db:read:x")
        self.configure(self.tokens)
        self.server = Http(self)

    def headers(self, name, message=None, **more):
        return {**self.server.headers(message), "Authorization": f"Bearer {name}-secret", **more}

    def listen(self, name):
        message = request(7, "subscriptions/listen", LISTEN)
        events = Events(self, Exchange(self.server.port, "POST", self.headers(name, message), json.dumps(message).encode()))
        self.assertEqual(events.next()["method"], "notifications/subscriptions/acknowledged")
        return events

    def stream(self, name):
        """The stream of a legacy session."""
        self.server.era = LEGACY
        first = request(0, "initialize", {"protocolVersion": LEGACY, "capabilities": {},
                                          "clientInfo": {"name": "e2e", "version": "1"}}, era=LEGACY)
        begun = Exchange(self.server.port, "POST", self.headers(name, first), json.dumps(first).encode())
        with contextlib.closing(begun.connection):
            session = begun.response().getheader("Mcp-Session-Id")
        events = Events(self, Exchange(self.server.port, "GET", self.headers(name, **{"Mcp-Session-Id": session})))
        self.server.era = MODERN
        return events

    def test_each_hears_of_what_it_may_see(self):
        self.serve()
        ada, bob = self.listen("ada"), self.listen("bob")
        ada_legacy, bob_legacy = self.stream("ada"), self.stream("bob")
        self.configure(self.tokens + '[connections.y]\nurl = "x.db"\n')
        self.assertEqual(ada.next()["method"], RESOURCES)
        self.assertEqual(ada_legacy.next()["method"], RESOURCES)
        # What Bob hears next is of the next change: a policy of his own takes x from him.
        self.configure(entry("ada", "db:read") + entry("bob", "db:read:z") + '[connections.y]\nurl = "x.db"\n')
        self.assertEqual(bob.next()["method"], RESOURCES)
        self.assertEqual(bob_legacy.next()["method"], RESOURCES)

    def test_streams_of_a_token_that_is_taken_back_end(self):
        self.serve()
        ada, bob, legacy = self.listen("ada"), self.listen("bob"), self.stream("bob")
        self.configure(entry("ada", "db:read"))
        self.assertEqual(bob.next()["result"]["resultType"], "complete")
        self.assertIsNone(bob.next())
        self.assertIsNone(legacy.next())
        self.configure(entry("ada", "db:read") + '[connections.y]\nurl = "x.db"\n')
        self.assertEqual(ada.next()["method"], RESOURCES)


if __name__ == "__main__":
    harness.main()
