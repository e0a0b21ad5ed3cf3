#!/usr/bin/env python3
"""Channels and keys as resources to subscribe to: the official Python client publishes and writes, a client of MCP hears and reads,
in both eras. Needs the servers in DBOPS_TEST_REDIS, DBOPS_TEST_REDIS_OLD and DBOPS_TEST_REDIS_CLUSTER.

    topics_witness_test.py DBOPS
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e/cli"))
import harness  # pylint: disable=wrong-import-position
from talk import LEGACY, Stdio, request  # pylint: disable=wrong-import-position

UPDATED = "notifications/resources/updated"
NAME = f"news:{os.getpid()} a/b"
URI = f"topic://cache/news:{os.getpid()}%20a/b"


class Topics(harness.World):
    def setUp(self):
        super().setUp()
        self.write("dbops.toml", "".join(f'[connections.{name}]\nurl = "{harness.server(variable)}"\n' for name, variable in (
            ("cache", "DBOPS_TEST_REDIS"), ("old", "DBOPS_TEST_REDIS_OLD"), ("cluster", "DBOPS_TEST_REDIS_CLUSTER"))))
        self.client = self.connect("DBOPS_TEST_REDIS")

    def connect(self, variable, **options):
        import redis  # pylint: disable=import-outside-toplevel
        client = redis.Redis.from_url(harness.server(variable), **options)
        self.addCleanup(client.close)
        return client

    def listen(self, talk, *uris):
        talk.send(request, "subscriptions/listen", {"notifications": {"resourceSubscriptions": uris}})
        return talk.heard.get(timeout=harness.PATIENCE)["params"]

    def told(self, talk):
        message = talk.heard.get(timeout=harness.PATIENCE)
        self.assertEqual(message["method"], UPDATED)
        return message["params"]["uri"]

    def messages(self, talk, uri, count):
        """What is there once so many messages were heard; each notification may be of several, and may come before an answer that was
        made without what it tells of."""
        while True:
            number = talk.send(request, "resources/read", {"uri": uri}, era=talk.era)
            told = False
            while (message := talk.heard.get(timeout=harness.PATIENCE)).get("id") != number:
                told = told or message["method"] == UPDATED
            kept = json.loads(message["result"]["contents"][0]["text"])
            if kept["heard"] >= count:
                return kept
            if not told:
                self.told(talk)

    def test_a_modern_client(self):
        talk = Stdio(self)
        self.assertEqual(self.listen(talk, URI)["notifications"], {"resourceSubscriptions": [URI]})
        self.assertEqual(self.client.publish(NAME, "größe ✈"), 1)
        self.assertEqual(self.told(talk), URI)
        self.assertEqual(self.client.publish(NAME, b"\x00\xff"), 1)
        self.client.publish(NAME + "c", "another channel")
        kept = self.messages(talk, URI, 2)
        self.assertEqual((kept["connection"], kept["topic"], kept["heard"]), ("cache", NAME, 2))
        self.assertEqual([each["message"] for each in kept["messages"]], ["größe ✈", {"base64": "AP8="}])

    def test_a_legacy_client(self):
        talk = Stdio(self, era=LEGACY)
        unread = talk.answer(talk.send(request, "resources/read", {"uri": URI}, era=LEGACY))
        self.assertIn("not subscribed", unread["error"]["message"])
        self.assertEqual(talk.answer(talk.send(request, "resources/subscribe", {"uri": URI}, era=LEGACY))["result"], {})
        self.client.publish(NAME, "one")
        self.assertEqual(self.told(talk), URI)
        self.assertEqual(self.messages(talk, URI, 1)["messages"][0]["message"], "one")
        talk.answer(talk.send(request, "resources/unsubscribe", {"uri": URI}, era=LEGACY))

    def test_it_comes_back(self):
        talk = Stdio(self)
        self.listen(talk, URI)
        self.client.client_kill_filter(_type="pubsub", skipme=True)
        self.assertEqual(self.told(talk), URI, "what may have been missed")
        self.assertEqual(self.client.publish(NAME, "after"), 1)
        kept = self.messages(talk, URI, 1)
        self.assertEqual((kept["gaps"], kept["messages"][0]["message"]), (1, "after"))

    def test_version_two_of_the_protocol(self):
        talk = Stdio(self)
        uri = "topic://old/" + NAME.replace(" ", "%20")
        self.listen(talk, uri)
        self.assertEqual(self.connect("DBOPS_TEST_REDIS_OLD", protocol=2).publish(NAME, "one"), 1)
        self.assertEqual(self.messages(talk, uri, 1)["messages"][0]["message"], "one")

    def test_a_cluster(self):
        import redis.cluster  # pylint: disable=import-outside-toplevel
        talk = Stdio(self)
        uris = [f"topic://cluster/{name}" for name in ("a", "b", "foo")]  # Of different nodes.
        self.listen(talk, *uris)
        with redis.cluster.RedisCluster.from_url(harness.server("DBOPS_TEST_REDIS_CLUSTER")) as client:
            for name in ("a", "b", "foo"):
                client.publish(name, "to all")
                client.spublish(name, "to a shard")
        for uri in uris:
            self.assertEqual({each["message"] for each in self.messages(talk, uri, 2)["messages"]}, {"to all", "to a shard"})

    def test_changed_keys(self):
        self.client.config_set("notify-keyspace-events", "KA")
        self.addCleanup(self.client.config_set, "notify-keyspace-events", "")
        talk = Stdio(self)
        key = f"told{os.getpid()}:7:name"
        uris = [f"dbops://cache/told{os.getpid()}.7", f"dbops://cache/told{os.getpid()}.8"]
        self.listen(talk, *uris)
        self.client.set(key, "x", ex=60)
        self.assertEqual(self.told(talk), uris[0])
        self.client.set(key.replace(":7:", ":8:"), "x", ex=60)
        while self.told(talk) != uris[1]:
            pass


if __name__ == "__main__":
    # harness takes the program from the first argument.
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    harness.main()
