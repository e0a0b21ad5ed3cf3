"""What a member has of the set's data, and how far: all of it, or while its replication is stopped, what it had by then."""
import threading
from time import monotonic

import bson

from engine import CommandError

STEP_SECONDS = 0.02  # between two looks whether a read that waits was killed
LIFE_SECONDS = 60  # that a read without maxTimeMS waits
TYPE_MISMATCH, FAILED_TO_PARSE, TOO_LATE, INVALID_OPTIONS = 14, 9, 50, 72
LEVELS = {"local", "available", "majority", "linearizable", "snapshot"}
TAKING = {"find", "aggregate", "count", "distinct"}  # a read concern


def awaited(document, name, now):
    """The time that a read wants the member to have come to; None: it takes what there is."""
    concern = document.get("readConcern")
    if not concern:
        return None
    if document.get("autocommit") is not False:
        if name not in TAKING:
            raise CommandError(INVALID_OPTIONS, f"{name} does not support read concern")
    elif not document.get("startTransaction"):
        raise CommandError(INVALID_OPTIONS, "Only the first command in a transaction may specify a readConcern")
    level, after = concern.get("level", "local"), concern.get("afterClusterTime")
    if level not in LEVELS:
        raise CommandError(FAILED_TO_PARSE, f"'{level}' is not a valid read concern level")
    if after is None:
        return None
    if not isinstance(after, bson.Timestamp):
        raise CommandError(TYPE_MISMATCH, "readConcern.afterClusterTime is no timestamp")
    if level in {"available", "linearizable"}:
        raise CommandError(INVALID_OPTIONS, f"afterClusterTime is not supported with the level {level}")
    if after > now:
        raise CommandError(INVALID_OPTIONS, "readConcern afterClusterTime value must not be greater than the current clusterTime")
    return after


class Replica:
    """Thread-safe."""

    def __init__(self, engine, log):
        self.engine, self.log = engine, log
        self.moved = threading.Condition()
        self.stopped = None  # (the connection whose transaction sees what there was, the time of that)

    def stop(self):
        with self.moved:
            if self.stopped:
                return
            connection = self.engine.connect()
            connection.execute("begin isolation level repeatable read")
            connection.execute("select 1")  # It sees from here on what there is now.
            self.stopped = (connection, self.log.now())

    def go_on(self):
        with self.moved:
            if self.stopped:
                self.stopped[0].execute("rollback")
                self.engine.release(self.stopped[0])
            self.stopped = None
            self.moved.notify_all()

    def time(self):
        with self.moved:
            return self.stopped[1] if self.stopped else self.log.now()

    def connection(self):
        """That reads go by; None: any."""
        with self.moved:
            return self.stopped[0] if self.stopped else None

    def wait(self, time, milliseconds, killed):
        end = monotonic() + (milliseconds / 1000 if milliseconds else LIFE_SECONDS)
        with self.moved:
            while self.stopped and self.stopped[1] < time and not killed.is_set():
                left = end - monotonic()
                if left <= 0:
                    raise CommandError(TOO_LATE, "operation exceeded time limit")
                self.moved.wait(min(left, STEP_SECONDS))
