"""One offending file at a time: from just before its writer's close(2) until its name is gone."""
import os

from .common import fields, offending, quantile, run, times
from .rows import Row

TITLE = "One file at a time"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
ROWS = [
    Row("gone_median", "close → gone, median", "µs", "reader_median", "bare reader", most={"inotify": 250, "fanotify": 350}),
    Row("gone_p99", "close → gone, 99 of 100", "µs", "reader_p99", "bare reader", most=2000),
    Row("gone_max", "close → gone, the slowest of 200", "µs"),
    Row("again_median", "the same by `close-to-gone`, median", "µs", "bare_median", "bare reader"),
    Row("again_p99", "the same by `close-to-gone`, 99 of 100", "µs", "bare_p99", "bare reader"),
    Row("writer", "bare writer: create, write, close", "µs"),
    Row("scan", "of which reading such a file, in memory (`scan-rate`)", "µs"),
]


def scan_alone(bench, base):
    """Of 200 such files, read one after the other from memory."""
    top = os.path.join(base, "scan")
    os.mkdir(top)
    for i in range(200):
        with open(os.path.join(top, f"s{i:06d}.txt"), "w", encoding="ascii") as f:
            f.write(f"# file {i}\n{offending(1)}")
    out = run(bench.program("scan-rate"), f"--rules={os.path.join(os.environ['GIAD_ROOT'], 'share/giad/rules')}", "--rounds=5", top)
    return float(out.rsplit(",", 1)[1].split()[0])


def microseconds(pairs):
    return [(done - closed) / 1e3 for closed, done in pairs if done is not None]


def measure(bench, backend):
    values, raw = {}, {}
    with bench.file_system() as base:
        for name in ("floor", "lat", "bare"):
            os.mkdir(os.path.join(base, name))
        raw["reader"] = microseconds(times(bench, f"read-{backend}", os.path.join(base, "floor"), 1000, 1000)[0])
        values["bare_median"], values["bare_p99"] = quantile(raw["reader"], 50), quantile(raw["reader"], 99)
        values["writer"] = times(bench, "bare", os.path.join(base, "bare"), 2000, 0)[2] / 2000 * 1e6
        if bench.program("scan-rate", needed=False):
            values["scan"] = scan_alone(bench, base)
        if bench.source:
            f = fields(run(bench.peer("lat"), backend, os.path.join(base, "lat"), "2000", "1000"))
            values["reader_median"], values["reader_p99"] = f["median_us"], f["p99_us"]
        with bench.giad(base, backend) as g:
            if bench.source:
                os.mkdir(g.path("single"))
                f = fields(run(bench.peer("clamlat"), g.path("single"), os.path.join(g.base, "state/quarantine"), "200", "50000", "60", OFFENCE=offending(1)))
                values.update(gone_median=f["median_ms"] * 1e3, gone_p99=f["p99_ms"] * 1e3, gone_max=f["max_ms"] * 1e3, left=f["left_behind"])
            os.mkdir(g.path("again"))
            raw["gone"] = microseconds(times(bench, "gone", g.path("again"), 200, 50000, offending(1))[0])
            values["again_median"], values["again_p99"] = quantile(raw["gone"], 50), quantile(raw["gone"], 99)
    return {"values": values, "raw": raw}
