"""The rows of a figure's table: what a value is called, its floor, and what was wanted of it."""
import statistics
from dataclasses import dataclass
from typing import Optional, Union

Limit = Optional[Union[float, dict]]  # one number, or one for each back end


@dataclass
class Row:
    key: str
    text: str
    unit: str = ""
    floor: Optional[str] = None  # the key of its floor, taken in the same run
    floor_text: str = ""
    most: Limit = None  # what was wanted: not more than this,
    least: Limit = None  # not less than this,
    most_ratio: Limit = None  # not more than this many times the floor
    wanted: str = ""  # in words, where no number says it


def of(limit, backend):
    return limit.get(backend) if isinstance(limit, dict) else limit


def thousands(n):
    return f"{n:,}".replace(",", " ")


def number(x, unit=""):
    """Three digits that mean something, thousands with a space."""
    if x == 0:
        text = "0"
    elif abs(x) >= 100 or float(x).is_integer():
        text = thousands(round(x))
    elif abs(x) >= 10:
        text = f"{x:.1f}"
    elif abs(x) >= 1:
        text = f"{x:.2f}"
    else:
        text = f"{x:.2g}"
    return f"{text} {unit}".rstrip()


def spread(values, unit):
    """The median, and how far the runs lie apart."""
    middle = number(statistics.median(values), unit)
    if len(values) == 1 or max(values) == min(values):
        return middle
    return f"{middle} ({number(min(values))}–{number(max(values))})"


def of_runs(runs, key):
    return [r["values"][key] for r in runs if r["values"].get(key) is not None]


def judge(row, backend, middle, ratio):
    """What was wanted, and whether it is so: True, False, or None if nothing was."""
    most, least, most_ratio = of(row.most, backend), of(row.least, backend), of(row.most_ratio, backend)
    wanted, met = [], []
    if most is not None:
        wanted.append(f"≤ {number(most, row.unit)}" if most else number(most, row.unit))
        met.append(middle <= most)
    if least is not None:
        wanted.append(f"≥ {number(least, row.unit)}")
        met.append(middle >= least)
    if most_ratio is not None and ratio is not None:
        wanted.append(f"≤ {number(most_ratio)} × the floor")
        met.append(ratio <= most_ratio)
    return row.wanted or ", ".join(wanted), all(met) if met else None


def table(rows, runs):
    """The rows as (text, back end, figure, floor, ratio, wanted, met), one for each back end that has them."""
    out = []
    for row in rows:
        for backend in dict.fromkeys(r["backend"] for r in runs):
            mine = [r for r in runs if r["backend"] == backend]
            values, floors = of_runs(mine, row.key), of_runs(mine, row.floor) if row.floor else []
            if not values:
                continue
            middle = statistics.median(values)
            ratio = middle / statistics.median(floors) if floors and statistics.median(floors) else None
            wanted, met = judge(row, backend, middle, ratio)
            floor = f"{spread(floors, row.unit)} {row.floor_text}".rstrip() if floors else ""
            out.append((row.text, backend or "", spread(values, row.unit), floor, f"{ratio:.2f}" if ratio is not None else "", wanted, met))
    return out
