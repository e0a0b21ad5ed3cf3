"""Commands that the DocumentDB engine works on, as it offers them: functions of PostgreSQL that take and answer BSON."""
import threading

import bson
import bson.codec_options
import psycopg

CODEC = bson.CodecOptions(datetime_conversion=bson.codec_options.DatetimeConversion.DATETIME_MS)
CONFLICTS = {"40001", "40P01", "55P03"}  # What PostgreSQL says where two writers meet.
WRITE_CONFLICT = 112

# The engine's SQLSTATEs, and MongoDB's numbers for them.
NUMBERS = {"M0001": 2, "M0003": 9, "M0004": 14, "M0006": 20, "M0008": 26, "M0009": 27, "M000D": 40, "M000E": 43, "M000F": 48,
           "M000K": 57, "M000O": 68, "M000P": 72, "M000Q": 73, "M000R": 85, "M000S": 86, "M000U": 115, "M0018": 291,
           "M001C": 11000, "M007U": 40324, "M00CO": 121, "23505": 11000, "57014": 50}
UNKNOWN_NUMBER = 8

DOCUMENT = "%(document)s::bytea::documentdb_core.bson"
WRITES = {name: f"select p_result::bytea from documentdb_api.{function}(%(db)s, {DOCUMENT})" for name, function in
          {"insert": "insert", "update": "update", "delete": "delete", "findAndModify": "find_and_modify"}.items()}
READS = {"count": f"select documentdb_api.count_query(%(db)s, {DOCUMENT})::bytea",
         "distinct": f"select documentdb_api.distinct_query(%(db)s, {DOCUMENT})::bytea",
         "listDatabases": f"select documentdb_api.list_databases({DOCUMENT})::bytea",
         "collStats": "select documentdb_api.coll_stats(%(db)s, %(name)s)::bytea",
         "dbStats": "select documentdb_api.db_stats(%(db)s)::bytea"}
CHANGES = {"create": f"select documentdb_api.create_collection_view(%(db)s, {DOCUMENT})::bytea",
           "createIndexes": "select documentdb_api_internal.create_indexes_non_concurrently("
                            f"%(db)s, {DOCUMENT}, true)::bytea",
           "dropIndexes": f"call documentdb_api.drop_indexes(%(db)s, {DOCUMENT}, null)",
           "drop": "select documentdb_api.drop_collection(%(db)s, %(name)s)",
           "dropDatabase": "select documentdb_api.drop_database(%(db)s)",
           "renameCollection": f"select documentdb_api.rename_collection({DOCUMENT})::bytea"}
CURSORS = {"find": "find", "aggregate": "aggregate", "listCollections": "list_collections", "listIndexes": "list_indexes"}


class CommandError(Exception):
    def __init__(self, number, message, labels=()):
        super().__init__(message)
        self.number = number
        self.labels = list(labels)


def sqlstate(packed):
    """Of a write's item: six bits for each character."""
    return "".join(chr((packed >> 6 * place & 63) + 48) for place in range(5))


def translated(error):
    state = error.sqlstate or ""
    if state in CONFLICTS:
        return CommandError(WRITE_CONFLICT, "WriteConflict error: this operation conflicted with another operation. "
                            "Please retry your operation or multi-document transaction.")
    return CommandError(NUMBERS.get(state, UNKNOWN_NUMBER), str(error).split("\n", maxsplit=1)[0])


class Engine:
    """Thread-safe. Each call of run() takes a connection of its own unless it is given one."""

    def __init__(self, socket):
        self.socket = socket
        self.lock = threading.Lock()
        self.idle = []
        self.cursors = {}  # id: (continuation, the connection that it lives on, or None)

    def connect(self):
        with self.lock:
            if self.idle:
                return self.idle.pop()
        connection = psycopg.connect(host=self.socket, user="postgres", dbname="postgres", autocommit=True)
        connection.execute("set search_path to documentdb_api, documentdb_core, documentdb_api_catalog, public")
        return connection

    def release(self, connection):
        if connection.closed or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.close()
            return
        with self.lock:
            self.idle.append(connection)

    def run(self, connection, command, db, document):
        """The reply, as a dictionary. Raises CommandError."""
        own = connection is None
        connection = connection or self.connect()
        kept = False
        try:
            if command in CURSORS:
                reply, kept = self.open_cursor(connection, command, db, document, own)
                return reply
            return self.ask(connection, command, db, document)
        except psycopg.Error as error:
            raise translated(error) from None
        finally:
            if own and not kept:
                self.release(connection)

    @staticmethod
    def ask(connection, command, db, document):
        sql = {**WRITES, **READS, **CHANGES}[command]
        given = {"db": db, "name": document[command], "document": bson.encode(document, codec_options=CODEC)}
        row = connection.execute(sql, given).fetchone()
        if not row or not isinstance(row[0], bytes):
            return {"ok": 1.0}
        reply = bson.decode(row[0], CODEC)
        shard = reply.get("raw", {}).get("defaultShard")  # So it answers createIndexes.
        if shard and not shard.get("ok"):
            raise CommandError(NUMBERS.get(sqlstate(shard["code"]), UNKNOWN_NUMBER), shard["errmsg"])
        for item in reply.get("writeErrors", []):
            state = sqlstate(item["code"])
            if state in CONFLICTS:
                raise translated(psycopg.errors.lookup(state)())
            item["code"] = NUMBERS.get(state, UNKNOWN_NUMBER)
        reply["ok"] = 1.0
        return reply

    def open_cursor(self, connection, command, db, document, own):
        sql = (f"select cursorpage::bytea, continuation::bytea, persistconnection, cursorid "
               f"from documentdb_api.{CURSORS[command]}_cursor_first_page(%(db)s, {DOCUMENT})")
        page, continuation, persists, number = connection.execute(
            sql, {"db": db, "document": bson.encode(document, codec_options=CODEC)}).fetchone()
        more = bool(continuation and number)
        kept = bool(more and persists and own)
        if more:
            self.cursors[number] = (continuation, connection if kept else None)
        return bson.decode(page, CODEC), kept

    def more(self, connection, db, document):
        number = document["getMore"]
        found = self.cursors.pop(number, None)
        if not found:
            raise CommandError(43, f"cursor id {number} not found")
        continuation, lives_on = found
        used = lives_on or connection or self.connect()
        try:
            page, rest = used.execute(
                f"select cursorpage::bytea, continuation::bytea from documentdb_api.cursor_get_more(%(db)s, {DOCUMENT}, "
                "%(rest)s::bytea::documentdb_core.bson)",
                {"db": db, "document": bson.encode(document, codec_options=CODEC), "rest": continuation}).fetchone()
        except psycopg.Error as error:
            raise translated(error) from None
        else:
            if rest:
                self.cursors[number] = (rest, lives_on)
        finally:
            if used is not connection and (used is not lives_on or number not in self.cursors):
                self.release(used)
        return bson.decode(page, CODEC)

    def kill(self, numbers):
        for number in numbers:
            _, lives_on = self.cursors.pop(number, (None, None))
            if lives_on:
                self.release(lives_on)

    def documents(self, connection, db, collection, query, limit=0):
        """What a write is about to change, or has changed."""
        find = {"find": collection, "filter": query, "batchSize": 10000}
        if limit:
            find["limit"] = limit
        return self.run(connection, "find", db, find)["cursor"]["firstBatch"]
