"""What the end-to-end tests share: the program, a world for it to run in, and a terminal to sit at."""
import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
PATIENCE = 30  # seconds for anything that happens at once on an idle machine

COUNTING = "with recursive n(i) as (select 1 union all select i + 1 from n) select %s from n"
ENDLESS = COUNTING % "count(*)"  # never answers its one row


def server(variable):
    url = os.environ.get(variable)
    if not url:
        raise AssertionError(f"{variable} is not set: run ./test e2e, which starts a server")
    return url


def postgres():
    """The URL of a PostgreSQL server."""
    return server("DBOPS_TEST_PG")


def redis():
    """The URL of a Redis server."""
    return server("DBOPS_TEST_REDIS")


class World(unittest.TestCase):
    """A folder of its own with a database in it, and an environment that knows nothing else."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dbops-e2e-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.home = os.path.join(self.folder, "home")
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.home)
        os.mkdir(self.work)
        self.environment = {"HOME": self.home, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.database("x.db", """
            create table flights(id integer primary key, origin text, delay real, note text);
            insert into flights values (1, 'JFK', 2.5, null), (2, 'LGA', -1.0, ''), (3, '日本', 0.0, 'a "b", c');
        """)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

    def database(self, name, script):
        with contextlib.closing(sqlite3.connect(self.path(name))) as connection:
            connection.executescript(script)
            connection.commit()

    def rows(self, statement, name="x.db"):
        with contextlib.closing(sqlite3.connect(self.path(name))) as connection:
            return connection.execute(statement).fetchall()

    def start(self, *arguments, **options):
        options.setdefault("env", self.environment)
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([PROGRAM, *arguments], cwd=self.work, **options)

    def run_program(self, *arguments, stdin=""):
        """The exit code, stdout and stderr of one run."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.work, env=self.environment, input=stdin.encode(),
                              capture_output=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def good(self, *arguments, stdin=""):
        """stdout of a run that must go well and say nothing on stderr."""
        code, out, error = self.run_program(*arguments, stdin=stdin)
        self.assertEqual((code, error), (0, ""))
        return out

    def bad(self, code, *arguments, stdin=""):
        """stderr of a run that must fail with this exit code and print nothing."""
        got, out, error = self.run_program(*arguments, stdin=stdin)
        self.assertEqual((got, out), (code, ""), error)
        return error

    def terminal(self, *arguments, **options):
        terminal = Terminal(self, arguments, **options)
        self.addCleanup(terminal.end)
        return terminal


class Terminal:
    """The program on a terminal of its own, as a person has it before them."""

    def __init__(self, world, arguments, columns=100, lines=30, stdout=None, stdin=None):
        self.master, slave = pty.openpty()
        self.resize(columns, lines)
        self.seen = ""
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], cwd=world.work, env=world.environment, stdin=stdin if stdin is not None else slave,
            stdout=stdout if stdout is not None else slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        os.close(slave)

    def resize(self, columns, lines=30):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def pull(self, seconds):
        """Takes what was written; False once there will be no more."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # The other end is closed.
            return False
        self.seen += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, pattern):
        """Waits until the pattern was written, and answers all up to its end; the rest is for the next time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.seen)
            if found:
                text = self.seen[:found.end()]
                self.seen = self.seen[found.end():]
                return text
            if time.monotonic() > deadline or not self.pull(1):
                raise AssertionError(f"{pattern!r} did not come, but {self.seen!r}")

    def rest(self):
        """All that is written until the program ends, and its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.pull(0.1) and time.monotonic() < deadline and self.process.poll() is None:
            pass
        while select.select([self.master], [], [], 0)[0] and self.pull(0):
            pass
        return self.seen, self.process.wait(PATIENCE)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
