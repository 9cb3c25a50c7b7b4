"""100 000 directories that are there already: how long until all are watched."""
import os
import re
import time

from .common import Control, fields, make_directories, run
from .rows import Row

TITLE = "Arming a large tree"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
N = 100_000
ROWS = [
    Row("seconds", "100 000 directories until all are watched and walked, by the watcher alone (`watch-rate arm`)", "s", "bare", "bare walk and watch",
        most_ratio={"inotify": 1.5}),
    Row("marked_ms", "until events arrive, by the watcher alone", "ms", most={"fanotify": 10}),
    Row("ready_ms", "from giad's start until it says that it is ready, less a start on an empty tree", "ms"),
    Row("daemon", "from giad's start until all are watched and walked, less a start on an empty tree", "s", "bare", "bare walk and watch",
        most_ratio={"inotify": 1.5}),
    Row("known", "bare watches of known paths, or one mark (`marks`)", "s"),
    Row("walk", "bare walk (`walk`)", "s"),
    Row("bytes", "memory of the watcher for each directory", "B"),
    Row("rss", "the monitor's memory then", "MB", most=40),
]


def start(g, directories=0):
    """Seconds from exec until events arrive, and until everything is watched and walked."""
    t = time.monotonic()
    g.start(wait=False)
    ready, done, s = Control(g).until_walked(directories)
    return ready - t, done - t, s


def measure(bench, backend):
    values = {}
    with bench.file_system() as base:
        f = fields(run(bench.program("watch-rate"), "arm", os.path.join(base, "arm"), str(N), GIAD_BACKEND=backend))
        values.update(seconds=f["seconds"], bare=f["bare_walk_and_watch"], bytes=f["bytes_each"], marked_ms=f["marked"] * 1e3)
        with bench.giad(base, backend, start=False) as g:
            start(g)  # compiles the patterns
            g.stop()
            empty_ready, empty, _ = start(g)
            g.stop()
            make_directories(g.path("t"), N)
            if bench.source:
                values["walk"] = fields(run(bench.peer("walk"), g.path("t")))["secs"]
                mode = "inotify" if backend == "inotify" else "fanotify-fs"
                values["known"] = float(re.search(r" secs=([\d.]+)", run(bench.peer("marks"), mode, g.path("t"), str(N)))[1])
            ready, full, _ = start(g, N)
            values.update(daemon=full - empty, ready_ms=max(0.0, ready - empty_ready) * 1e3)
            with open(f"/proc/{g.process.pid}/status", encoding="ascii") as status:
                values["rss"] = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024
    return {"values": values, "raw": {}}
