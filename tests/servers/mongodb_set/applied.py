"""What a member has of the set's data, and when: a read that names a time waits until the member has it."""
import threading

import bson

from engine import CommandError

INVALID_OPTIONS, TIME_OVER = 72, 50
WAITING_LEVELS = {None, "local", "majority", "snapshot"}


class Applied:
    """Thread-safe. All members share an engine: one whose replication is stopped reads as the engine was then."""

    def __init__(self, engine, log):
        self.engine, self.log = engine, log
        self.lock = threading.Lock()  # The old state is read by one at a time.
        self.old = None  # The connection that sees it, and its time.
        self.clock = log.now()  # The latest that the member has heard of.

    def stop(self):
        with self.lock:
            if self.old:
                return
            time = self.log.now()  # Before the state, so that it holds all until then.
            connection = self.engine.connect()
            connection.execute("begin isolation level repeatable read")
            connection.execute("select 1")
            self.old = (connection, time)

    def go_on(self):
        with self.lock:
            if not self.old:
                return
            connection, _ = self.old
            self.old = None
            connection.execute("rollback")
            self.engine.release(connection)
        with self.log.changed:
            self.log.changed.notify_all()

    def read(self, work):
        """`work` with the connection to read on."""
        with self.lock:
            if self.old:
                with self.old[0].transaction():
                    return work(self.old[0])
        return work(None)

    def time(self):
        old = self.old
        return old[1] if old else self.log.now()

    def hear(self, document):
        """Of the cluster's time, from a client."""
        told = document.get("$clusterTime", {}).get("clusterTime")
        if told:
            self.clock = max(self.clock, told)

    def cluster_time(self):
        self.clock = max(self.clock, self.time())
        return {"clusterTime": self.clock, "signature": {"hash": bytes(20), "keyId": bson.Int64(0)}}

    def wait(self, document):
        """As the read concern has it."""
        concern = document.get("readConcern", {})
        after = concern.get("afterClusterTime")
        if after is None:
            return
        if "atClusterTime" in concern:
            raise CommandError(INVALID_OPTIONS, "Specifying a timestamp for readConcern snapshot in a causally consistent session is not allowed.")
        if concern.get("level") not in WAITING_LEVELS:
            raise CommandError(INVALID_OPTIONS, "afterClusterTime field can be set only if level is equal to majority, local, or snapshot")
        if after == bson.Timestamp(0, 0):
            raise CommandError(INVALID_OPTIONS, "afterClusterTime cannot be a null timestamp")
        if after > self.cluster_time()["clusterTime"]:
            raise CommandError(INVALID_OPTIONS, "readConcern afterClusterTime value must not be greater than the current clusterTime.")
        seconds = document["maxTimeMS"] / 1000 if document.get("maxTimeMS") else None
        with self.log.changed:
            # One that replicates has what is written; a time beyond that comes with the next entry, which a primary makes if need be.
            if not self.log.changed.wait_for(lambda: not self.old or self.old[1] >= after, seconds):
                raise CommandError(TIME_OVER, "operation exceeded time limit")
