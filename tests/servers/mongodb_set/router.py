"""A mongos as clients see one: what it says of itself, the database "config" with its collections and chunks, and the balancer's commands.
Data is on one engine all the same: what a shard has of a collection is counted by its chunks, of which there are two. It is here so that
what is read from a mongos can be tested where there is no sharded MongoDB. It has bulkWrite, too, as MongoDB since 8.0 (wire version 25)."""
import bson

from bulk import bulk_write
from members import Member, Set

SHARDS = ("shard-a", "shard-b")
CONFIG = "config_of_router"  # The engine keeps "config" for itself.
IMBALANCE = 10  # documents by which the shards of a collection may differ


class Router(Member):
    def __init__(self, folder, host):
        super().__init__(Set(folder, [host]), 0)
        self.balancing = True
        self.draining = set()
        self.own.update(shardCollection=self.shard_collection, listShards=self.list_shards, removeShard=self.remove_shard,
                        stopShardDraining=self.keep_shard,
                        balancerStart=lambda _: self.balance(True), balancerStop=lambda _: self.balance(False),
                        balancerStatus=self.balancer_status, balancerCollectionStatus=self.collection_status,
                        collStats=self.coll_stats, bulkWrite=self.bulk_write)
        self.results = {}  # Of bulkWrite, behind a cursor.

    def work(self, name, document, state):
        if document["$db"] == "config":
            document = {**document, "$db": CONFIG}
        return super().work(name, document, state)

    def hello(self, document, state):
        reply = super().hello(document, state)
        kept_out = {"setName", "setVersion", "hosts", "primary", "me", "secondary"}
        reply["maxWireVersion"] = 25
        return {"msg": "isdbgrid", **{key: value for key, value in reply.items() if key not in kept_out}}

    def bulk_write(self, document):
        reply, rest = bulk_write(self.set.engine, document)
        if rest:
            with self.set.lock:
                number = self.set.next_stream
                self.set.next_stream += 1
                self.results[number] = rest
            reply["cursor"]["id"] = bson.Int64(number)
        return reply

    def get_more(self, document):
        rest = self.results.pop(document["getMore"], None)
        if rest is None:
            return super().get_more(document)
        return {"cursor": {"id": bson.Int64(0), "ns": "admin.$cmd.bulkWrite", "nextBatch": rest}, "ok": 1.0}

    def kill_cursors(self, document):
        for number in document["cursors"]:
            self.results.pop(number, None)
        return super().kill_cursors(document)

    def ask(self, database, document):
        return self.set.engine.run(None, next(iter(document)), database, document)

    def shard_collection(self, document):
        name, key = document["shardCollection"], document["key"]
        field = next(iter(key))
        self.ask(CONFIG, {"delete": "collections", "deletes": [{"q": {"_id": name}, "limit": 1}]})
        self.ask(CONFIG, {"delete": "chunks", "deletes": [{"q": {"ns": name}, "limit": 0}]})
        self.ask(CONFIG, {"insert": "collections", "documents": [
            {"_id": name, "key": key, "unique": document.get("unique", False), "noBalance": False}]})
        self.ask(CONFIG, {"insert": "chunks", "documents": [
            {"_id": bson.ObjectId(), "ns": name, "shard": SHARDS[0], "min": {field: bson.MinKey()}, "max": {field: 0}},
            {"_id": bson.ObjectId(), "ns": name, "shard": SHARDS[1], "min": {field: 0}, "max": {field: bson.MaxKey()}}]})
        return {"collectionsharded": name, "ok": 1.0}

    def list_shards(self, _):
        return {"shards": [{"_id": shard, "host": f"{shard}/10.0.0.{place}:27018", "state": 1,
                            **({"draining": True} if shard in self.draining else {})}
                           for place, shard in enumerate(SHARDS, start=1)], "ok": 1.0}

    def remove_shard(self, document):
        self.draining.add(document["removeShard"])
        return {"state": "started", "ok": 1.0}

    def keep_shard(self, document):
        self.draining.discard(document["shardId"])
        return {"ok": 1.0}

    def balance(self, on):
        self.balancing = on
        return {"ok": 1.0}

    def balancer_status(self, _):
        return {"mode": "full" if self.balancing else "off", "inBalancerRound": False, "numBalancerRounds": bson.Int64(1), "ok": 1.0}

    def counts(self, name):
        """Of each shard, by the bounds of its chunk; nothing where the collection is not sharded."""
        database, _, collection = name.partition(".")
        chunks = self.set.engine.documents(None, CONFIG, "chunks", {"ns": name})
        return {chunk["shard"]: self.ask(database, {"count": collection, "query": {
            field: {"$gte": low} if low == 0 else {"$lt": chunk["max"][field]} for field, low in chunk["min"].items()}})["n"]
            for chunk in chunks}

    def collection_status(self, document):
        counts = self.counts(document["balancerCollectionStatus"]).values()
        if not counts or max(counts) - min(counts) <= IMBALANCE:
            return {"chunkSize": 128, "balancerCompliant": True, "ok": 1.0}
        return {"chunkSize": 128, "balancerCompliant": False, "firstComplianceViolation": "chunksImbalance", "ok": 1.0}

    def coll_stats(self, document):
        reply = self.ask(document["$db"], {"collStats": document["collStats"]})
        counts = self.counts(f"{document['$db']}.{document['collStats']}")
        average = reply.get("avgObjSize", 0)
        shards = {shard: {"count": count, "size": int(count * average)} for shard, count in counts.items()}
        return {**reply, "sharded": bool(counts), "shards": shards or {SHARDS[0]: {"count": reply.get("count", 0)}}}
