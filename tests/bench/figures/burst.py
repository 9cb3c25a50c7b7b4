"""Many offending files as fast as one writer can make them: how far the verdicts fall behind, and whether any file stays."""
import datetime
import os

from .common import Control, fields, offending, quantile, run, times
from .rows import Row, thousands

TITLE = "A burst"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
N = 2000
RACES = 10
ROWS = [
    Row("per_second", f"gone each second, burst of {thousands(N)}", "", "writer_per_second", "bare writer", least=6000),
    Row("median", "close → gone in it, median", "ms"),
    Row("p99", "close → gone in it, 99 of 100", "ms"),
    Row("durable", "last file gone → all stored for good", "s", most=3),
    Row("left", f"1 000 files in 200 fresh directories, {RACES} times: left behind", "files", most=0),
    Row("race_median", "close → gone there, median", "ms"),
]


def last_stored(g):
    """When the last quarantined event was made, in nanoseconds of the wall clock: it comes when the entry is on the disk and committed."""
    last = max(e["time"] for e in g.events("quarantined"))
    return datetime.datetime.fromisoformat(last.replace("Z", "+00:00")).timestamp() * 1e9


def race(bench, g, control, values):
    left, medians = 0, []
    for i in range(RACES):
        os.mkdir(g.path(f"race{i}"))
        f = fields(run(bench.peer("clamlat"), g.path(f"race{i}"), os.path.join(g.base, "state/quarantine"), "1000", "0", "20", "5", OFFENCE=offending(i)))
        left += int(f["left_behind"])
        medians.append(f["median_ms"])
        control.until_quiet()
    values["left"], values["race_median"] = left, quantile(medians, 50)


def measure(bench, backend):
    values, raw = {}, {}
    with bench.file_system() as base:
        os.mkdir(os.path.join(base, "bare"))
        values["writer_per_second"] = N / times(bench, "bare", os.path.join(base, "bare"), N, 0)[2]
        with bench.giad(base, backend) as g:
            control = Control(g)
            os.mkdir(g.path("raw"))
            pairs, begin, _ = times(bench, "gone", g.path("raw"), N, 0, offending(1))
            control.until_quiet()
            gone = [done for _, done in pairs if done is not None]
            values.update(per_second=len(gone) / max(gone) * 1e9, durable=max(0.0, (last_stored(g) - begin - max(gone)) / 1e9))
            lags = [(done - closed) / 1e6 for closed, done in pairs if done is not None]
            values["median"], values["p99"] = quantile(lags, 50), quantile(lags, 99)
            raw["times"] = [[closed / 1e6, done / 1e6 if done is not None else None] for closed, done in pairs]
            if bench.source:
                os.mkdir(g.path("clamlat"))
                f = fields(run(bench.peer("clamlat"), g.path("clamlat"), os.path.join(g.base, "state/quarantine"), str(N), "0", "60", OFFENCE=offending(2)))
                values.update(per_second=f["files_per_s"], median=f["median_ms"], p99=f["p99_ms"])
                control.until_quiet()
                race(bench, g, control, values)
    return {"values": values, "raw": raw}
