"""The gate's own programs, where they are built: their lines as they are."""
import os

from .common import Skip, run

TITLE = "The gate"
BACKENDS = (None,)
NEEDS = {"root", "loop", "fanotify"}
FULL = 1  # it takes medians itself
ROWS = []


def measure(bench, _backend):
    program = bench.program("gate-cost", needed=False)
    if not program:
        raise Skip("tests/bench/gate-cost is not built")
    with bench.file_system() as base:
        top = os.path.join(base, "gate")
        os.mkdir(top)
        out = run(program, top, check=False)
    return {"values": {}, "raw": {}, "notes": [f"`{line}`" for line in out.splitlines() if line.strip()]}
