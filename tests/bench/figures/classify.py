"""How often a file's kind is named rightly (tests/bench/classify-rate), and how fast."""
import glob
import os
import re
import time

from .common import TOP, Skip, run
from .rows import Row

TITLE = "Classification"
BACKENDS = (None,)
FULL, QUICK = 1, 1  # it is the same each time
ROWS = [
    Row("right", "labelled artefacts named rightly", "%", least=98),
    Row("wrong", "ordinary files called an artefact", "%", most=1),
    Row("seconds", "time for all of them", "s"),
]


def measure(_bench, _backend):
    corpora = sorted(glob.glob(os.path.join(TOP, "../shared/corpus/*.dev.jsonl.gz")))
    if not corpora:
        raise Skip("needs the corpora of shared/corpus, which are not here")
    t = time.monotonic()
    out = run(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "classify-rate"),
              f"--giactl={os.path.join(os.environ['GIAD_ROOT'], 'bin/giactl')}", *corpora, check=False)
    values, notes = {"seconds": time.monotonic() - t}, []
    for key, start in (("right", "corpus:"), ("wrong", "ordinary")):
        line = next((x for x in out.splitlines() if x.startswith(start)), "")
        m = re.search(r"\(([\d.]+) %\)", line)
        if m:
            values[key] = float(m[1])
            notes.append(line)
    return {"values": values, "raw": {}, "notes": notes}
