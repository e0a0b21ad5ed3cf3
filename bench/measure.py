"""Processes and what they cost."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple


ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
POSTGRES = ROOT / "tests" / "servers" / "postgres.sh"


class Cost(NamedTuple):
    seconds: float
    cpu_seconds: float  # user and system, of the process alone
    peak_kib: int  # largest resident memory


class Failed(Exception):
    pass


def build():
    """The release, and the bare loops, in BUILD."""
    subprocess.run(["cmake", "--preset", "release", "-B", BUILD, "-DDBOPS_BENCH=ON",
                    "-DDBOPS_TESTS=OFF"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD, "dbops", "sqlite_loop", "postgres_loop", "point_reads", "read_relay"], check=True,
                   stdout=sys.stderr)


def start_postgres(work):
    """A server of its own in work/pg; its URI."""
    started = subprocess.run([POSTGRES, "start", work / "pg"], check=True, capture_output=True, text=True)
    return next(line.partition("=")[2] for line in started.stdout.splitlines() if line.startswith("DBOPS_TEST_PG="))


def postgres_process(work):
    """The process that all others of that server descend from."""
    file = next((work / "pg").rglob("postmaster.pid"))
    return int(file.read_text(encoding="ascii").splitlines()[0])


def stop_postgres(work):
    subprocess.run([POSTGRES, "stop", work / "pg"], check=False)


def run(command, output):
    """Runs a command to its end with its output in a file; what it cost."""
    # Linux counts this Python's memory to its children's peak: GNU time, a small program, stands between.
    with open(output, "wb") as out, tempfile.NamedTemporaryFile("r", encoding="ascii") as peak:
        start = time.perf_counter()
        process = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, *command],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        complaint = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise Failed(f"exit {process.returncode}: {' '.join(command)}\n{complaint[-2000:]}")
        return Cost(seconds, usage.ru_utime + usage.ru_stime, int(peak.read()))


def interleave(contestants, rounds):
    """Runs each of {name: function} `rounds` times, a round after the other, each time another one
    first, so that what else the machine does meets all alike. Returns {name: [results]}."""
    results = {name: [] for name in contestants}
    names = list(contestants)
    for each in range(rounds):
        for name in names[each % len(names):] + names[:each % len(names)]:
            results[name].append(contestants[name]())
    return results


def medians(costs):
    return Cost(*(statistics.median(values) for values in zip(*costs)))


def cpu_seconds(pid):
    """User and system time that a living process has used, and those of its children that have ended."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process and all that descend from it."""
    pids = [pid]
    for parent in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # One that ends meanwhile.
            for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                pids += map(int, (task / "children").read_text(encoding="ascii").split())
    return pids


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise Failed(f"process {pid} has no resident memory")


def system():
    """The machine, in one line."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpus:
        model = next((line.partition(":")[2].strip() for line in cpus
                      if line.startswith("model name")), "unknown")
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}, load {load:.1f} at the start"
