"""The command bulkWrite, which the engine lacks, by the commands that it has: one for each operation, until one fails where they are ordered."""
import bson

FIRST_BATCH = 2  # results; the rest is told by getMore


def as_command(kind, collection, operation):
    if kind == "insert":
        return {"insert": collection, "documents": [operation["document"]]}
    part = {"q": operation["filter"], **({"collation": operation["collation"]} if "collation" in operation else {})}
    if kind == "delete":
        return {"delete": collection, "deletes": [{**part, "limit": 0 if operation.get("multi") else 1}]}
    part.update(u=operation["updateMods"], multi=operation.get("multi", False), upsert=operation.get("upsert", False))
    if "arrayFilters" in operation:
        part["arrayFilters"] = operation["arrayFilters"]
    return {"update": collection, "updates": [part]}


def bulk_write(engine, document):
    """The reply, and the results that are kept for getMore."""
    counts = dict.fromkeys(["nErrors", "nInserted", "nMatched", "nModified", "nUpserted", "nDeleted"], 0)
    results = []
    for place, operation in enumerate(document["ops"]):
        kind = next(iter(operation))
        database, _, collection = document["nsInfo"][operation[kind]]["ns"].partition(".")
        command = as_command(kind, collection, operation)
        reply = engine.run(None, kind, database, command)
        failed = reply.get("writeErrors")
        if failed:
            counts["nErrors"] += 1
            results.append({"ok": 0.0, "idx": place, "code": failed[0]["code"], "errmsg": failed[0]["errmsg"], "n": 0})
            if document.get("ordered", True):
                break
            continue
        upserted = reply.get("upserted", [])
        result = {"ok": 1.0, "idx": place, "n": reply["n"]}
        if kind == "update":
            result["nModified"] = reply["nModified"]
            counts["nMatched"] += reply["n"] - len(upserted)
            counts["nModified"] += reply["nModified"]
            counts["nUpserted"] += len(upserted)
            result.update({"upserted": {"_id": each["_id"]} for each in upserted})
        else:
            counts["nInserted" if kind == "insert" else "nDeleted"] += reply["n"]
        results.append(result)
    if document.get("errorsOnly"):
        results = [each for each in results if not each["ok"]]
    cursor = {"id": bson.Int64(0), "ns": "admin.$cmd.bulkWrite", "firstBatch": results[:FIRST_BATCH]}
    return {"cursor": cursor, **counts, "ok": 1.0}, results[FIRST_BATCH:]
