"""What has changed, in order, and streams of it as `$changeStream` gives them."""
import itertools
import threading
import time
import uuid

import bson

from engine import CommandError

BASIC = {"insert", "update", "replace", "delete", "drop", "rename", "dropDatabase"}
ENDS = {"drop", "rename", "dropDatabase"}
HISTORY_LOST = 286
AWAIT_SECONDS = 1.0  # of a getMore without maxTimeMS


def event(kind, db, collection=None, **fields):
    ns = {"db": db, "coll": collection} if collection else {"db": db}
    return {"operationType": kind, "ns": ns, **fields}


def described(before, after):
    """The update that leads from one to the other, by top-level fields."""
    return {"updatedFields": {key: value for key, value in after.items() if key not in before or before[key] != value},
            "removedFields": [key for key in before if key not in after], "truncatedArrays": []}


class Log:
    """Thread-safe."""

    def __init__(self):
        self.changed = threading.Condition()
        self.events = []
        self.epoch = uuid.uuid4().hex[:8]  # So that a token of another server is found out.
        self.last = (0, 0)
        self.tick()

    def tick(self):
        now = int(time.time())
        self.last = (now, 1) if now > self.last[0] else (self.last[0], self.last[1] + 1)
        return bson.Timestamp(*self.last)

    def now(self):
        """The time of the last entry."""
        with self.changed:
            return bson.Timestamp(*self.last)

    def append(self, events):
        with self.changed:
            for each in events:
                self.events.append({"_id": self.token(len(self.events) + 1), "clusterTime": self.tick(),
                                    "wallTime": bson.datetime_ms.DatetimeMS(int(time.time() * 1000)), **each})
            self.changed.notify_all()

    def token(self, position):
        """To go on from there: that many events are behind it."""
        return {"_data": f"{self.epoch}{position:016x}"}

    def position(self, token):
        text = token.get("_data", "") if isinstance(token, dict) else ""
        if not text.startswith(self.epoch) or len(text) != 24:
            raise CommandError(HISTORY_LOST, "Resume of change stream was not possible, as the resume point may no longer "
                               "be in the oplog.", ["NonResumableChangeStreamError"])
        return int(text[8:], 16)

    def at_time(self, when):
        with self.changed:
            return next((place for place, each in enumerate(self.events) if each["clusterTime"] >= when), len(self.events))


class Stream:
    """A cursor over the log. Its `rest` are the stages behind `$changeStream`."""

    def __init__(self, log, engine, db, collection, pipeline):
        self.log, self.engine, self.db, self.collection = log, engine, db, collection
        self.options, self.rest = pipeline[0]["$changeStream"], pipeline[1:]
        self.everywhere = bool(self.options.get("allChangesForCluster"))
        self.ended = False
        token = self.options.get("startAfter") or self.options.get("resumeAfter")
        if token:
            self.at = log.position(token)
        elif "startAtOperationTime" in self.options:
            self.at = log.at_time(self.options["startAtOperationTime"])
        else:
            self.at = len(log.events)

    def concerns(self, each):
        if each["operationType"] not in BASIC and not self.options.get("showExpandedEvents"):
            return False
        if self.everywhere:
            return True
        if each["ns"]["db"] != self.db:
            return False
        return self.collection is None or each["ns"].get("coll") == self.collection

    def shown(self, each):
        shown = dict(each)
        after = shown.pop("after", None)
        if each["operationType"] == "update" and self.options.get("fullDocument") in ("updateLookup", "whenAvailable"):
            shown["fullDocument"] = after
        return shown

    def ends_by(self, each):
        if self.everywhere:
            return False
        return each["operationType"] == "dropDatabase" or (self.collection and each["operationType"] in ENDS)

    def passed(self, events):
        """Through the stages behind."""
        if not events or not self.rest:
            return events
        return self.engine.run(None, "aggregate", self.db, {
            "aggregate": 1, "pipeline": [{"$documents": events}, *self.rest], "cursor": {"batchSize": 10000}})["cursor"]["firstBatch"]

    def take(self, limit):
        """The next events that have happened."""
        taken = []
        for each in itertools.islice(self.log.events, self.at, None):
            if len(taken) >= limit or self.ended:
                break
            self.at += 1
            if not self.concerns(each):
                continue
            taken.append(self.shown(each))
            if self.ends_by(each):
                taken.append({"_id": each["_id"], "operationType": "invalidate", "clusterTime": each["clusterTime"]})
                self.ended = True
        return self.passed(taken)

    def batch(self, limit, seconds):
        """Waits for at least one event that concerns it, so many seconds at most."""
        end = time.monotonic() + seconds
        while True:
            with self.log.changed:
                before = len(self.log.events)
            taken = self.take(limit)
            left = end - time.monotonic()
            if taken or self.ended or left <= 0:
                return taken
            with self.log.changed:
                self.log.changed.wait_for(lambda seen=before: len(self.log.events) > seen, left)

    def reply(self, number, name, batch):
        space = f"{self.db}.{self.collection or '$cmd.aggregate'}"
        return {"cursor": {"id": bson.Int64(0 if self.ended else number), "ns": space, name: batch,
                           "postBatchResumeToken": self.log.token(self.at)}, "ok": 1.0}
