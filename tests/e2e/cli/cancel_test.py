"""A call that nobody waits for any more is cancelled in PostgreSQL: in each era, over each transport, by its own rule."""
import signal
import statistics
import time

import harness
from harness import World, postgres
from talk import LEGACY, MODERN, Exchange, Http, Stdio, Watcher, cancelled, until

CANCEL_S = 0.2  # from the cancel until the statement is gone from pg_stat_activity
END_GRACE_S = 1.0  # how long calls may go on behind the end of stdin, so that a script may pipe its requests in
TIME_LIMIT_S = 1.0  # of calls in the test of deadlines
ROUNDS = 5  # of which the middle one counts: on a busy machine any one may have to wait for the processor


class Cancel(World):
    def setUp(self):
        super().setUp()
        self.watcher = Watcher(self)
        self.environment["PG"] = postgres()
        self.write("dbops.toml", f'[connections.pg]\nurl = "${{PG}}"\n[connections.brief]\nurl = "${{PG}}"\n'
                                 f'limits.time = "{TIME_LIMIT_S:.0f}s"\n')
        self.marks = 0

    def mark(self):
        self.marks += 1
        return f"mark_{id(self)}_{self.marks}"

    def begin(self, peer, connection="pg", rows="select pg_sleep(600)::text as {}", meta=None):
        """A call that the server works on, and the mark of its statement."""
        mark = self.mark()
        begun = peer.start("query", connection=connection, statement=rows.format(mark), meta=meta)
        until(lambda: self.watcher.running(mark) == 1, "the statement runs")
        return begun, mark

    def gone(self, mark):
        until(lambda: self.watcher.running(mark) == 0, "the statement is gone")

    def check_rounds(self, one_round, bound=CANCEL_S):
        """`one_round` cancels a call, and answers when it did (time.monotonic()) and the mark of its statement."""
        spans = []
        for _ in range(ROUNDS):
            began, mark = one_round()
            self.gone(mark)
            spans.append(time.monotonic() - began)
        self.assertLess(statistics.median(spans), bound, spans)

    def works(self, peer):
        self.assertEqual(peer.call("query", connection="pg", statement="select 1").get("rows"), [[1]])

    def check_stdio_notification(self, era):
        peer = Stdio(self, era=era)

        def one_round():
            number, mark = self.begin(peer)
            began = time.monotonic()
            peer.write(cancelled(number))
            return began, mark

        self.check_rounds(one_round)
        self.works(peer)

    def test_legacy_stdio_by_notification(self):
        self.check_stdio_notification(LEGACY)

    def test_modern_stdio_by_notification(self):
        self.check_stdio_notification(MODERN)

    def check_stdio_end(self, end, bound, code=0):
        for era in (LEGACY, MODERN):
            with self.subTest(era):
                def one_round(era=era):
                    peer = Stdio(self, era=era)
                    _, mark = self.begin(peer)
                    began = time.monotonic()
                    end(peer)
                    peers.append(peer)
                    return began, mark

                peers = []
                self.check_rounds(one_round, bound)
                for peer in peers:
                    self.assertEqual(peer.process.wait(harness.PATIENCE), code)

    def test_stdio_by_the_end_of_its_input(self):
        self.check_stdio_end(lambda peer: peer.process.stdin.close(), END_GRACE_S + CANCEL_S)

    def test_stdio_by_a_client_that_is_gone(self):
        # Both pipes close at once; nobody is there to wait for the last answers.
        def leave(peer):
            peer.release_output()
            peer.process.stdin.close()

        self.check_stdio_end(leave, CANCEL_S)

    def test_stdio_by_a_signal(self):
        self.check_stdio_end(lambda peer: peer.process.send_signal(signal.SIGTERM), CANCEL_S)

    def test_legacy_http_by_notification(self):
        peer = Http(self, era=LEGACY)

        def one_round():
            exchange, mark = self.begin(peer)
            began = time.monotonic()
            status, _ = peer.post(cancelled(peer.last)).message()
            self.assertEqual(status, 202)
            self.addCleanup(exchange.connection.close)
            return began, mark

        self.check_rounds(one_round)
        self.works(peer)

    def test_legacy_http_by_the_end_of_the_session(self):
        peer = Http(self, era=LEGACY)

        def one_round():
            exchange, mark = self.begin(peer)
            began = time.monotonic()
            status, _ = Exchange(peer.port, "DELETE", peer.headers()).message()
            self.assertEqual(status, 204)
            self.addCleanup(exchange.connection.close)
            peer.begin_session()
            return began, mark

        self.check_rounds(one_round)
        self.works(peer)

    def test_legacy_http_goes_on_without_its_connection(self):
        # basic/transports of 2025-11-25: a disconnection is no cancellation. The other call lasts longer than it takes to see who
        # has left.
        peer = Http(self, era=LEGACY)
        exchange, mark = self.begin(peer)
        exchange.leave()
        other, other_mark = self.begin(peer, connection="brief")
        self.assertEqual(other.message()[1]["result"]["structuredContent"]["error"]["code"], "timeout")
        self.assertEqual((self.watcher.running(mark), self.watcher.running(other_mark)), (1, 0))
        peer.post(cancelled(peer.last - 1)).message()
        self.gone(mark)

    def test_modern_http_by_a_closed_connection(self):
        peer = Http(self)

        def one_round():
            exchange, mark = self.begin(peer)
            began = time.monotonic()
            exchange.leave()
            return began, mark

        self.check_rounds(one_round)
        self.works(peer)

    def test_modern_http_by_a_closed_stream(self):
        peer = Http(self)

        def one_round():
            exchange, mark = self.begin(peer, meta={"progressToken": 1},
                                        rows="select repeat('x', 9000) as {}, pg_sleep(0.01)::text from generate_series(1, 90000)")
            response = exchange.response()
            self.assertEqual(response.getheader("Content-Type"), "text/event-stream")
            self.assertIn(b"notifications/progress", response.readline())
            began = time.monotonic()
            response.close()
            exchange.leave()
            return began, mark

        self.check_rounds(one_round)
        self.works(peer)

    def check_deadline(self, peer, answer):
        def one_round():
            mark = self.mark()
            began = time.monotonic()
            begun = peer.start("query", connection="brief", statement=f"select pg_sleep(600)::text as {mark}")
            error = answer(begun)["result"]["structuredContent"]["error"]
            self.assertEqual((error["code"], error["effect"]), ("timeout", "none"))
            return began, mark

        self.check_rounds(one_round, TIME_LIMIT_S + CANCEL_S)
        self.works(peer)

    def test_deadlines(self):
        for era in (LEGACY, MODERN):
            with self.subTest(era):
                stdio = Stdio(self, era=era)
                self.check_deadline(stdio, stdio.answer)
                self.check_deadline(Http(self, era=era), lambda exchange: exchange.message()[1])


if __name__ == "__main__":
    harness.main()
