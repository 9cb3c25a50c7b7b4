"""The figures of docs/PERFORMANCE.md: one module each. tests/bench/run runs them, page.py and plots.py write what they found.

A module has
    TITLE, BACKENDS      (None,): the back end does not matter
    FULL, QUICK          how many runs (default: 5 and 1)
    NEEDS                of "root", "loop", "fanotify": where that is missing, the figure is left out
    ROWS                 of the table (rows.Row)
    measure(bench, backend) -> {"values": {key: number}, "raw": {...}, "notes": [...]}
"""
ORDER = ["latency", "burst", "tree", "day", "arming", "sweep", "growth", "idle", "gate", "writers", "scanning", "register", "startup", "classify"]
