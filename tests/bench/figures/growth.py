"""Does an event cost more in a larger tree? New small files one at a time, while the tree about them grows."""
import os

from .common import Control, cpu, cpu_since, make_tree, offending, quantile, times
from .rows import Row, thousands

TITLE = "Cost of an event against the size of the tree"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
FULL = 3
EVENTS, GAP, ROUNDS = 2000, 500, 3
SIZES = [1_000, 10_000, 100_000, 1_000_000]
ROWS = [
    *(Row(f"us_{n}", f"processor time for one new file, {thousands(n)} files in the tree", "µs") for n in SIZES),
    Row("change", "the dearest of them ÷ the cheapest", "", most=1.2),
    *(Row(f"gone_{n}", f"close → gone, median of 50, {thousands(n)} files", "µs") for n in SIZES),
    Row("rss", "the monitor's memory at the end", "MB"),
]


def one_size(bench, g, control, n):
    """Processor time for each new file, the median of ROUNDS, and the latency of 50 offending ones."""
    costs = []
    for i in range(ROUNDS):
        os.mkdir(g.path(f"e{n}-{i}"))
        before = cpu(g)
        times(bench, "bare", g.path(f"e{n}-{i}"), EVENTS, GAP)
        control.until_quiet()
        costs.append(sum(cpu_since(g, before)) / EVENTS * 1e6)
    os.mkdir(g.path(f"o{n}"))
    gone = [(done - closed) / 1e3 for closed, done in times(bench, "gone", g.path(f"o{n}"), 50, 20000, offending(1))[0] if done is not None]
    return quantile(costs, 50), quantile(gone, 50)


def measure(bench, backend):
    values, raw, there = {}, {"cost": []}, 0
    sizes = SIZES[:-1] if bench.quick else SIZES
    with bench.file_system("12G", sizes[-1] + 200_000) as base, bench.giad(base, backend) as g:
        control = Control(g)
        os.mkdir(g.path("warm"))
        times(bench, "bare", g.path("warm"), 500, GAP)  # both scanners are there, caches are warm
        for n in sizes:
            make_tree(g.path(f"t{n}"), n - there)
            there = n
            control.until_quiet(2, 1200)
            values[f"us_{n}"], values[f"gone_{n}"] = one_size(bench, g, control, n)
            raw["cost"].append([n, values[f"us_{n}"]])
        with open(f"/proc/{g.process.pid}/statm", encoding="ascii") as f:
            values["rss"] = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    costs = [us for _, us in raw["cost"]]
    values["change"] = max(costs) / min(costs)
    return {"values": values, "raw": raw}
