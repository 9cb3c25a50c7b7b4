"""From exec to ready, with compiled patterns kept and without, and what each process takes at most."""
import os

from .common import fields, run
from .rows import Row

TITLE = "Start and memory"
BACKENDS = (None,)
NEEDS = {"root"}
FULL, QUICK = 1, 1  # tests/bench/startup itself takes the median of five starts
ROWS = [
    Row("cached_ms", "ready after exec, patterns kept", "ms"),
    Row("cold_ms", "ready after exec, patterns compiled", "ms"),
    Row("monitor", "the monitor's memory, peak", "MB"),
    Row("scanner", "a scanner's", "MB"),
    Row("compiler", "that of the child that compiles", "MB"),
    Row("patterns", "patterns kept", "MB"),
]


def measure(_bench, _backend):
    f = fields(run(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "startup")))
    values = {k: f[k] for k in ("cached_ms", "cold_ms")}
    values.update({k: f[f"{k}_KiB"] / 1024 for k in ("monitor", "scanner", "compiler", "patterns")})
    return {"values": values, "raw": {}}
