"""The classic race, large: many files in many fresh nested directories. Is any missed, what does it cost the writer, how late is the last verdict?"""
import os
import sqlite3
import time

from .common import Control, fields, offending, run
from .rows import Row

TITLE = "Many files in fresh directories"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
DIRECTORIES, FILES, DEPTH, EVERY = 2000, 25, 10, 25
ROWS = [
    Row("missed", "50 000 files in 2 000 fresh nested directories: missed", "files", most=0),
    Row("left", "of the 2 000 offending ones among them: left in place", "files", most=0),
    Row("last", "last write → last verdict", "s", most=2),
    Row("writer", "the writer's time for them", "s", "writer_bare", "nobody watches"),
    Row("cost", "50 000 files by `writecost`: the writer's time", "s", "cost_watched", "bare watcher", most_ratio=1.35),
    Row("cost_nobody", "the same, nobody watches", "s"),
    Row("scans", "scans for the 50 000", ""),
]


def unscanned(g):
    """Files whose present state (inode, size, times) is not one that giad noted as scanned."""
    with sqlite3.connect(os.path.join(g.base, "state/register.db")) as db:
        seen = set(db.execute("SELECT ino, size, ctime, mtime FROM seen"))
    left = []
    for top, _, files in os.walk(g.path("t")):
        for name in files:
            st = os.lstat(os.path.join(top, name))
            if (st.st_ino, st.st_size, st.st_ctime_ns, st.st_mtime_ns) not in seen:
                left.append(os.path.join(top, name))
    return left


def still_offending(g, text):
    secret, left = text.strip().split("=", 1)[1], 0
    for top, _, files in os.walk(g.path("t")):
        for name in files:
            with open(os.path.join(top, name), errors="replace", encoding="utf-8") as f:
                left += secret in f.read()
    return left


def write_tree(bench, top, **env):
    return fields(run(bench.peer("burst"), top, str(DIRECTORIES), str(FILES), str(DEPTH), **env))["secs"]


def write_cost(bench, mode, top):
    """The median of three times: a first one may take twice as long, when the host has to give the guest the memory."""
    return fields(run(bench.peer("writecost"), mode, top, "50000", "3"))["median_s"]


def measure(bench, backend):
    values, text = {}, offending(1)
    bench.peer("burst")
    with bench.file_system() as base:
        values["writer_bare"] = write_tree(bench, os.path.join(base, "bare"), OFFENCE=text, EVERY=str(EVERY))
        # the same directories for all: where files have been and gone, new ones cost less
        cost = os.path.join(base, "giad/ws/cost")
        os.makedirs(os.path.dirname(cost))
        values["cost_nobody"] = write_cost(bench, "none", cost)
        values["cost_watched"] = write_cost(bench, backend, cost)
        with bench.giad(base, backend) as g:
            control = Control(g)
            values["writer"] = write_tree(bench, g.path("t"), OFFENCE=text, EVERY=str(EVERY))
            written = time.monotonic()
            last, s = control.until_quiet(2)
            values.update(last=max(0.0, last - written), scans=s["pipeline"]["scans"], overflows=s["watcher"]["overflows"])
            values["cost"] = write_cost(bench, "none", cost)
            control.until_quiet(2)
            g.stop(120)
            values["left"] = still_offending(g, text)
            values["missed"] = values["left"] + len(unscanned(g))
    return {"values": values, "raw": {}}
