"""The members of a replica set: who is primary, and how each answers a command."""
import threading
import time

import bson

from applied import INVALID_OPTIONS, Applied
from changes import Log, Stream
from engine import CHANGES, CURSORS, READS, WRITES, CommandError, Engine
from transactions import Transactions, recorded

SET = "rs0"
KEPT_OUT = {"lsid", "$db", "$clusterTime", "txnNumber", "$readPreference", "startTransaction", "autocommit", "readConcern",
            "writeConcern", "comment", "apiVersion", "maxTimeMS"}
NOT_PRIMARY, NOT_PRIMARY_NO_SECONDARY_OK, NO_SUCH_COMMAND, ILLEGAL = 10107, 13435, 59, 20
UNAUTHORIZED, AUTHENTICATION_FAILED, INTERRUPTED = 13, 18, 11601
READING_MODES = {"primaryPreferred", "secondary", "secondaryPreferred", "nearest"}
SPELLINGS = {"findandmodify": "findAndModify", "ismaster": "hello", "isMaster": "hello", "buildinfo": "buildInfo"}


class Set:
    def __init__(self, folder, hosts):
        self.engine = Engine(folder)
        self.log = Log()
        self.transactions = Transactions(self.engine, self.log)
        self.hosts = hosts
        self.primary = 0
        self.version = 1
        self.lock = threading.Lock()
        self.streams = {}
        self.next_stream = 1 << 40
        self.fail_point = None
        self.operations = {}  # number: (what currentOp says of it, the event that ends it while a fail point holds it)
        self.next_operation = 1

    def step_down(self):
        with self.lock:
            self.primary = (self.primary + 1) % len(self.hosts)
        self.transactions.drop_all()

    def begin(self, name, document):
        killed = threading.Event()
        with self.lock:
            number, self.next_operation = self.next_operation, self.next_operation + 1
        collection = document.get(name)
        space = f"{document['$db']}.{collection if isinstance(collection, str) else '$cmd'}"
        self.operations[number] = ({"opid": number, "active": True, "op": "command", "ns": space, "command": document,
                                    "secs_running": bson.Int64(0)}, killed)
        return number, killed

    def fails(self, name, state):
        """What the fail point does to that command; None: nothing."""
        with self.lock:
            point = self.fail_point
            if not point or name not in point["data"].get("failCommands", []):
                return None
            if point["data"].get("appName", state.get("application")) != state.get("application"):
                return None
            point["left"] -= 1
            if point["left"] == 0:
                self.fail_point = None
            return point["data"]


class Member:
    def __init__(self, whole, place):
        self.set, self.place = whole, place
        self.applied = Applied(whole.engine, whole.log)
        self.own = {"hello": self.hello, "ping": self.nothing, "endSessions": self.end_sessions, "killSessions": self.end_sessions, "buildInfo": self.build_info,
                    "connectionStatus": self.connection_status, "getMore": self.get_more, "killCursors": self.kill_cursors,
                    "commitTransaction": whole.transactions.commit, "abortTransaction": whole.transactions.abort,
                    "replSetStepDown": self.step_down, "replSetReconfig": self.reconfigure,
                    "replSetGetStatus": self.status, "configureFailPoint": self.configure_fail_point,
                    "currentOp": self.current_op, "killOp": self.kill_op}

    def answer(self, document, state):
        name = SPELLINGS.get(next(iter(document)), next(iter(document)))
        fault = self.set.fails(name, state)
        if fault and fault.get("closeConnection"):
            raise ConnectionError("the fail point closes the connection")
        self.applied.hear(document)
        number, killed = self.set.begin(name, document)
        try:
            if fault and fault.get("blockConnection") and killed.wait(fault["blockTimeMS"] / 1000):
                raise CommandError(INTERRUPTED, "operation was interrupted")
            if fault and "errorCode" in fault:
                raise CommandError(fault["errorCode"], "failing command via 'failCommand' failpoint", fault.get("errorLabels", []))
            reply = self.work(name, document, state)
            if fault and "writeConcernError" in fault:
                reply["writeConcernError"] = fault["writeConcernError"]
                reply["errorLabels"] = fault.get("errorLabels", [])
        except CommandError as error:
            reply = {"ok": 0.0, "errmsg": str(error), "code": error.number, "codeName": "Error"}
            if error.labels:
                reply["errorLabels"] = error.labels
        finally:
            self.set.operations.pop(number)
        reply["operationTime"] = self.applied.time()
        reply["$clusterTime"] = self.applied.cluster_time()
        return reply

    def work(self, name, document, state):
        if name == "authenticate":
            return self.authenticate(document, state)
        if "subject" in state and "user" not in state and name not in {"hello", "ping"}:
            raise CommandError(UNAUTHORIZED, f"command {name} requires authentication")
        if name in self.own:
            told_all = name in {"hello", "connectionStatus"}
            return self.own[name](document, state) if told_all else self.own[name](document)
        known = name in WRITES or name in READS or name in CHANGES or name in CURSORS
        if not known:
            raise CommandError(NO_SUCH_COMMAND, f"no such command: '{name}'")
        self.check_role(name, document)
        if document.get("autocommit") is False and not document.get("startTransaction") and "readConcern" in document:
            raise CommandError(INVALID_OPTIONS, "Only the first command in a transaction may specify a readConcern")
        self.applied.wait(document)
        command = {key: value for key, value in document.items() if key not in KEPT_OUT}
        if SPELLINGS.get(next(iter(command))):
            command = {name: command.pop(next(iter(command))), **command}
        if (name, document["$db"], document[name]) == ("find", "local", "oplog.rs"):
            return self.oplog(document)
        pipeline = command.get("pipeline") or [{}]
        if name == "aggregate" and "$changeStream" in pipeline[0]:
            return self.open_stream(document, pipeline)
        def run(connection):
            return recorded(self.set, connection, name, document["$db"], command)
        if self.place != self.set.primary:
            return self.applied.read(run)[0]
        return self.set.transactions.run(name, document, run)

    def oplog(self, document):
        """Its first or last entry, as the sort has it: nobody asks for more."""
        with self.set.log.changed:
            ends = self.set.log.events[:1] + self.set.log.events[-1:]
        place = 0 if document["sort"]["$natural"] == 1 else -1
        entries = [{"ts": ends[place]["clusterTime"]}] if ends else []
        return {"cursor": {"id": bson.Int64(0), "ns": "local.oplog.rs", "firstBatch": entries}, "ok": 1.0}

    def check_role(self, name, document):
        if self.place == self.set.primary:
            return
        if name in WRITES or name in CHANGES or document.get("autocommit") is False:
            raise CommandError(NOT_PRIMARY, "not primary", ["RetryableWriteError"])
        if document.get("$readPreference", {}).get("mode") not in READING_MODES:
            raise CommandError(NOT_PRIMARY_NO_SECONDARY_OK, "not primary and secondaryOk=false")

    def hello(self, document, state):
        application = document.get("client", {}).get("application", {}).get("name")
        if application:
            state["application"] = application
        primary = self.place == self.set.primary
        return {"helloOk": True, "isWritablePrimary": primary, "ismaster": primary, "secondary": not primary, "setName": SET,
                "setVersion": self.set.version, "hosts": self.set.hosts, "primary": self.set.hosts[self.set.primary],
                "me": self.set.hosts[self.place], "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000, "localTime": bson.datetime_ms.DatetimeMS(int(time.time() * 1000)),
                "logicalSessionTimeoutMinutes": 30, "connectionId": 1, "minWireVersion": 0, "maxWireVersion": 21,
                "readOnly": False, "ok": 1.0}

    @staticmethod
    def authenticate(document, state):
        """By the certificate that the link was made with, and by nothing else."""
        if document.get("mechanism") != "MONGODB-X509" or document["$db"] != "$external" or "subject" not in state:
            raise CommandError(AUTHENTICATION_FAILED, "Authentication failed.")
        if document.get("user", state["subject"]) != state["subject"]:
            raise CommandError(AUTHENTICATION_FAILED, "There is no x.509 client certificate matching the user.")
        state["user"] = state["subject"]
        return {"dbname": "$external", "user": state["user"], "ok": 1.0}

    @staticmethod
    def nothing(_):
        return {"ok": 1.0}

    @staticmethod
    def build_info(_):
        return {"version": "7.0.0", "versionArray": [7, 0, 0, 0], "bits": 64, "maxBsonObjectSize": 1 << 24, "ok": 1.0}

    @staticmethod
    def connection_status(_, state):
        users = [{"user": state["user"], "db": "$external"}] if "user" in state else []
        return {"authInfo": {"authenticatedUsers": users, "authenticatedUserRoles": []}, "ok": 1.0}

    def end_sessions(self, document):
        for each in document[next(iter(document))]:
            self.set.transactions.drop(each)
        return {"ok": 1.0}

    def status(self, _):
        return {"set": SET, "members": [
            {"_id": place, "name": host, "health": 1.0, "stateStr": "PRIMARY" if place == self.set.primary else "SECONDARY"}
            for place, host in enumerate(self.set.hosts)], "ok": 1.0}

    def step_down(self, document):
        self.check_role("insert", document)
        self.set.step_down()
        return {"ok": 1.0}

    def reconfigure(self, document):
        with self.set.lock:
            self.set.hosts = [each["host"] for each in document["replSetReconfig"]["members"]]
            self.set.version += 1
        return {"ok": 1.0}

    def configure_fail_point(self, document):
        mode = document["mode"]
        if document["configureFailPoint"] == "rsSyncApplyStop":  # This member's replication.
            if mode == "off":
                self.applied.go_on()
            else:
                self.applied.stop()
            return {"ok": 1.0}
        with self.set.lock:
            times = mode["times"] if isinstance(mode, dict) else -1
            self.set.fail_point = None if mode == "off" else {"data": document["data"], "left": times}
        return {"ok": 1.0}

    def current_op(self, _):
        return {"inprog": [each for each, _ in list(self.set.operations.values())], "ok": 1.0}

    def kill_op(self, document):
        _, killed = self.set.operations.get(document["op"], (None, None))
        if killed:
            killed.set()
        return {"info": "attempting to kill op", "ok": 1.0}

    def open_stream(self, document, pipeline):
        if document.get("autocommit") is False:
            raise CommandError(263, "Stage not supported inside of a multi-document transaction: $changeStream")
        collection = document["aggregate"] if isinstance(document["aggregate"], str) else None
        stream = Stream(self.set.log, self.set.engine, document["$db"], collection, pipeline)
        with self.set.lock:
            number = self.set.next_stream
            self.set.next_stream += 1
            self.set.streams[number] = stream
        return stream.reply(number, "firstBatch", stream.batch(document.get("cursor", {}).get("batchSize", 101), 0))

    def get_more(self, document):
        number = document["getMore"]
        stream = self.set.streams.get(number)
        if stream:
            batch = stream.batch(document.get("batchSize", 10_000), document.get("maxTimeMS", 1000) / 1000)
            return stream.reply(number, "nextBatch", batch)
        more = {key: value for key, value in document.items() if key not in KEPT_OUT}
        return self.set.transactions.run("getMore", document, lambda connection: self.set.engine.more(
            connection, document["$db"], more))

    def kill_cursors(self, document):
        for number in document["cursors"]:
            self.set.streams.pop(number, None)
        self.set.engine.kill(document["cursors"])
        return {"cursorsKilled": document["cursors"], "cursorsAlive": [], "cursorsNotFound": [], "ok": 1.0}
