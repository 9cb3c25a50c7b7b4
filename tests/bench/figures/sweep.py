"""A restart over 150 000 entries of which giad has seen all: how long until it knows that nothing changed."""
import re

from .arming import start
from .common import Control, fields, make_tree, run
from .rows import Row

TITLE = "Sweeping what is unchanged"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
FILES = 144_000  # with their directories 150 000 entries
ROWS = [
    Row("seconds", "restart over 150 000 unchanged entries, less a start on an empty tree", "s", "walk", "bare walk (`walk`)", most_ratio=1.5),
    Row("scans", "files scanned again", "files", most=0),
    Row("first", "the first start, which scans all of them", "s"),
    Row("rss", "the monitor's memory then", "MB"),
]


def measure(bench, backend):
    values = {}
    bench.peer("walk")
    with bench.file_system() as base, bench.giad(base, backend, start=False) as g:
        start(g)
        g.stop()
        _, empty, _ = start(g)
        g.stop()
        directories = make_tree(g.path("t"), FILES)
        _, first, _ = start(g, directories)
        values["first"] = first - empty
        Control(g).until_quiet(2)
        g.stop(120)
        values["walk"] = fields(run(bench.peer("walk"), g.path("t")))["secs"]
        _, again, s = start(g, directories)
        values.update(seconds=again - empty, scans=s["pipeline"]["scans"])
        with open(f"/proc/{g.process.pid}/status", encoding="ascii") as status:
            values["rss"] = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024
    return {"values": values, "raw": {}}
