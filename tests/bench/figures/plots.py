"""The plots of docs/PERFORMANCE.md, by gnuplot: how long until a file is gone, how far verdicts fall behind in a burst, what an event costs."""
import os
import shutil
import subprocess

from .common import quantile

COLOUR = {"inotify": "#1f5fa8", "fanotify": "#c8551b"}
HEAD = """set terminal svg size 760,420 font "sans-serif,13" background "#ffffff" linewidth 1.4
set output "{svg}"
set border 3 lc rgb "#444444"
set tics nomirror
set grid lc rgb "#dddddd" lt 1
set key tmargin center horizontal maxcols 2 Left reverse samplen 3 spacing 1.2
"""


def data(path, pairs):
    with open(path, "w", encoding="ascii") as f:
        f.writelines(f"{x:g} {y:g}\n" for x, y in pairs)
    return path


def draw_one(directory, name, lines, curves):
    """curves: (file, style, title)"""
    svg = os.path.join(directory, f"{name}.svg")
    plot = ", \\\n     ".join(f'"{path}" using 1:2 with {style} title "{title}"' for path, style, title in curves)
    script = HEAD.format(svg=svg + ".new") + "\n".join(lines) + f"\nplot {plot}\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    os.replace(svg + ".new", svg)
    print(f"{svg} is drawn", flush=True)


def by_backend(result, key):
    out = {}
    for r in (result or {}).get("runs", []):
        if r["raw"].get(key):
            out.setdefault(r["backend"], []).append(r["raw"][key])
    return out


def latency(result, directory, scratch):
    """Of all runs together: how many of 100 files were gone, or told to the bare reader, after so long."""
    curves = []
    for key, what, dash in (("gone", "giad: file gone", 1), ("reader", "bare reader: event read", 2)):
        for backend, runs in by_backend(result, key).items():
            values = sorted(x for run in runs for x in run)
            steps = [(values[i], 100 * (i + 1) / len(values)) for i in range(0, len(values), max(1, len(values) // 300))]
            path = data(os.path.join(scratch, f"latency-{key}-{backend}.dat"), [*steps, (values[-1], 100)])
            curves.append((path, f'steps lw 2 dt {dash} lc rgb "{COLOUR[backend]}"', f"{what}, {backend}"))
    if curves:
        draw_one(directory, "latency", [
            'set xlabel "time after close(2), µs (logarithmic)"', 'set ylabel "files, per cent"', "set logscale x", "set xrange [1:10000]",
            "set yrange [0:102]", 'set format x "%.0f"'], curves)


def lag(result, directory, scratch):
    """Of the run in the middle: files that are written and still there, over time."""
    curves, longest = [], 0
    for backend, runs in by_backend(result, "times").items():
        runs = sorted(runs, key=lambda pairs: max(d for _, d in pairs if d is not None))
        pairs = runs[len(runs) // 2]
        steps = sorted([(closed, 1) for closed, _ in pairs] + [(done, -1) for _, done in pairs if done is not None])
        behind, points = 0, [(0, 0)]
        for t, step in steps:
            behind += step
            points.append((t, behind))
        longest = max(longest, points[-1][0])
        points = [*points[::max(1, len(points) // 600)], points[-1]]
        path = data(os.path.join(scratch, f"lag-{backend}.dat"), points)
        written = max(closed for closed, _ in pairs)
        curves.append((path, f'steps lw 2 lc rgb "{COLOUR[backend]}"', f"{backend} (the last file is written at {written:.0f} ms)"))
    if curves:
        draw_one(directory, "lag", [
            'set xlabel "time since the first file, ms"', 'set ylabel "files written and not yet gone"', f"set xrange [0:{longest * 1.05:g}]",
            "set yrange [0:*]"], curves)


def cost(result, directory, scratch):
    """The median of all runs: processor time for one event against the size of the tree."""
    curves = []
    for backend, runs in by_backend(result, "cost").items():
        sizes = sorted({files for run in runs for files, _ in run})
        points = [(files, quantile([us for run in runs for f, us in run if f == files], 50)) for files in sizes]
        path = data(os.path.join(scratch, f"cost-{backend}.dat"), points)
        curves.append((path, f'linespoints lw 2 pt 7 ps 0.7 lc rgb "{COLOUR[backend]}"', backend))
    if curves:
        draw_one(directory, "cost", [
            'set xlabel "files in the tree (logarithmic)"', 'set ylabel "processor time for one event, µs"', "set logscale x", "set xrange [700:1500000]",
            'set xtics ("1 000" 1000, "10 000" 10000, "100 000" 100000, "1 000 000" 1000000)', "set yrange [0:*]"], curves)


def draw(kept, directory, scratch):
    if not shutil.which("gnuplot"):
        print("no gnuplot (Debian's gnuplot-nox): the plots are left as they are", flush=True)
        return
    os.makedirs(directory, exist_ok=True)
    latency(kept.get("latency"), directory, scratch)
    lag(kept.get("burst"), directory, scratch)
    cost(kept.get("growth"), directory, scratch)
