"""The gate: what an open costs, how long who opens waits, and whether a race with the writer shows anything."""
import os
import re

from .common import QUIET, offending, run
from .rows import Row

TITLE = "The gate"
BACKENDS = ("fanotify",)
NEEDS = {"root", "loop", "fanotify"}
FULL = 1  # it takes medians itself
LOOKS = (150, 3000)
COSTS = {"inside": ("open inside, verdict kept", 15), "outside, settled": ("open outside, root's and settled", 1),
         "outside, just changed": ("open outside, of anything else", 1)}
ROWS = ([Row(key, f"{text}: more than without a gate, median", "µs", "answer", "a bare answer", most=most) for key, (text, most) in COSTS.items()]
        + [Row("wait_median", "last close → the opener that waits has the file, median", "µs"),
           Row("wait_p99", "the same, 99 of 100", "µs", most=2000)]
        + [row for look in LOOKS for row in (
            Row(f"leaks_{look}", f"readers that look for {look} µs: saw anything of an offending file", "readers", most=0),
            Row(f"lost_{look}", f"readers that look for {look} µs: a harmless file that did not come through", "files", most=0),
            Row(f"rounds_{look}", f"readers that look for {look} µs: of how many", "readers"))])


def answer(bench, top):
    """How much more an open takes that a program lets be which does nothing else (`perm`)."""
    if not bench.source:
        return {}
    found = dict(re.findall(r"perm_event=(\d) .*median_us=([\d.]+)", run(bench.peer("perm"), top)))
    return {"answer": float(found["1"]) - float(found["0"])}


def costs(bench):
    """By the program's own gate: what the kernel and the gate's thread take."""
    with bench.file_system() as base:
        top = os.path.join(base, "gate")
        os.mkdir(top)
        os.mkdir(os.path.join(base, "floor"))
        values = answer(bench, os.path.join(base, "floor"))
        out = run(bench.program("gate-cost"), top)
    found = {k.strip(): (float(m), float(p)) for k, m, p in re.findall(r"gate-cost (.*?) +n=\d+ median_us=([\d.]+) p99_us=([\d.]+)", out)}
    values.update({key: max(0.0, found[f"open {key}"][0] - found["open bare"][0]) for key in COSTS if f"open {key}" in found})
    if "close to open's return" in found:
        values["wait_median"], values["wait_p99"] = found["close to open's return"]
    return values, [f"`{line}`" for line in out.splitlines()]


def race(bench, look, rounds):
    """With a whole giad: its scanners, its policy, its quarantine."""
    with bench.file_system() as base, bench.giad(base, "fanotify", extra=QUIET, start=False) as g:
        text = open(g.config, encoding="utf-8").read()
        g.write_config(text.replace("backend: fanotify,", "backend: fanotify, mode: gate,"))
        g.start().wait_walked()
        offence = os.path.join(g.base, "offence")
        with open(offence, "w", encoding="utf-8") as f:
            f.write(offending(1))
        out = run(bench.program("gate-race"), f"--rounds={rounds}", f"--look={look}", f"--offence={offence}", g.ws, check=False)
    last = out.splitlines()[-1]
    found = {k: float(v) for k, v in re.findall(r"(\w+)=(\d+)", last)}
    return {f"leaks_{look}": found["leaks"], f"lost_{look}": found["harmless_lost"], f"rounds_{look}": found["rounds"]}


def measure(bench, _backend):
    values, notes = costs(bench)
    for look in LOOKS:
        values.update(race(bench, look, 2_000 if bench.quick else 20_000))
    return {"values": values, "raw": {}, "notes": notes}
