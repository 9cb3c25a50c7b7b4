"""docs/PERFORMANCE.md: puts each figure's table between its markers. What stands outside them is written by hand and stays."""
import os
import re

from . import rows


def cell(text):
    return str(text).replace("|", "\\|")


def caption(result):
    runs, m = result["runs"], result["machine"]
    n = {}
    for r in runs:
        n[r["backend"]] = n.get(r["backend"], 0) + 1
    many = max(n.values())
    each = " with each back end" if len(n) > 1 else ""
    said = f"{many} runs{each}: median (lowest–highest)" if many > 1 else f"One run{each}"
    busy = max(r["busy"] for r in runs)
    others = f"; others used up to {busy} % of the machine when a run began" if busy > 5 else ""
    return f"{said}. {m['date']}, {m['revision']}{others}."


def figure(module, result):
    """The lines between a figure's markers."""
    out = []
    if result["runs"]:
        out.append(caption(result))
        table = rows.table(module.ROWS, result["runs"])
        floors = any(row[3] for row in table)
        backends = any(row[1] for row in table)
        wants = any(row[5] for row in table)
        head = ["what"] + ["back end"] * backends + ["giad"] + ["floor, same run", "ratio"] * floors + ["wanted", ""] * wants
        out += ["", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
        for text, backend, value, floor, ratio, wanted, met in table:
            mark = {True: "met", False: "**falls short**", None: ""}[met]
            cells = [text] + ([backend] if backends else []) + [value] + ([floor, ratio] if floors else []) + ([wanted, mark] if wants else [])
            out.append("| " + " | ".join(cell(c) for c in cells) + " |")
    notes = list(dict.fromkeys(n for r in result["runs"] for n in r.get("notes", [])))
    if notes:
        out += ["", *(f"- {n}" for n in notes)]
    if result["left_out"]:
        out += ["", *(f"Left out: {why}." for why in result["left_out"])]
    return "\n".join(out).strip("\n")


def machines(kept):
    """One line for each machine that figures are from."""
    seen = {}
    for name, result in kept.items():
        m = result["machine"]
        key = (f"{m['model']}, {m['cpus']} processors, {m['memory_GB']} GB, kernel {m['kernel']}", "one run of each figure (`BENCH_QUICK=1`)" if result["quick"]
               else "the median of several runs")
        seen.setdefault(key, []).append((m["date"], name))
    out = []
    for (where, how), what in seen.items():
        dates = sorted({d for d, _ in what})
        days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        which = "" if len(seen) == 1 else " (" + ", ".join(n for _, n in what) + ")"
        out.append(f"Measured on {days}: {where}; {how}{which}.")
    return "\n".join(out)


def shortfalls(kept, modules):
    """Every row that is not what was wanted, first of all."""
    out = []
    for name, result in kept.items():
        for text, backend, value, _, ratio, wanted, met in rows.table(modules[name].ROWS, result["runs"]):
            if met is False:
                by_ratio = f" ({ratio} × the floor)" if "floor" in wanted else ""
                out.append(f"| {modules[name].TITLE} | {cell(text)} | {backend} | {value}{by_ratio} | {wanted} |")
    if not out:
        return "No figure falls short of what was wanted."
    return "\n".join(["| figure | what | back end | giad | wanted |", "| --- | --- | --- | --- | --- |", *out])


def replace(text, name, body):
    begin, end = f"<!-- begin bench {name} -->", f"<!-- end bench {name} -->"
    found = re.search(re.escape(begin) + r"\n.*?" + re.escape(end), text, re.S)
    if not found:
        return None
    return text[:found.start()] + f"{begin}\n{body}\n{end}" + text[found.end():]


def write(kept, modules, path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    parts = {"machine": machines(kept), "shortfalls": shortfalls(kept, modules)} if kept else {}
    parts.update({name: figure(modules[name], result) for name, result in kept.items() if result["runs"] or result["left_out"]})
    for name, body in parts.items():
        done = replace(text, name, body)
        if done is None:  # nobody has written about it yet
            title = modules[name].TITLE if name in modules else name
            done = text.rstrip("\n") + f"\n\n## {title}\n\n<!-- begin bench {name} -->\n{body}\n<!-- end bench {name} -->\n"
        text = done
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(path + ".new", path)
    print(f"{path} is written", flush=True)
