"""The same between dbops and a member of a MongoDB replica set: single commands, and transactions, of which all or nothing is there."""
import json
import os
import re
import uuid

import harness
from chaos_test import Chaos, Engine
from harness import World


class Mongo(Engine):
    exact = False  # The protocol has no checksum that libmongoc would send.
    claims = tuple(bytes.fromhex(size + "00" * 8 + "dd070000") for size in ("ffffff7f", "ffffffff", "00000080", "00000000"))
    rows = [[n, f"{n:02}-0123456789abcdef"] for n in range(1, 21)]

    def __init__(self, world):
        host = re.search(r"127\.0\.0\.1:\d+", harness.server("DBOPS_TEST_MONGODB_SET")).group()
        self.url = f"mongodb://{host}/chaos?directConnection=true&rows=flat"
        self.name = f"c{os.getpid()}_{uuid.uuid4().hex}"
        self.read = json.dumps({"find": self.name, "sort": {"_id": 1}})
        self.prepare = json.dumps({"insert": self.name, "documents": [{"_id": row[0], "text": row[1]} for row in self.rows]})
        del world

    def write(self, n):
        return json.dumps({"update": f"{self.name}_n", "updates": [{"q": {"_id": n}, "u": {"$inc": {"n": 1}}, "upsert": True}]})

    def count(self, n):
        return json.dumps({"find": f"{self.name}_n", "filter": {"_id": n}, "projection": {"_id": 0}})


class MongoTransactions(Mongo):
    """Each write is one document in each of two collections."""

    def write(self, n):
        return " ".join(json.dumps({"insert": f"{self.name}_{half}", "documents": [{"_id": n}]}) for half in "ab")

    def count(self, n):
        halves = [{"$lookup": {"from": f"{self.name}_{half}", "pipeline": [{"$match": {"_id": n}}], "as": half}} for half in "ab"]
        return json.dumps({"aggregate": 1, "cursor": {}, "pipeline": [{"$documents": [{}]}, *halves, {
            "$project": {"n": {"$add": [{"$size": "$a"}, {"$size": "$b"}]}}}, {"$project": {"n": {"$divide": ["$n", 2]}}}]})


class MongoChaos(Chaos, World):
    engine_type = Mongo


class MongoTransactionsChaos(Chaos, World):
    engine_type = MongoTransactions

    def seen(self, n):
        rows = self.peer.call("query", connection="direct", statement=self.engine.count(n))["rows"]
        self.assertIn(rows[0][0], (0, 1), "half of a transaction is there")
        return rows[0][0]


del Chaos

if __name__ == "__main__":
    harness.main()
