#!/usr/bin/env python3
"""Which file is looked at first when many wait, and what a flood or a sweep costs the others, with a real giad."""
import contextlib
import os
import signal
import subprocess
import sys
import time

import harness
from harness import SCALE, Giad, offending, wait_for

FLOOD = 50000 if SCALE == "full" else 5000
AHEAD = 8  # what a scanner is given at once (daemon/scan/pool-internal.h)
QUANTUM = 4  # small files that a workspace has at each of its turns (daemon/turns.h)


def scanners(g):
    return [int(pid) for pid in subprocess.run(["pgrep", "-P", str(g.process.pid), "giad-scanner"], stdout=subprocess.PIPE, text=True).stdout.split()]


@contextlib.contextmanager
def stopped(pids):
    """What is written meanwhile waits, all of it, before the first is looked at."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def write(path, content):
    with open(path, "w") as f:
        f.write(content)
    return path


def all_wait(g, n):
    wait_for(lambda: g.status()["pipeline"]["pending"] >= n, 60)


def order_of_findings(g):
    """The paths, in the order in which their findings were told, each once."""
    return list(dict.fromkeys(e["path"] for e in g.events("finding")))


def two_workspaces(**kwargs):
    g = Giad(**kwargs)
    g.workspaces = [os.path.join(g.base, "a"), os.path.join(g.base, "b")]
    for w in g.workspaces:
        os.mkdir(w)
    g.write_config()
    return g


REPORT = "\n  - {action: report}\n"


def test_a_flood_in_one_workspace_delays_another_by_a_few_files():
    n = 3000
    with two_workspaces(policy=REPORT) as g:
        g.start().wait_walked()
        a, b = g.workspaces
        pids = scanners(g)
        with stopped(pids):
            for i in range(n):
                write(f"{a}/{i}.txt", offending(i))
            for i in range(5):
                write(f"{b}/{i}.txt", offending(i))
            all_wait(g, n + 5)
        wait_for(lambda: len(order_of_findings(g)) == n + 5, 60)
        order = order_of_findings(g)
        last = max(order.index(f"{b}/{i}.txt") for i in range(5))
        # what the scanners had already, and two turns of the other workspace; the scanners end in any order
        most = 2 * AHEAD * len(pids) + 2 * QUANTUM + 5
        assert last <= most, f"the last of them came after {last} files, of at most {most}"
        return f"the last of five came after {last} of {n}"


def latency(g, directory, n=40, busy=lambda: True):
    """Median and worst time in ms from the close of an offending file until it is gone, one at a time."""
    times = []
    for i in range(n):
        if not busy():
            break
        path = os.path.join(directory, f"{i}.env")
        fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
        os.write(fd, offending(i).encode())
        t = time.perf_counter()
        os.close(fd)
        wait_for(lambda: not os.path.lexists(path), 30, 0.0002)
        times.append((time.perf_counter() - t) * 1e3)
        time.sleep(0.02)
    return f"{sorted(times)[len(times) // 2]:.1f} (worst {max(times):.1f}) ms" if times else "none"


def flood(directory, n):
    """A process that writes n ordinary files as fast as it can, and more while it is let."""
    program = f"""import itertools
for i in itertools.count():
    with open("{directory}/%d.py" % (i % {n}), "w") as f:
        f.write("def handler(event):\\n    return event\\n" * 40)
"""
    return subprocess.Popen([sys.executable, "-c", program])


def test_who_writes_beside_a_flood_waits_no_longer():
    with two_workspaces() as g:
        g.start().wait_walked()
        a, b = g.workspaces
        idle = latency(g, b)
        writer = flood(a, FLOOD)
        try:
            wait_for(lambda: g.status()["pipeline"]["scans"] > 1000, 30)
            beside = latency(g, b)
        finally:
            writer.kill()
            writer.wait()
        gaps = [gap["reason"] for gap in g.status()["workspaces"][1]["gaps"]]
        assert "work-limit" not in gaps, gaps
        return f"close → gone {idle}; beside a flood {beside}"


def test_more_than_may_wait_in_one_workspace_leaves_room_in_another():
    with two_workspaces(policy=REPORT, extra="limits: {pending: 1000}\n") as g:
        g.start().wait_walked()
        a, b = g.workspaces
        with stopped(scanners(g)):
            for i in range(1500):
                write(f"{a}/{i}.txt", "x")
            all_wait(g, 800)
            for i in range(20):
                write(f"{b}/{i}.txt", offending(i))
            all_wait(g, 820)
            gaps = [{gap["reason"] for gap in w["gaps"]} for w in g.status()["workspaces"]]
            assert "work-limit" in gaps[0] and "work-limit" not in gaps[1], gaps
        wait_for(lambda: len(order_of_findings(g)) == 20)
        wait_for(lambda: not any(w["gaps"] for w in g.status()["workspaces"]), 30)


def test_names_that_are_likely_artefacts_go_first():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        pids = scanners(g)
        with stopped(pids):
            for i in range(500):
                g.write(f"{i}.txt", offending(i))
            for name in (".env", "k8s/rbac.txt", "id_rsa"):
                g.write(name, offending(1000))
            all_wait(g, 503)
        wait_for(lambda: len(order_of_findings(g)) == 503)
        order = order_of_findings(g)
        last = max(order.index(g.path(name)) for name in (".env", "k8s/rbac.txt", "id_rsa"))
        assert last <= 2 * AHEAD * len(pids) + 3, f"after {last} others"


def policy(pid):
    """Scheduling policy: 0 normal, 5 idle (field 41 of proc(5), stat)."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return int(f.read().rsplit(")", 1)[1].split()[38])


def sweepers(g):
    found = []
    for pid in scanners(g):
        with contextlib.suppress(OSError):
            if policy(pid) == os.SCHED_IDLE:
                found.append(pid)
    return found


def old_files(g, n):
    """Files that were not changed a moment ago, every hundredth of which offends; those."""
    g.write_all([(f"old/{i // 100}/{i % 100}.txt", offending(i) if i % 100 == 99 else f"chapter {i}\n" * 30) for i in range(n)])
    time.sleep(11)
    return [g.path(f"old/{i}/99.txt") for i in range(n // 100)]


def test_a_sweep_has_idle_priority_and_goes_on_where_others_want_the_processor():
    with Giad(extra="scanner: {user: nobody, workers: 2, deadline: 1s}\n") as g:
        old = old_files(g, 20000)
        g.start(wait=False)
        found = wait_for(lambda: sweepers(g) if len(sweepers(g)) == 2 else None, 30, 0.001)
        with stopped(found):  # they never have it
            t = time.perf_counter()
            g.wait_gone(g.write(".env", offending(1)))
            fresh = time.perf_counter() - t
            pending = g.status()["pipeline"]["pending"]
            if pending == 0:
                raise harness.Skip("it was over too soon")
            others = [pid for pid in scanners(g) if pid not in found and policy(pid) == 0]
            assert len(others) == 2, others
            wait_for(lambda: not any(os.path.exists(path) for path in old), 120, 0.1)
            swept = time.perf_counter() - t
        g.idle()
        s = g.status()["scanner"]
        assert s["deaths"] == 0 and not g.events("not-scanned"), s
        return f"with {pending} waiting an offending file was gone after {fresh * 1e3:.0f} ms; all others after {swept:.1f} s"


def test_without_that_priority_all_scanners_sweep():
    with Giad(extra="scanner: {user: nobody, workers: 2, nice: 5, sweep_priority: normal}\n") as g:
        old = old_files(g, 2000)
        g.start()
        wait_for(lambda: not any(os.path.exists(path) for path in old), 60)
        assert not sweepers(g) and g.status()["scanner"]["sweepers"] == 0
        assert [os.getpriority(os.PRIO_PROCESS, pid) for pid in scanners(g)] == [5, 5]


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
