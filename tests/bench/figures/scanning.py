"""How fast bytes are looked at on one core, beside the pattern engine alone over the same bytes in memory."""
import os
import re

from .common import TOP, run
from .rows import Row

TITLE = "Detection"
BACKENDS = (None,)
FULL, QUICK = 1, 1  # scan-rate itself takes the median of five passes
TREES = {"include": "/usr/include", "python311": "/usr/lib/python3.11", "dist": "/usr/lib/python3/dist-packages", "perl": "/usr/share/perl"}
ROWS = [row for key, tree in TREES.items() for row in (
    Row(f"{key}_large", f"`{tree}`, files over 64 KiB", "MB/s", f"{key}_large_floor", "engine alone"),
    Row(f"{key}_all", f"`{tree}`, all files", "MB/s", f"{key}_all_floor", "engine alone"))]


def measure(bench, _backend):
    values, notes = {}, []
    for key, tree in TREES.items():
        if not os.path.isdir(tree):
            continue
        out = run(bench.program("scan-rate"), f"--rules={os.path.join(TOP, 'detectors/rules')}", "--rounds=5", tree)
        for part, name in (("over 64 KiB", "large"), ("all", "all")):
            m = re.search(rf"(?m)^{part}:.*floor=(\d+) MB/s scan=(\d+) MB/s", out)
            values[f"{key}_{name}_floor"], values[f"{key}_{name}"] = float(m[1]), float(m[2])
        m = re.search(r"files=(\d+) MB=([\d.]+)", out)
        notes.append(f"`{tree}`: {int(m[1]):,} files, {float(m[2]):.0f} MB, {out.rsplit(',', 1)[1].split()[0]} µs a file".replace(",", " ", 1))
    return {"values": values, "raw": {}, "notes": notes}
