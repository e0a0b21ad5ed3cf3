"""The same between dbops and a member of a MongoDB replica set: single commands, and transactions, of which all or nothing is there; and
over TLS, where another may stand at the server's place."""
import contextlib
import datetime
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import uuid

import harness
from chaos_test import Chaos, Engine
from harness import World
from talk import Http


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


class MongoTls(Mongo):
    """FerretDB."""
    exact = True  # What was falsified is no record of TLS.
    claims = (b"\x17\x03\x03\xff\xff" + bytes(64), b"\x16\x03\x03\xff\xff")  # Records of more than TLS has.

    def __init__(self, world):
        super().__init__(world)
        self.url = harness.server("DBOPS_TEST_MONGODB_TLS").replace("/test?", "/chaos?") + "&rows=flat"
        self.folder = pathlib.Path(re.search(r"tlsCAFile=([^&]+)", self.url).group(1)).parent


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


class MongoTlsChaos(Chaos, World):
    engine_type = MongoTls


class Impostor:
    """Takes connections at a port, with the certificate that it is told to show, and keeps what it is told behind that."""

    def __init__(self, world, port, certificate, key):
        self.heard = b""
        self.refused = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        world.addCleanup(self.end)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self.listener.accept()
                link.settimeout(harness.PATIENCE)
                try:
                    with self.context.wrap_socket(link, server_side=True) as secured:
                        self.heard += secured.recv(1000)
                except OSError:  # ssl.SSLError is one: the client went away.
                    self.refused += 1

    def end(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Relay:
    """A port that leads to the server, or to whoever stands at its place."""

    def __init__(self, world, port):
        self.target = port
        self.links = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()
        world.addCleanup(self.end)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self.listener.accept()
                other = socket.create_connection(("127.0.0.1", self.target))
                self.links += [link, other]
                for ends in ((link, other), (other, link)):
                    self.threads.append(threading.Thread(target=self.pass_on, args=ends))
                    self.threads[-1].start()

    @staticmethod
    def pass_on(link, other):
        with contextlib.suppress(OSError):
            while piece := link.recv(65536):
                other.sendall(piece)
        for each in (link, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def lead_to(self, port):
        """Those who are connected are cut off."""
        self.target = port
        self.cut()

    def cut(self):
        for link in self.links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def end(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.threads[0].join()
        self.cut()
        for thread in self.threads[1:]:
            thread.join()
        for link in self.links:
            link.close()


class MongoCertificates(World):
    """The server's place is taken by one whose certificate does not verify: for each reason, between two calls."""

    def certificate(self, name, authority="ca", host="DNS:localhost,IP:127.0.0.1", days=(0, 1)):
        """By one of the server's authorities: the files of the certificate and of its key."""
        folder = self.engine.folder
        key, request, made = (self.path(f"{name}.{end}") for end in ("key", "csr", "crt"))
        self.write(f"{name}.conf", f"[v]\nsubjectAltName={host}\n[ca]\ndefault_ca=d\n[d]\ndatabase={self.path('index')}\n"
                   f"new_certs_dir={self.path('.')}\nserial={self.path('serial')}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        self.write("index", "")
        self.write("serial", "1000")
        start, end = ((datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=each)).strftime("%Y%m%d%H%M%SZ") for each in days)
        for words in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request],
                      ["ca", "-batch", "-config", self.path(f"{name}.conf"), "-extensions", "v", "-cert", folder / f"{authority}.crt", "-keyfile",
                       folder / f"{authority}.key", "-in", request, "-out", made, "-startdate", start, "-enddate", end, "-notext"]):
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        return made, key

    def test_nobody_else_hears_anything_and_the_server_is_found_again(self):
        self.engine = MongoTls(self)
        server = int(re.search(r"127\.0\.0\.1:(\d+)", self.engine.url).group(1))
        relay = Relay(self, server)
        self.environment.update(GATED=self.engine.at_port(relay.port))
        self.write("dbops.toml", f"""
[connections.gated]
url = "${{GATED}}"
tier = "write"
connect_timeout = "{harness.PATIENCE}s"
""")
        peer = Http(self)
        self.assertNotIn("error", peer.call("execute", connection="gated", statement=self.engine.prepare))
        taken = {"another authority": self.certificate("authority", authority="other-ca"),
                 "another name": self.certificate("name", host="DNS:elsewhere.example"),
                 "expired": self.certificate("expired", days=(-2, -1)),
                 "not valid yet": self.certificate("early", days=(1, 2))}
        for n, (reason, files) in enumerate(taken.items(), start=1):
            with self.subTest(reason=reason):
                impostor = Impostor(self, 0, *files)
                relay.lead_to(impostor.listener.getsockname()[1])
                for tool, statement in (("query", self.engine.read), ("execute", self.engine.write(n))):
                    # The first may still take a link that was cut.
                    answers = [peer.call(tool, connection="gated", statement=statement) for _ in range(2)]
                    self.assertEqual(answers[-1]["error"]["code"], "tls", answers)
                    self.assertEqual(answers[-1]["error"]["effect"], "none", answers)
                    self.assertIn(f"127.0.0.1:{relay.port}", answers[-1]["error"]["message"])
                self.assertEqual(impostor.heard, b"")
                self.assertGreater(impostor.refused, 0)
                relay.lead_to(server)
                answers = [peer.call("query", connection="gated", statement=self.engine.read) for _ in range(2)]
                self.assertEqual(answers[-1].get("rows"), self.engine.rows, answers)
                rows = peer.call("query", connection="gated", statement=self.engine.count(n))["rows"]
                self.assertEqual(rows, [])


del Chaos

if __name__ == "__main__":
    harness.main()
