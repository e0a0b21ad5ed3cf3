"""Transactions: each a transaction of PostgreSQL, on a connection of its own. And what a command changes, for the log."""
import threading
import time

import bson
import psycopg

from changes import described, event
from engine import CURSORS, WRITE_CONFLICT, WRITES, CommandError

LIFE_SECONDS = 60  # of one that nobody ends
NO_SUCH_TRANSACTION, TOO_OLD, NOT_IN_TRANSACTION = 251, 225, 263
ALLOWED = {*WRITES, "find", "aggregate", "distinct", "getMore", "create", "createIndexes"}


def lost(number):
    return CommandError(NO_SUCH_TRANSACTION, f"Given transaction number {number} does not match any in-progress transactions.",
                        ["TransientTransactionError"])


class Transaction:
    def __init__(self, number, connection):
        self.number, self.connection = number, connection
        self.started = time.monotonic()
        self.events = []
        self.committed = False
        connection.execute("begin isolation level repeatable read; set local lock_timeout = '100ms'")


class Transactions:
    def __init__(self, engine, log):
        self.engine, self.log = engine, log
        self.lock = threading.Lock()
        self.open = {}  # by session
        threading.Thread(target=self.sweep, daemon=True).start()

    @staticmethod
    def session(lsid):
        return bytes(lsid["id"])

    def drop(self, lsid):
        session = self.session(lsid)
        found = self.open.get(session)
        if found and not found.committed:
            found.connection.cancel_safe()  # What runs in it.
        self.end(session, "rollback")

    def sweep(self):
        while True:
            time.sleep(1)
            for session, each in list(self.open.items()):
                if time.monotonic() - each.started > LIFE_SECONDS:
                    self.end(session, "rollback")

    def drop_all(self):
        for session in list(self.open):
            self.end(session, "rollback")

    def end(self, session, how):
        with self.lock:
            found = self.open.get(session)
            if not found or found.committed:
                return
            if how == "rollback":
                del self.open[session]
        try:
            found.connection.execute(how)
        except psycopg.Error:
            found.connection.close()
            with self.lock:
                self.open.pop(session, None)
            raise CommandError(WRITE_CONFLICT, "WriteConflict error", ["TransientTransactionError"]) from None
        finally:
            self.engine.release(found.connection)
        if how == "commit":
            found.committed = True
            self.log.append(found.events)

    def of(self, document):
        """That which the command belongs to."""
        number, session = document["txnNumber"], self.session(document["lsid"])
        with self.lock:
            found = self.open.get(session)
        if not found or found.number < number:
            raise lost(number)
        if found.number > number:
            raise CommandError(TOO_OLD, f"Cannot start transaction {number}: a newer one has started")
        return session, found

    def commit(self, document):
        session, found = self.of(document)
        if not found.committed:
            self.end(session, "commit")
        return {"ok": 1.0}

    def abort(self, document):
        session, found = self.of(document)
        if found.committed:
            raise CommandError(256, "Transaction has been committed")
        self.end(session, "rollback")
        return {"ok": 1.0}

    def begin(self, document):
        session = self.session(document["lsid"])
        self.end(session, "rollback")
        with self.lock:
            self.open[session] = Transaction(document["txnNumber"], self.engine.connect())

    def run(self, name, document, work):
        """`work` with the connection to work on; within a transaction an error ends it."""
        if document.get("autocommit") is not False:
            reply, events = self.parts(work(None))
            self.log.append(events)
            return reply
        if name not in ALLOWED:
            raise CommandError(NOT_IN_TRANSACTION, f"Cannot run '{name}' in a multi-document transaction.")
        if document.get("startTransaction"):
            self.begin(document)
        session, found = self.of(document)
        try:
            reply, events = self.parts(work(found.connection))
        except CommandError as error:
            self.end(session, "rollback")
            if error.number == WRITE_CONFLICT:
                error.labels.append("TransientTransactionError")
            raise
        if reply.get("writeErrors"):
            self.end(session, "rollback")
        found.events += events
        return reply

    @staticmethod
    def parts(done):
        return done if isinstance(done, tuple) else (done, [])


def recorded(whole, connection, name, db, command):
    """The reply, and what it has changed."""
    engine = whole.engine
    if name in CURSORS or name not in WRITES:
        told = TOLD.get(name)
        before = existing(engine, connection, db) if told else {}
        reply = engine.run(connection, name, db, command)
        return reply, list(told(db, command, before)) if told else []
    collection = command[name]
    events = [] if collection in existing(engine, connection, db) else [event("create", db, collection)]
    if name == "insert":
        return inserted(engine, connection, db, command, events)
    parts = command.get("updates") or command.get("deletes") or [{"q": command.get("query", {})}]
    before = {}
    for part in parts:
        for each in engine.documents(connection, db, collection, part["q"]):
            before[repr(each["_id"])] = each
    reply = engine.run(connection, name, db, command)
    keys = [each["_id"] for each in before.values()] + [each["_id"] for each in reply.get("upserted", [])]
    after = {repr(each["_id"]): each for each in engine.documents(connection, db, collection, {"_id": {"$in": keys}})}
    replaces = any(isinstance(part.get("u"), dict) and not next(iter(part["u"]), "$").startswith("$") for part in parts)
    return reply, [*(events if after else []), *differences(db, collection, before, after, replaces)]


def existing(engine, connection, db):
    listed = engine.run(connection, "listCollections", db, {"listCollections": 1, "nameOnly": True})
    return {each["name"] for each in listed["cursor"]["firstBatch"]}


def inserted(engine, connection, db, command, events):
    command["documents"] = [each if "_id" in each else {"_id": bson.ObjectId(), **each} for each in command["documents"]]
    reply = engine.run(connection, "insert", db, command)
    failed = {item["index"] for item in reply.get("writeErrors", [])}
    end = min(failed) if failed and command.get("ordered", True) else len(command["documents"])
    for place, each in enumerate(command["documents"][:end]):
        if place not in failed:
            events.append(event("insert", db, command["insert"], documentKey={"_id": each["_id"]}, fullDocument=each))
    return reply, events


def differences(db, collection, before, after, replaces):
    for name, each in before.items():
        key = {"_id": each["_id"]}
        now = after.get(name)
        if now is None:
            yield event("delete", db, collection, documentKey=key)
        elif now != each and replaces:
            yield event("replace", db, collection, documentKey=key, fullDocument=now)
        elif now != each:
            yield event("update", db, collection, documentKey=key, updateDescription=described(each, now), after=now)
    for name, each in after.items():
        if name not in before:
            yield event("insert", db, collection, documentKey={"_id": each["_id"]}, fullDocument=each)


def dropped_database(db, _, before):
    for name in sorted(before):
        yield event("drop", db, name)
    yield event("dropDatabase", db)


def dropped(db, command, before):
    if command["drop"] in before:
        yield event("drop", db, command["drop"])


def created(db, command, _):
    yield event("create", db, command["create"], operationDescription={})


def indexed(db, command, before):
    if command["createIndexes"] not in before:
        yield event("create", db, command["createIndexes"], operationDescription={})
    yield event("createIndexes", db, command["createIndexes"], operationDescription={"indexes": command["indexes"]})


def unindexed(db, command, _):
    yield event("dropIndexes", db, command["dropIndexes"])


def renamed(_, command, __):
    db, collection = command["renameCollection"].split(".", 1)
    to_db, to = command["to"].split(".", 1)
    yield event("rename", db, collection, to={"db": to_db, "coll": to})


TOLD = {"create": created, "drop": dropped, "dropDatabase": dropped_database, "createIndexes": indexed, "dropIndexes": unindexed,
        "renameCollection": renamed}
