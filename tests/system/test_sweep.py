#!/usr/bin/env python3
"""What no event shows is found by a sweep, and a sweep of what has not changed reads nothing."""
import contextlib
import mmap
import os
import subprocess
import sys
import tempfile
import time

import harness
from harness import Giad, Skip, need_root, offending, wait_for

INTERVALS = "quarantine: {note: no}\nsweep: {interval: 6h}\n"


def swept(g):
    """When each workspace was swept last, or None while one is being swept."""
    all_ws = g.status()["workspaces"]
    return None if any(w["sweeping"] for w in all_ws) else [w.get("swept") for w in all_ws]


def sweep(g, *which):
    """Asks for one and waits until it has ended."""
    before = wait_for(lambda: swept(g))
    assert g.json("sweep", *which)["workspaces"] == (len(before) if not which else 1)
    wait_for(lambda: swept(g) not in (None, before), 60)


def found_by(g, path):
    """It may be gone before that is written down."""
    g.wait_event("finding", path=path)
    return [e["found_by"] for e in g.events("finding") if e["path"] == path]


def test_a_hard_link_that_is_written_from_outside():
    with Giad(extra=INTERVALS) as g:
        outside, inside = os.path.join(g.base, "outside"), g.path("linked.env")
        with open(outside, "w") as f:
            f.write("A=1\n")
        g.start().wait_walked()
        os.link(outside, inside)
        g.idle()
        with open(outside, "w") as f:
            f.write(offending(1))
        g.idle()
        assert os.path.exists(inside) and not g.events("finding")
        sweep(g)
        g.wait_gone(inside)
        assert found_by(g, inside) == ["sweep"], g.events("finding")


def test_a_mapping_that_is_written_and_never_closed():
    with Giad(extra=INTERVALS) as g:
        g.start().wait_walked()
        path = g.write("mapped.env", "\n" * 4096)
        with open(path, "r+b") as f:
            m = mmap.mmap(f.fileno(), 0)
        g.idle()
        text = offending(2).encode()
        m[: len(text)] = text
        m.flush()
        g.idle()
        if not os.path.exists(path):
            raise Skip("an event told of it")
        sweep(g)
        g.wait_gone(path)
        assert found_by(g, path) == ["sweep"], g.events("finding")


@contextlib.contextmanager
def bound(path):
    """Another mount of what lies at path."""
    need_root()
    with tempfile.TemporaryDirectory(prefix="giad-bound-") as at:
        if subprocess.run(["mount", "--bind", path, at]).returncode != 0:
            raise Skip("no mounts here")
        try:
            yield at
        finally:
            subprocess.run(["umount", "-l", at], check=True)


def test_a_write_through_another_mount():
    with Giad(extra=INTERVALS) as g:
        os.mkdir(g.path("below"))
        g.start().wait_walked()
        with bound(g.ws) as at:
            path = g.path("below/a.env")
            with open(os.path.join(at, "below/a.env"), "w") as f:
                f.write(offending(3))
            # inotify and fanotify go by the directory, not by the mount: there is nothing to sweep for
            g.wait_gone(path)
            assert found_by(g, path) == ["event"], g.events("finding")


def test_a_file_that_is_bound_to_a_place_outside():
    """The writer opens a name that is no name of the workspace's directory."""
    with Giad(extra=INTERVALS) as g:
        path = g.write("a.env", "A=1\n")
        g.start().wait_walked()
        g.idle()
        at = os.path.join(g.base, "elsewhere")
        open(at, "w").close()
        need_root()
        if subprocess.run(["mount", "--bind", path, at]).returncode != 0:
            raise Skip("no mounts here")
        try:
            with open(at, "w") as f:
                f.write(offending(4))
        finally:
            subprocess.run(["umount", "-l", at], check=True)
        sweep(g)
        g.wait_gone(path)
        return found_by(g, path)


def test_what_has_not_changed_is_not_read():
    with Giad(extra=INTERVALS) as g:
        g.write_all([(f"d{i % 40}/e{i % 7}/f{i}.txt", f"line {i}\n") for i in range(3000)])
        g.start().wait_walked()
        before = g.idle()
        ticks = sum(map(int, open(f"/proc/{g.process.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
        t = time.monotonic()
        sweep(g)
        took = time.monotonic() - t
        ticks = sum(map(int, open(f"/proc/{g.process.pid}/stat").read().rsplit(")", 1)[1].split()[11:13])) - ticks
        after = g.idle()["pipeline"]
        assert after["scans"] == before["pipeline"]["scans"], (before, after)
        return f"{took:.1f} s for 3000 files, {ticks * 10} ms of a processor with the questions"


def test_it_comes_by_itself_and_not_when_it_is_switched_off():
    with Giad(extra="quarantine: {note: no}\nsweep: {interval: 1s}\n") as g:
        outside, inside = os.path.join(g.base, "outside"), g.path("linked.env")
        with open(outside, "w") as f:
            f.write("A=1\n")
        os.link(outside, inside)
        g.start().wait_walked()
        assert "next_sweep" in g.status()["workspaces"][0] or g.status()["workspaces"][0]["sweeping"]
        with open(outside, "w") as f:
            f.write(offending(5))
        g.wait_gone(inside, 30)
        g.write_config(open(g.config).read().replace("interval: 1s", "interval: 0"))
        g.reload()
        wait_for(lambda: "not again" in g.ctl("status").stdout)
        last = wait_for(lambda: swept(g))
        time.sleep(2)
        assert swept(g) == last


def test_only_workspaces_that_are_there_can_be_swept():
    with Giad(extra=INTERVALS) as g:
        g.start().wait_walked()
        p = g.ctl("sweep", "/nowhere", check=False)
        assert p.returncode == 2 and "/nowhere is no workspace" in p.stderr, p
        sweep(g, g.ws)
        assert "Swept" in g.ctl("status").stdout and "next 2" in g.ctl("status").stdout


def test_nothing_was_walked_before_it_was():
    with Giad(extra=INTERVALS) as g:
        g.write_all([(f"d{i % 50}/f{i}.txt", "x\n") for i in range(5000)])
        g.start(wait=False)
        seen = wait_for(lambda: (lambda s: s and s["walked"] and s)(g.status(check=False)), 60)
        # the directories, and what is in them
        assert seen["watcher"]["walked"] >= 5050, seen["watcher"]


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
