"""What takes a while to see: memory, at rest, under load and with many idle clients; and clients that trickle."""
import contextlib
import http.client
import socket
import threading
import time

import harness
from harness import World
from talk import LEGACY, Exchange, Http, until

SOAK_S = 60
WARM_S = 15  # after which memory has reached its height
GROWTH_MIB = 8  # that may come on top until the end: the allocator's doing
CLIENTS = 8
SESSIONS = 1000
STREAMS = 500
IDLE_MIB = 60  # with all of them open
REST_MIB = 20  # of a server that was asked nothing
LATE_LIBRARIES = ("libmongoc",)  # loaded when they are needed
TRICKLERS = 200
HEADER_S = 2  # for a request's head, in the configuration


class Slow(World):
    def setUp(self):
        super().setUp()
        self.write("dbops.toml", f'[connections.x]\nurl = "x.db"\npool = {CLIENTS}\n[audit]\nfile = "audit.db"\n'
                                 f'[server.limits]\nheader_time = "{HEADER_S}s"\n')

    def memory_mib(self, peer):
        with open(f"/proc/{peer.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024

    def works(self, peer):
        self.assertEqual(peer.call("query", connection="x", statement="select 1").get("rows"), [[1]])

    def test_a_server_at_rest_takes_little(self):
        peer = Http(self)
        with open(f"/proc/{peer.process.pid}/maps", encoding="utf-8") as file:
            maps = file.read()
        self.assertIn("libpq", maps)
        self.assertEqual([name for name in LATE_LIBRARIES if name in maps], [])
        self.assertLess(self.memory_mib(peer), REST_MIB)

    def test_memory_stays_flat_under_load(self):
        peer = Http(self)
        end = time.monotonic() + SOAK_S
        failures = []

        def load():
            try:
                while time.monotonic() < end:
                    rows = peer.call("query", connection="x", statement="select * from flights")["rows"]
                    if len(rows) != 3:
                        failures.append(rows)
            except (OSError, http.client.HTTPException, AssertionError, KeyError) as failure:
                failures.append(failure)

        clients = [threading.Thread(target=load) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        clients[0].join(WARM_S)
        warm = self.memory_mib(peer)
        for client in clients:
            client.join()
        self.assertEqual(failures, [])
        self.assertLess(self.memory_mib(peer) - warm, GROWTH_MIB, f"it was {warm} MiB")

    def test_idle_streams_and_sessions_take_little(self):
        peer = Http(self, era=LEGACY)
        with contextlib.ExitStack() as open_streams:
            for n in range(SESSIONS):
                peer.begin_session()
                if n >= STREAMS:
                    continue
                stream = Exchange(peer.port, "GET", {"Accept": "text/event-stream", "Mcp-Session-Id": peer.session})
                response = stream.response()
                open_streams.callback(stream.connection.close)
                open_streams.callback(response.close)
                self.assertEqual(response.status, 200)
            memory = self.memory_mib(peer)
            self.assertLess(memory, IDLE_MIB)
            self.works(peer)
        self.works(peer)

    def test_clients_that_trickle_are_cut_and_hold_up_nobody(self):
        peer = Http(self)
        with contextlib.ExitStack() as sockets:
            tricklers = []
            for _ in range(TRICKLERS):
                trickler = sockets.enter_context(socket.create_connection(("127.0.0.1", peer.port), harness.PATIENCE))
                trickler.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
                trickler.setblocking(False)
                tricklers.append(trickler)
            self.works(peer)
            until(lambda: all([self.is_cut(trickler) for trickler in tricklers]), "all are cut")
            self.works(peer)

    @staticmethod
    def is_cut(trickler):
        """Sends one byte more, as a slow loris does."""
        try:
            trickler.send(b"x")
            return trickler.recv(4096) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


if __name__ == "__main__":
    harness.main()
