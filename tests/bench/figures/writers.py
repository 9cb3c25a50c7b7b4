"""Who wrote: many short-lived writers at once, and of how many the fanotify back end says who they were."""
import os
import re

from .common import run
from .rows import Row

TITLE = "Who wrote"
BACKENDS = ("fanotify",)
NEEDS = {"root", "loop", "fanotify"}
WRITERS = 20_000
CASES = {"ends": ("a writer that ends at once after its close", []),
         "lives": ("one that lives for 5 ms", ["--live=5000"]),
         "few": ("one that ends at once, 400 numbers of processes given again all the time", ["--pids=400"])}
ROWS = [row for key, (text, _) in CASES.items() for row in (
    Row(f"{key}_uid", f"{text}: uid known", "%", least=99),
    Row(f"{key}_cgroup", f"{text}: control group known", "%", least=99),
    Row(f"{key}_exe", f"{text}: executable known", "%", least=90 if key == "lives" else None),
    Row(f"{key}_wrong", f"{text}: wrong", "writers", most=0))]


def measure(bench, _backend):
    values, notes = {}, []
    for key, (_, options) in CASES.items():
        with bench.file_system() as base:
            top = os.path.join(base, "w")
            os.mkdir(top)
            out = run(bench.program("writer-storm"), *options, top, str(WRITERS), check=False)
        f = {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", out)}
        if "uid" not in f:
            notes.append(f"{key}: {out[-200:]}")
            continue
        values.update({f"{key}_uid": f["uid"], f"{key}_cgroup": f["cgroup"], f"{key}_exe": f["executable"], f"{key}_wrong": f["wrong"]})
    return {"values": values, "raw": {}, "notes": notes}
