"""What comes between dbops and its databases: links that are cut, stall, trickle, lose bytes or gain some. Wherever it happens,
what the answer says the database did is true, nothing is done twice, and it recovers."""
import itertools
import os
import re
import uuid

import harness
from harness import World, postgres, redis
from talk import Gate, Http, Watcher

DIRECTIONS = ("to_client", "to_server")
STEPS = 6  # places along a conversation where a fault happens
GARBAGE = {
    "noise": (0, "ff" * 16),
    "zeros": (0, "00" * 16),
    "another protocol": (0, b"HTTP/1.1 400 Bad Request\r\n\r\n".hex()),
    "something that says it is a long message": (0, "447fffffff" * 2),
    "lost bytes": (7, "00"),
    "swapped bytes": (16, "ff" * 16),
}
CUT = {"disconnected", "unreachable", "tls", "timeout"}  # what a call says whose link was cut


CLAIMED = {"protocol", "too_large", "disconnected", "timeout", "tls"}  # ... whose reply says that it is too large


class Engine:
    """A database behind the gate: a write that leaves a trace of its own, and a read of known rows."""
    rows = [[n, f"{n:02}-0123456789abcdef"] for n in range(1, 21)]
    time_limit = "2s"  # of a call that waits for bytes that never come
    claims = ()  # beginnings of replies that say they are larger than anything

    def at_port(self, port):
        return re.sub(r"(127\.0\.0\.1:)\d+", rf"\g<1>{port}", self.url)


class Postgres(Engine):
    exact = True  # A message that was falsified on the way to the server is none.
    server = staticmethod(postgres)
    made = "create table {table} (n int)"
    # A message of 2 GiB, and a row of 65,535 columns.
    claims = (b"D\x7f\xff\xff\xff\xff\xff", b"D\0\0\0\x06\xff\xff", b"T\x7f\xff\xff\xff\0\1")

    def __init__(self, world):
        self.url = self.server()
        self.table = f"chaos_{os.getpid()}_{id(self)}"
        watcher = Watcher(world, self.url.replace("timescaledb:", "postgresql:"))
        watcher.ask(self.made.format(table=self.table))
        world.addCleanup(watcher.ask, f"drop table {self.table}")
        self.read = "select n, to_char(n, 'FM00') || '-0123456789abcdef' from generate_series(1, 20) n"

    def write(self, n):
        return f"insert into {self.table} values ({n})"

    def count(self, n):
        return f"select count(*) from {self.table} where n = {n}"


class PlainPostgres(Postgres):
    def at_port(self, port):
        return super().at_port(port) + "?sslmode=disable"


class Redis(Engine):
    claims = tuple(kind + size + b"\r\n" for kind in (b"*", b"$", b"%", b"~", b">")
                   for size in (b"9223372036854775808", b"9223372036854775807", b"4611686018427387904", b"2147483648"))
    exact = False  # Redis does not look at what stands where a word's end should be: it does what the gate made of it.
    rows = [[f"{n:02}-0123456789abcdef"] for n in range(1, 21)]

    def __init__(self, world):
        del world
        self.url = redis()
        self.key = f"chaos:{uuid.uuid4().hex}"
        self.read = f"LRANGE {self.key} 0 -1"
        self.prepare = f"RPUSH {self.key} " + " ".join(row[0] for row in self.rows)

    def write(self, n):
        return f"INCR {self.key}:{n}"

    def count(self, n):
        return f"GET {self.key}:{n}"


class Chaos:
    """For each engine."""
    engine_type = Engine

    def setUp(self):
        super().setUp()
        self.engine = self.engine_type(self)
        self.gate = Gate(self, int(re.search(r"127\.0\.0\.1:(\d+)", self.engine.url).group(1)))
        self.environment.update(GATED=self.engine.at_port(self.gate.port), DIRECT=self.engine.url)
        self.write("dbops.toml", f"""
[connections.gated]
url = "${{GATED}}"
tier = "write"
connect_timeout = "{self.engine.time_limit}"
limits.time = "{self.engine.time_limit}"
[connections.direct]
url = "${{DIRECT}}"
tier = "write"
connect_timeout = "{harness.PATIENCE}s"
""")
        self.peer = Http(self)
        if hasattr(self.engine, "prepare"):
            self.assertNotIn("error", self.peer.call("execute", connection="direct", statement=self.engine.prepare))
        self.writes = []  # (n, what its answer said of its effect)

    def read_all(self):
        return self.peer.call("query", connection="gated", statement=self.engine.read)

    def write_one(self):
        n = len(self.writes) + 1
        answer = self.peer.call("execute", connection="gated", statement=self.engine.write(n))
        self.writes.append((n, answer["error"]["effect"] if "error" in answer else "applied"))
        return answer

    def seen(self, n):
        rows = self.peer.call("query", connection="direct", statement=self.engine.count(n))["rows"]
        return int(rows[0][0] or 0) if rows else 0

    def recovers(self):
        self.gate.tell("flow")
        self.gate.tell("delay", 0)
        # The calls of before may have left links of which nobody knows yet that they are of no use.
        self.gate.tell("reset")
        answer = self.read_all()
        self.assertEqual(answer.get("rows"), self.engine.rows, answer)
        self.assertNotIn("error", self.write_one())

    def check_truth(self):
        for n, effect in self.writes:
            self.assertIn(self.seen(n), {"none": (0,), "applied": (1,), "unknown": (0, 1)}[effect], (n, effect))

    def places(self, direction, call, fresh, steps=STEPS):
        """Byte counts spread over what passes in that direction during one call."""
        self.gate.tell("flow")
        if fresh:
            self.gate.tell("reset")
        else:
            self.read_all()
        before = self.gate.tell("counts")[direction]
        self.assertNotIn("error", call())
        size = self.gate.tell("counts")[direction] - before
        self.assertGreater(size, 0)
        return sorted({size * step // steps for step in range(steps)} | {size - 1})

    def sweep(self, call, judge, faults, directions=DIRECTIONS, fresh=True, steps=STEPS):
        """Calls once at each place, with one fault after the other, and has each answer judged."""
        turn = itertools.cycle(faults)
        for direction in directions:
            for place, (action, *rest) in zip(self.places(direction, call, fresh, steps), turn):
                with self.subTest(direction=direction, place=place, fault=(action, *rest)):
                    self.gate.tell("flow")
                    self.read_all()  # There is a link that works; or all that are broken are found out.
                    if fresh:
                        self.gate.tell("reset")
                    self.gate.tell("arm", action, direction, place, *rest)
                    judge(call(), direction)
        self.recovers()

    def check_code(self, answer, codes):
        if codes and "error" in answer:
            self.assertIn(answer["error"]["code"], codes, answer)

    def check_reads(self, faults, codes=None):
        def judge(answer, direction):
            if "error" in answer:
                self.assertEqual(answer["error"]["effect"], "none", answer)
                self.check_code(answer, codes)
            elif self.engine.exact or direction == "to_client":
                self.assertEqual(answer["rows"], self.engine.rows)

        self.sweep(self.read_all, judge, faults)

    def check_writes(self, faults, directions=DIRECTIONS, codes=None):
        def judge(answer, _):
            self.check_code(answer, codes)

        for fresh in (True, False):
            self.sweep(self.write_one, judge, faults, directions, fresh)
        self.check_truth()

    def test_reads_on_links_that_are_cut(self):
        self.check_reads([("finish",), ("reset",)], codes=CUT)

    def test_writes_on_links_that_are_cut(self):
        self.check_writes([("finish",), ("reset",)], codes=CUT)

    def test_reads_of_falsified_bytes(self):
        self.check_reads([("edit", *fault) for fault in GARBAGE.values()])

    def test_writes_of_falsified_bytes(self):
        self.check_writes([("edit", *fault) for fault in GARBAGE.values()], DIRECTIONS if self.engine.exact else ["to_client"])

    def test_replies_that_say_they_are_larger_than_anything(self):
        refused = 0
        for claim in self.engine.claims:
            for call in (self.read_all, self.write_one):
                with self.subTest(claim=claim, call=call.__name__):
                    self.gate.tell("flow")
                    self.read_all()  # There is a link that works.
                    self.gate.tell("arm", "edit", "to_client", 0, 0, claim.hex())
                    answer = call()
                    if "error" in answer:  # Where only the greeting of a new link was hit, it is made again.
                        refused += 1
                        self.assertIn(answer["error"]["code"], CLAIMED, answer)
                    if call == self.read_all:
                        self.assertEqual(answer.get("error", {"effect": "none"})["effect"], "none", answer)
        self.assertGreater(refused, 0)
        self.recovers()
        self.check_truth()

    def test_links_that_stall(self):
        def judge(answer, _):
            if "error" in answer:  # The very last bytes are waited for by nobody.
                self.assertEqual(answer["error"]["code"], "timeout", answer)
            timeouts.append("error" in answer)

        for call in (self.read_all, self.write_one):
            timeouts = []
            self.sweep(call, judge, [("stall",)], ["to_client"], steps=2)
            self.assertIn(True, timeouts)
        self.check_truth()

    def test_links_that_are_slow(self):
        self.gate.tell("delay", 5)
        self.assertEqual(self.read_all().get("rows"), self.engine.rows)
        self.assertNotIn("error", self.write_one())
        self.recovers()
        self.check_truth()


class PostgresChaos(Chaos, World):
    engine_type = Postgres


class PlainPostgresChaos(Chaos, World):
    engine_type = PlainPostgres


class RedisChaos(Chaos, World):
    engine_type = Redis


if __name__ == "__main__":
    harness.main()
