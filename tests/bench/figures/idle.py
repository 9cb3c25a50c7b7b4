"""Nothing happens: does giad sleep? With 100 000 directories, and how much memory that takes."""
import os
import re
import subprocess
import time

from .common import Control, make_directories, proc_status, processes
from .rows import Row, thousands

TITLE = "Idle"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
FULL = 1
N, SECONDS, STRACE = 100_000, 60, 20
FIRST = 10  # seconds after its start giad looks which entries of the store are past their retention, and then each hour
ROWS = [
    Row("monitor", f"{SECONDS} s: times that the monitor was woken", "", most=0),
    Row("scanners", f"{SECONDS} s: times that a scanner was woken", "", most=0),
    Row("calls", f"system calls of all of them in {STRACE} s (strace)", ""),
    Row("rss", f"the monitor's memory with {thousands(N)} directories", "MB", most=40),
    Row("scanner_rss", "a scanner's", "MB"),
]


def woken(pid):
    """Each time that a thread went to sleep it had been awake."""
    return sum(proc_status(f"{pid}/task/{tid}", "voluntary_ctxt_switches") for tid in os.listdir(f"/proc/{pid}/task"))


def system_calls(g, path):
    """What they call while nothing happens, by name."""
    try:
        subprocess.run(["timeout", "-s", "INT", str(STRACE), "strace", "-f", "-c", "-U", "calls,name", "-o", path,
                        *(x for pid in processes(g) for x in ("-p", str(pid)))], stderr=subprocess.DEVNULL, timeout=STRACE + 30, check=False)
        with open(path, encoding="utf-8") as f:
            return {m[2]: int(m[1]) for m in re.finditer(r"(?m)^\s*(\d+)\s+(\w+)\s*$", f.read()) if m[2] != "total"}
    except (OSError, subprocess.TimeoutExpired):
        return None


def measure(bench, backend):
    values, notes = {}, []
    with bench.file_system() as base, bench.giad(base, backend, start=False) as g:
        make_directories(g.path("t"), N)
        # others' mounts would wake it
        g.start(prefix=("unshare", "--mount", "--propagation", "private")).wait_walked(600)
        started = time.monotonic()
        Control(g).until_quiet(2)
        time.sleep(max(3, started + FIRST + 10 - time.monotonic()))
        pids = processes(g)
        before = {pid: woken(pid) for pid in pids}
        time.sleep(SECONDS)
        after = {pid: woken(pid) for pid in pids}
        values.update(monitor=after[pids[0]] - before[pids[0]], scanners=max([after[p] - before[p] for p in pids[1:]], default=0))
        values["rss"] = proc_status(pids[0], "VmRSS") / 1024
        values["scanner_rss"] = max([proc_status(p, "VmRSS") for p in pids[1:]], default=0) / 1024
        calls = system_calls(g, os.path.join(bench.tmp, "strace"))
        if calls is not None:
            values["calls"] = sum(calls.values())
            if calls:
                notes.append(f"{backend}, {STRACE} s: " + ", ".join(f"{name} {n}" for name, n in sorted(calls.items(), key=lambda c: -c[1])))
    return {"values": values, "raw": {}, "notes": notes}
