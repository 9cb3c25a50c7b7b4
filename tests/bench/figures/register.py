"""The register with a million artefacts: what putting one costs, what each question costs, by itself and through a running giad."""
import os
import shutil
import subprocess
import time

from .common import GIACTL, fields, proc_status, run
from .rows import Row, thousands

TITLE = "The register"
BACKENDS = (None,)
NEEDS = {"root"}
FULL, QUICK = 1, 1
N = 1_000_000
FILTERS = {
    "none": [],
    "workspace": ["--workspace=/srv/agents/agent-07/work"],
    "state": ["--state=quarantined"],
    "kind": ["--artefact=ci-workflow"],
    "class": ["--class=npm-token"],
    "severity": ["--severity=critical"],
    "agent": ["--agent=agent-07"],
    "seen": ["--seen-since=1d"],
    "several": ["--agent=agent-07", "--state=pending", "--severity=high"],
    "path": ["--path=service-12*/deploy/module-03/*-7*.tf"],
    "nothing": ["--path=no/such/*.file"],
}
WORDS = {"none": "no filter", "seen": "seen since", "several": "agent, state and severity", "path": "a glob over all paths", "nothing": "one that matches nothing"}
ROWS = [
    Row("put_per_s", f"artefacts put each second, of {thousands(N)} in the order of a walk", "", least=6000),
    Row("put_cpu_us", "processor time of each", "µs"),
    Row("scattered_per_s", "put each second, in no order, the last tenth", "", least=6000),
    Row("told_per_s", "changed each second, with three events each", "", least=6000),
    Row("MB", "the register's file", "MB"),
    *(Row(f"{k}_ms", f"giactl inventory, {WORDS.get(k, k)}", "ms", most=300) for k in FILTERS),
    Row("step_ms", "longest step of these, in the loop", "ms"),
    Row("csv_s", "all of it as CSV", "s"),
    Row("status_ms", "giactl status meanwhile, 99 of 100", "ms"),
    Row("ready_ms", "giad ready after exec", "ms"),
    Row("memory", "giad's memory, peak", "MB"),
]


def ask(g, *options):
    """Milliseconds until giactl has shown the first thousand: the best of three, since others use the machine, too."""
    def once():
        t = time.monotonic()
        g.ctl("inventory", *options)
        return (time.monotonic() - t) * 1000
    return min(once() for _ in range(3))


def export(g, values):
    """As a spreadsheet takes it; and how long others wait for giad meanwhile."""
    waits, t = [], time.monotonic()
    with subprocess.Popen([GIACTL, f"--config={g.config}", "--output=csv", "inventory"], stdout=subprocess.DEVNULL) as p:
        while p.poll() is None:
            begin = time.monotonic()
            g.status()
            waits.append((time.monotonic() - begin) * 1000)
            time.sleep(0.02)
    if p.returncode != 0:
        raise RuntimeError("giactl inventory failed")
    values["csv_s"], values["status_ms"] = time.monotonic() - t, sorted(waits)[int(len(waits) * 0.99)]


def measure(bench, _backend):
    n, program = N // 10 if bench.quick else N, bench.program("register-rate")
    path, other = os.path.join(bench.tmp, "register.db"), os.path.join(bench.tmp, "scattered.db")
    f = fields(run(program, "fill", path, str(n)))
    values = {"put_per_s": f["all_per_s"], "told_per_s": f["told_per_s"], "put_cpu_us": f["last_cpu_us"], "MB": f["MB"]}
    values["scattered_per_s"] = fields(run(program, "fill", other, str(n), "scattered"))["last_per_s"]
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(other + suffix):
            os.unlink(other + suffix)
    steps = fields(run(program, "query", path).replace("\n", " "))
    values["step_ms"] = max(v for k, v in steps.items() if k.endswith("_step_ms"))
    with bench.giad(os.path.join(bench.tmp, "base"), None, extra=f"limits: {{artefacts_kept: {N}}}\n", start=False) as g:
        os.makedirs(os.path.join(g.base, "state"), mode=0o700, exist_ok=True)
        shutil.move(path, os.path.join(g.base, "state/register.db"))
        t = time.monotonic()
        g.start()
        values["ready_ms"] = (time.monotonic() - t) * 1000
        g.wait_walked()
        for k, options in FILTERS.items():
            values[f"{k}_ms"] = ask(g, *options)
        export(g, values)
        values["memory"] = proc_status(g.process.pid, "VmHWM") / 1024
    return {"values": values, "raw": {}}
