#!/usr/bin/env python3
"""Replica sets by the official Python client: that the servers of tests/servers/mongodb_set keep what the protocol promises, and that dbops
and it see the same of transactions and change streams. Needs the servers in DBOPS_TEST_MONGODB_SET.

    set_witness_test.py DBOPS
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DBOPS = ""
PATIENCE = 60  # seconds
URL = os.environ.get("DBOPS_TEST_MONGODB_SET", "mongodb://127.0.0.1:1/test").replace("/test?", "/set_witness?")


def dbops(*words):
    """What the program says, on both its outputs."""
    done = subprocess.run([DBOPS, "--no-config", *words, "--tier", "set_witness=write", "--format", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def operate(*words):
    done = subprocess.run([DBOPS, "--no-config", "operate", URL, *words, "--format", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


class Case(unittest.TestCase):
    def setUp(self):
        import pymongo  # pylint: disable=import-outside-toplevel
        self.client = pymongo.MongoClient(URL)
        self.addCleanup(self.client.close)
        self.client.drop_database("set_witness")
        self.database = self.client.set_witness
        self.database.c.insert_one({"_id": 0})

    def ids(self, session=None):
        return sorted(each["_id"] for each in self.database.c.find(session=session))


class Server(Case):
    """What the tests of transactions and change streams rest upon."""

    def test_an_aborted_transaction_leaves_nothing(self):
        with self.client.start_session() as session:
            session.start_transaction()
            self.database.c.insert_one({"_id": 1}, session=session)
            self.assertEqual(self.ids(session), [0, 1])
            self.assertEqual(self.ids(), [0])
            session.abort_transaction()
        self.assertEqual(self.ids(), [0])

    def test_a_committed_transaction_stays(self):
        with self.client.start_session() as session, session.start_transaction():
            self.database.c.insert_one({"_id": 1}, session=session)
            self.database.c.update_one({"_id": 0}, {"$set": {"a": 1}}, session=session)
        self.assertEqual(list(self.database.c.find({"_id": 0})), [{"_id": 0, "a": 1}])
        self.assertEqual(self.ids(), [0, 1])

    def test_the_second_of_two_writers_is_refused(self):
        import pymongo.errors  # pylint: disable=import-outside-toplevel
        with self.client.start_session() as first, self.client.start_session() as second:
            first.start_transaction()
            second.start_transaction()
            self.database.c.update_one({"_id": 0}, {"$set": {"a": 1}}, session=first)
            with self.assertRaises(pymongo.errors.OperationFailure) as refused:
                self.database.c.update_one({"_id": 0}, {"$set": {"a": 2}}, session=second)
            self.assertEqual(refused.exception.code, 112)
            self.assertTrue(refused.exception.has_error_label("TransientTransactionError"))
            first.commit_transaction()
        self.assertEqual(list(self.database.c.find()), [{"_id": 0, "a": 1}])

    def test_an_error_ends_the_transaction(self):
        import pymongo.errors  # pylint: disable=import-outside-toplevel
        with self.client.start_session() as session:
            session.start_transaction()
            self.database.c.insert_one({"_id": 1}, session=session)
            with self.assertRaises(pymongo.errors.DuplicateKeyError):
                self.database.c.insert_one({"_id": 0}, session=session)
            with self.assertRaises(pymongo.errors.OperationFailure) as refused:
                session.commit_transaction()
            self.assertEqual(refused.exception.code, 251)
        self.assertEqual(self.ids(), [0])

    def test_a_stream_tells_what_changed_and_goes_on_from_its_token(self):
        with self.database.c.watch(max_await_time_ms=5000) as stream:
            self.database.c.insert_one({"_id": 1})
            self.database.c.update_one({"_id": 1}, {"$set": {"a": 2}, "$unset": {"b": 1}})
            first = stream.next()
            self.assertEqual((first["operationType"], first["fullDocument"]), ("insert", {"_id": 1}))
            token = stream.resume_token
        self.database.c.replace_one({"_id": 1}, {"z": 1})
        self.database.c.delete_one({"_id": 1})
        with self.database.c.watch(max_await_time_ms=5000, resume_after=token) as stream:
            self.assertEqual([stream.next()["operationType"] for _ in range(3)], ["update", "replace", "delete"])
            self.database.c.drop()
            self.assertEqual([stream.next()["operationType"] for _ in range(2)], ["drop", "invalidate"])
            self.assertFalse(stream.alive)

    def test_a_stream_tells_of_a_transaction_once_it_is_committed(self):
        with self.database.watch(max_await_time_ms=100) as stream:
            with self.client.start_session() as session:
                session.start_transaction()
                self.database.c.insert_one({"_id": 1}, session=session)
                self.assertIsNone(stream.try_next())
                session.commit_transaction()
            self.assertEqual(stream.next()["documentKey"], {"_id": 1})


class Lagging(Case):
    """A member whose replication is stopped, and sessions that want to see what they wrote."""

    def setUp(self):
        import pymongo  # pylint: disable=import-outside-toplevel
        super().setUp()
        host, port = sorted(self.client.secondaries)[0] if self.client.secondaries else self.any_secondary()
        self.member = pymongo.MongoClient(host, port, directConnection=True)
        self.addCleanup(self.member.close)
        self.stop("alwaysOn")
        self.addCleanup(self.stop, "off")
        self.behind = self.member.set_witness.c

    def any_secondary(self):
        deadline = time.monotonic() + PATIENCE
        while not self.client.secondaries and time.monotonic() < deadline:
            self.client.admin.command("ping")
        return sorted(self.client.secondaries)[0]

    def stop(self, mode):
        self.member.admin.command("configureFailPoint", "rsSyncApplyStop", mode=mode)

    def test_it_shows_what_was_there(self):
        self.database.c.insert_one({"_id": 1})
        self.assertEqual([each["_id"] for each in self.behind.find()], [0])
        self.stop("off")
        self.assertEqual([each["_id"] for each in self.behind.find().sort("_id")], [0, 1])

    def test_a_causal_session_waits_for_it(self):
        import pymongo.errors  # pylint: disable=import-outside-toplevel
        with self.client.start_session() as wrote, self.member.start_session() as reads:
            self.database.c.insert_one({"_id": 1}, session=wrote)
            reads.advance_cluster_time(wrote.cluster_time)
            reads.advance_operation_time(wrote.operation_time)
            with self.assertRaises(pymongo.errors.ExecutionTimeout):
                list(self.behind.find(max_time_ms=50, session=reads))
            self.stop("off")
            self.assertEqual(len(list(self.behind.find(max_time_ms=PATIENCE * 1000, session=reads))), 2)

    def test_what_a_server_refuses_is_refused(self):
        import bson  # pylint: disable=import-outside-toplevel
        import pymongo.errors  # pylint: disable=import-outside-toplevel
        now = self.client.admin.command("ping")["operationTime"]
        later = bson.Timestamp(now.time + 3600, 1)
        for concern in ({"level": "linearizable", "afterClusterTime": now}, {"level": "available", "afterClusterTime": now},
                        {"afterClusterTime": bson.Timestamp(0, 0)}, {"afterClusterTime": later},
                        {"level": "snapshot", "afterClusterTime": now, "atClusterTime": now}):
            with self.assertRaises(pymongo.errors.OperationFailure) as refused:
                self.member.set_witness.command({"count": "c", "readConcern": concern},
                                                read_preference=pymongo.ReadPreference.SECONDARY)
            self.assertEqual(refused.exception.code, 72, concern)


class Certificate(unittest.TestCase):
    """A server that wants certificates, and the user that each of the two signs in as."""

    def test_both_are_taken_for_the_same_user(self):
        import pymongo  # pylint: disable=import-outside-toplevel
        url = os.environ["DBOPS_TEST_MONGODB_X509"]
        with pymongo.MongoClient(url) as client:
            theirs = client.admin.command("connectionStatus")["authInfo"]["authenticatedUsers"]
        done = subprocess.run([DBOPS, "--no-config", "query", url, '{"connectionStatus": 1}', "--format", "json"],
                              capture_output=True, text=True, timeout=60, check=True)
        ours = json.loads(json.loads(done.stdout)[0]["document"])["authInfo"]["authenticatedUsers"]
        self.assertEqual(ours, theirs)
        self.assertEqual(ours, [{"user": "CN=tester,O=dbops tests", "db": "$external"}])


class Witness(Case):
    """What dbops does, as the other client sees it."""
    both = """{"insert": "c", "documents": [{"_id": 1}]} {"update": "c", "updates": [{"q": {"_id": 0}, "u": {"$set": {"a": 1}}}]}"""

    def test_a_dry_run_says_what_it_would_do_and_does_nothing(self):
        said = dbops("execute", URL, self.both, "--dry-run")
        self.assertIn("rolled back", said)
        self.assertEqual(list(self.database.c.find()), [{"_id": 0}])

    def test_several_commands_are_committed_together(self):
        with self.database.c.watch(max_await_time_ms=5000) as stream:
            dbops("execute", URL, self.both)
            self.assertEqual([stream.next()["operationType"] for _ in range(2)], ["insert", "update"])
        self.assertEqual(list(self.database.c.find({"_id": 0})), [{"_id": 0, "a": 1}])

    def test_a_failure_undoes_all(self):
        said = dbops("execute", URL, self.both + ' {"insert": "c", "documents": [{"_id": 5}, {"_id": 0}]}')
        self.assertIn("all of it was rolled back", said)
        self.assertEqual(list(self.database.c.find()), [{"_id": 0}])


    def test_what_it_collects_is_what_the_other_client_hears(self):
        with self.database.c.watch(max_await_time_ms=5000) as stream:
            start = json.dumps(self.first_token(stream))
            self.database.c.update_one({"_id": 0}, {"$set": {"a": 1}})
            self.database.c.delete_one({"_id": 0})
            theirs = [stream.next() for _ in range(2)]
        said = operate("collect_changes", "collection=c", "changes=2", "seconds=30", "after=" + start)
        self.assertEqual([(each["operation"], json.loads(each["key"])) for each in said],
                         [(each["operationType"], each["documentKey"]) for each in theirs])
        self.assertEqual(json.loads(said[0]["description"])["updatedFields"], {"a": 1})
        self.assertEqual([json.loads(each["token"]) for each in said], [each["_id"] for each in theirs])

    def test_the_other_client_goes_on_with_its_token(self):
        with self.database.c.watch(max_await_time_ms=5000) as stream:
            start = json.dumps(self.first_token(stream))
        self.database.c.insert_many([{"_id": 1}, {"_id": 2}])
        said = operate("collect_changes", "collection=c", "changes=1", "seconds=30", "after=" + start)
        with self.database.c.watch(max_await_time_ms=5000, resume_after=json.loads(said[0]["token"])) as stream:
            self.assertEqual(stream.next()["documentKey"], {"_id": 2})

    def test_an_operation_that_both_see_is_ended(self):
        name = f"held{os.getpid()}"
        held = {"failCommands": ["count"], "blockConnection": True, "blockTimeMS": 120_000, "appName": name}
        self.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=held)
        self.addCleanup(self.client.admin.command, "configureFailPoint", "failCommand", mode="off")
        with subprocess.Popen([DBOPS, "--no-config", "query", f"{URL}&appName={name}", '{"count": "c"}'], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as reader:
            deadline = time.monotonic() + PATIENCE
            theirs = []
            while not theirs and time.monotonic() < deadline:
                theirs = [each["opid"] for each in self.client.admin.command("currentOp")["inprog"] if "count" in each["command"]]
            tier = ["--tier", "set_witness=admin"]
            said = operate("running_operations", *tier)
            self.assertEqual([each["operation"] for each in said if each["namespace"] == "set_witness.c"], [str(theirs[0])])
            operate("kill_operation", f"operation={theirs[0]}", "--yes", *tier)
            self.assertIn("error [cancelled]", reader.communicate(timeout=PATIENCE)[0])

    def test_who_subscribes_hears_of_a_new_collection(self):
        with subprocess.Popen([DBOPS, "--no-config", "mcp", URL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            def ask(number, method, **params):
                server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n")
                server.stdin.flush()
                while (said := json.loads(server.stdout.readline())).get("id") != number:
                    pass
                return said

            ask(1, "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "witness", "version": "1"})
            for number, document in enumerate(["set_witness.fresh", "set_witness.c"], start=2):
                self.assertNotIn("error", ask(number, "resources/subscribe", uri="dbops://set_witness/" + document))
            self.database.create_collection("fresh")
            heard = json.loads(server.stdout.readline())
            self.assertEqual(heard["method"], "notifications/resources/updated")
            self.assertEqual(heard["params"]["uri"], "dbops://set_witness/set_witness.fresh")
            server.stdin.close()

    def first_token(self, stream):
        self.database.c.insert_one({"_id": "first"})
        return stream.next()["_id"]


if __name__ == "__main__":
    DBOPS = sys.argv.pop(1)
    sys.path.insert(0, subprocess.run([ROOT / "tests/witness/install"], check=True, capture_output=True,
                                      text=True).stdout.strip())
    unittest.main()
