"""A server that speaks RESP3 and answers some commands of Redis' modules in the forms that their documentation shows, for tests where no
server with modules can be had. The official client reads its answers (modules_witness_test.py), which is what they are checked by."""

import json
import math
import socketserver
import threading

READS = {"JSON.GET", "JSON.MGET", "JSON.TYPE", "TS.RANGE", "TS.MRANGE", "BF.EXISTS", "CMS.QUERY", "TDIGEST.QUANTILE", "TOPK.LIST", "FT.SEARCH", "FT._LIST"}
WRITES = {"JSON.SET", "JSON.NUMINCRBY", "TS.ADD", "BF.ADD", "CMS.INITBYDIM", "CMS.INCRBY", "TDIGEST.CREATE", "TDIGEST.ADD", "TOPK.RESERVE", "TOPK.ADD",
          "FT.CREATE", "FT.DROPINDEX"}


class Refused(Exception):
    pass


def encode(value):
    """As RESP3 writes it; a `str` is a simple string."""
    if value is None:
        return b"_\r\n"
    if isinstance(value, bool):
        return b"#t\r\n" if value else b"#f\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, float):
        return b"," + repr(value).encode() + b"\r\n"
    if isinstance(value, str):
        return b"+" + value.encode() + b"\r\n"
    if isinstance(value, bytes):
        return b"$%d\r\n%s\r\n" % (len(value), value)
    if isinstance(value, dict):
        return b"%%%d\r\n" % len(value) + b"".join(encode(each) for pair in value.items() for each in pair)
    mark = b"~" if isinstance(value, frozenset) else b"*"
    return mark + b"%d\r\n" % len(value) + b"".join(map(encode, value))


class Modules(socketserver.ThreadingTCPServer):
    """Listens on a free port of loopback. `seen` are the commands it was sent; `called_writes` those it says to be writes as well."""
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.lock = threading.Lock()
        self.keys = {}
        self.indices = {}
        self.seen = []
        self.called_writes = set()
        self.info = b"redis_version:8.0.0\r\n"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.server_address[1]}/0"

    def answer(self, words):
        verb = words[0].decode().upper()
        with self.lock:
            self.seen.append(verb)
            if verb in READS | WRITES:
                return getattr(self, verb.lower().replace(".", "_"))(*words[1:])
        if verb == "HELLO":
            return {b"server": b"redis", b"version": b"8.0.0", b"proto": 3, b"id": 1, b"mode": b"standalone", b"role": b"master", b"modules": []}
        if verb == "COMMAND":
            return [self.describe(name.decode().upper()) for name in words[2:]]
        if verb == "INFO":
            return self.info
        if verb == "ACL":
            return b"default"
        if verb in ("CLIENT", "SELECT", "PING"):
            return "OK"
        raise Refused(f"ERR unknown command '{verb}'")

    def describe(self, verb):
        if verb not in READS | WRITES:
            return None
        kind = "write" if verb in WRITES | self.called_writes else "readonly"
        return [verb.lower().encode(), -2, frozenset([kind, "module"]), 1, 1, 1, frozenset(), [], [], []]

    def json_set(self, key, path, text):
        if path != b"$":
            raise Refused("ERR new objects must be created at the root")
        self.keys[key] = json.loads(text)
        return "OK"

    def json_get(self, key, path=b"$"):
        found = self.at(key, path)
        return None if found is None else json.dumps(found, separators=(",", ":")).encode()

    def json_mget(self, *words):
        return [self.json_get(key, words[-1]) for key in words[:-1]]

    def json_type(self, key, path=b"$"):
        names = {dict: b"object", list: b"array", str: b"string", int: b"integer"}
        return [[names[type(each)] for each in self.at(key, path)]]

    def json_numincrby(self, key, path, by):
        name = path.decode().removeprefix("$.")
        self.keys[key][name] += int(by)
        return [self.keys[key][name]]

    def at(self, key, path):
        if key not in self.keys:
            return None
        steps = [step for step in path.decode().removeprefix("$").split(".") if step]
        found = self.keys[key]
        for step in steps:
            found = found[step]
        return [found]

    def ts_add(self, key, when, value, *labels):
        self.keys.setdefault(key, {"labels": dict(zip(labels[1::2], labels[2::2])), "samples": []})["samples"].append([int(when), float(value)])
        return int(when)

    def ts_range(self, key, _first, _last):
        return self.keys[key]["samples"]

    def ts_mrange(self, _first, _last, _filter, condition):
        name, value = condition.split(b"=")
        return {key: [{}, {b"aggregators": []}, series["samples"]] for key, series in self.keys.items() if series["labels"].get(name) == value}

    def bf_add(self, key, item):
        new = item not in self.keys.setdefault(key, set())
        self.keys[key].add(item)
        return new

    def bf_exists(self, key, item):
        return item in self.keys.get(key, ())

    def cms_initbydim(self, key, _width, _depth):
        self.keys[key] = {}
        return "OK"

    def cms_incrby(self, key, item, by):
        self.keys[key][item] = self.keys[key].get(item, 0) + int(by)
        return [self.keys[key][item]]

    def cms_query(self, key, *items):
        return [self.keys[key].get(item, 0) for item in items]

    def tdigest_create(self, key, *_):
        self.keys[key] = []
        return "OK"

    def tdigest_add(self, key, *values):
        self.keys[key] += map(float, values)
        return "OK"

    def tdigest_quantile(self, key, *parts):
        sorted_values = sorted(self.keys[key])
        return [sorted_values[round(float(part) * (len(sorted_values) - 1))] if sorted_values else math.nan for part in parts]

    def topk_reserve(self, key, *_):
        self.keys[key] = []
        return "OK"

    def topk_add(self, key, *items):
        self.keys[key] += items
        return [None] * len(items)

    def topk_list(self, key):
        return self.keys[key]

    def ft_create(self, index, *_):
        self.indices[index] = True
        return "OK"

    def ft_dropindex(self, index, *_):
        del self.indices[index]
        return "OK"

    def ft__list(self):
        return frozenset(self.indices)

    def ft_search(self, index, _query, *_):
        if index not in self.indices:
            raise Refused(f"{index.decode()}: no such index")
        results = [{b"id": key, b"extra_attributes": {b"$": json.dumps(each).encode()}, b"values": []} for key, each in self.keys.items()
                   if isinstance(each, dict) and "labels" not in each]
        return {b"attributes": [], b"warning": [], b"total_results": len(results), b"format": b"STRING", b"results": results}


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2])
            try:
                reply = encode(self.server.answer(words))
            except Refused as refused:
                reply = f"-{refused}\r\n".encode()
            self.wfile.write(reply)
