#!/usr/bin/env python3
"""A mongos by the official Python client and by dbops: shard keys, shards and the balancer. The server is the tests' own
(tests/servers/mongodb_set/router.py), in DBOPS_TEST_MONGODB_ROUTER; that clients take it for a mongos is tested first.

    set_router_test.py DBOPS
"""

import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
SERVER = os.environ.get("DBOPS_TEST_MONGODB_ROUTER", "mongodb://127.0.0.1:1/test")
URL = SERVER.replace("/test", "/set_router")
UNEVEN = 30  # documents on one shard alone


def dbops(*words, url=URL):
    command, *rest = words
    done = subprocess.run([DBOPS, "--no-config", command, url, *rest, "--format", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


class Router(unittest.TestCase):
    def setUp(self):
        import pymongo  # pylint: disable=import-outside-toplevel
        self.client = pymongo.MongoClient(SERVER)
        self.addCleanup(self.client.close)
        self.client.drop_database("set_router")
        self.client.config.collections.delete_many({})
        self.client.config.chunks.delete_many({})
        self.orders = self.client.set_router.orders
        self.orders.insert_many([{"_id": n, "user": n - 2} for n in range(4)])
        self.client.set_router.plain.insert_one({"_id": 1})
        self.client.admin.command("shardCollection", "set_router.orders", key={"user": 1, "_id": 1}, unique=True)

    def properties(self, path):
        subject = dbops("explore", path, "--detail", "full")["subject"]
        return {each["name"]: each["value"] for each in subject["properties"]}

    def sharding(self):
        return {each["subject"]: each for each in dbops("diagnose", "--area", "sharding")}

    def test_the_other_client_takes_it_for_a_mongos(self):
        self.client.admin.command("ping")
        self.assertTrue(self.client.is_mongos)
        self.assertEqual(self.client.config.collections.find_one({"_id": "set_router.orders"})["key"], {"user": 1, "_id": 1})
        self.assertEqual(self.client.config.chunks.count_documents({"ns": "set_router.orders"}), 2)

    def test_a_description_shows_the_key_that_the_other_client_reads(self):
        theirs = self.client.config.collections.find_one({"_id": "set_router.orders"})
        said = self.properties("set_router.orders")
        self.assertEqual(said["shard key"], json.dumps(theirs["key"]) + " (unique)")
        stats = self.client.set_router.command("collStats", "orders")["shards"]
        for shard in stats:
            self.assertIn(f"{shard}: {stats[shard]['count']} documents", said["shards"])
        self.assertEqual(self.properties("set_router.plain")["shard key"], "none: it is on one shard")

    def test_a_list_names_the_key(self):
        items = {each["name"]: each.get("comment") for each in dbops("explore", "set_router")["items"]}
        self.assertEqual(items, {"orders": 'sharded by {"user": 1, "_id": 1}', "plain": None})

    def test_what_is_balanced_is_well(self):
        said = self.sharding()
        self.assertEqual({each["severity"] for each in said.values()}, {"ok"}, said)
        self.assertEqual(set(said), {"shard-a", "shard-b", "balancer", "set_router.orders"})

    def test_what_is_on_one_shard_is_told_as_the_server_does(self):
        self.orders.insert_many([{"_id": n, "user": n} for n in range(4, 4 + UNEVEN)])
        theirs = self.client.admin.command("balancerCollectionStatus", "set_router.orders")
        said = self.sharding()["set_router.orders"]
        self.assertEqual(said["severity"], "warning")
        self.assertIn("not balanced: " + theirs["firstComplianceViolation"], said["message"])
        self.assertIn("shard-b has 94%", said["message"])

    def test_a_balancer_that_is_off_is_told(self):
        self.client.admin.command("balancerStop")
        self.addCleanup(self.client.admin.command, "balancerStart")
        self.assertEqual(self.sharding()["balancer"]["severity"], "warning")

    def test_a_shard_that_is_being_removed_is_told(self):
        self.client.admin.command("removeShard", "shard-b")
        self.addCleanup(self.client.admin.command, {"stopShardDraining": 1, "shardId": "shard-b"})
        said = self.sharding()
        self.assertEqual([said[shard]["severity"] for shard in ("shard-a", "shard-b")], ["ok", "warning"])

    def test_chunks_that_cannot_be_moved_are_told(self):
        self.client.config.chunks.update_one({"shard": "shard-b"}, {"$set": {"jumbo": True}})
        self.assertIn("1 chunk", self.sharding()["chunks"]["message"])

    def test_a_collection_that_the_balancer_leaves_alone_says_so(self):
        self.client.config.collections.update_one({"_id": "set_router.orders"}, {"$set": {"noBalance": True}})
        self.assertIn("leaves it alone", self.sharding()["set_router.orders"]["message"])
        self.assertEqual(self.properties("set_router.orders")["balancer"], "leaves it alone")

    def bulk(self, *operations, **options):
        """What dbops says of a bulkWrite of `plain`."""
        command = {"bulkWrite": 1, "ops": operations, "nsInfo": [{"ns": "set_router.plain"}], "$db": "admin", **options}
        done = subprocess.run([DBOPS, "--no-config", "execute", URL, json.dumps(command), "--tier", "set_router=write"],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    def test_the_other_client_writes_in_bulk(self):
        import pymongo  # pylint: disable=import-outside-toplevel
        space = "set_router.plain"
        done = self.client.bulk_write([pymongo.InsertOne({"_id": 2}, namespace=space), pymongo.DeleteOne({"_id": 1}, namespace=space),
                                       pymongo.UpdateOne({"_id": 3}, {"$set": {"a": 1}}, upsert=True, namespace=space)], verbose_results=True)
        self.assertEqual((done.inserted_count, done.deleted_count, done.upserted_count), (1, 1, 1))
        self.assertEqual(list(self.client.set_router.plain.find(sort=["_id"])), [{"_id": 2}, {"_id": 3, "a": 1}])

    def test_what_is_written_in_bulk_is_counted(self):
        said = self.bulk({"insert": 0, "document": {"_id": 2}}, {"update": 0, "filter": {"_id": 1}, "updateMods": {"$set": {"a": [1, 20]}}},
                         {"update": 0, "filter": {"_id": 1}, "updateMods": {"$set": {"a.$[e]": 0}}, "arrayFilters": [{"e": {"$gt": 10}}]},
                         {"delete": 0, "filter": {"_id": 2}})
        self.assertIn("4 rows affected", said)
        self.assertEqual(said.count('""ok"": 1.0'), 4, said)
        self.assertEqual(list(self.client.set_router.plain.find()), [{"_id": 1, "a": [1, 0]}])

    def test_a_failure_in_bulk_is_an_error_and_ends_what_is_ordered(self):
        operations = [{"insert": 0, "document": {"_id": number}} for number in (2, 1, 3, 4)]
        said = self.bulk(*operations)
        self.assertIn("error [constraint]: item 1:", said)
        self.assertIn("1 were written", said)
        self.assertEqual(self.client.set_router.plain.count_documents({}), 2)
        said = self.bulk(*operations[1:], ordered=False)
        self.assertIn("error [constraint]: item 0:", said)
        self.assertIn("2 were written", said)
        self.assertEqual(self.client.set_router.plain.count_documents({}), 4)

    def test_failures_that_are_told_late_are_not_passed_over(self):
        operations = [{"insert": 0, "document": {"_id": number}} for number in (2, 3, 1)]
        said = self.bulk(*operations)
        self.assertIn("1 item failed", said)
        self.assertIn("errorsOnly", said)
        said = self.bulk(*[{"insert": 0, "document": {"_id": number}} for number in (4, 5, 1)], errorsOnly=True)
        self.assertIn("error [constraint]: item 2:", said)

    def test_a_dry_run_is_rolled_back(self):
        done = subprocess.run([DBOPS, "--no-config", "execute", URL, '{"insert": "plain", "documents": [{"_id": 2}]}', "--dry-run",
                               "--tier", "set_router=write"], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("rolled back", done.stdout + done.stderr)
        self.assertEqual(list(self.client.set_router.plain.find()), [{"_id": 1}])


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    unittest.main()
