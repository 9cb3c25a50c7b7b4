#!/usr/bin/env python3
"""`mode: gate`: nobody reads what offends, everything else comes through, and the host is never held up for long."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import harness
from harness import GIACTL, TOP, Giad, Skip, fanotify_is_permitted, need_root, offending, token, wait_for

ANOTHER = 4009  # a uid


@contextlib.contextmanager
def file_system():
    """An ext4 of its own: what happens at the gate is not to hold up the machine that runs the tests."""
    need_root()
    if not fanotify_is_permitted():
        raise Skip("fanotify is not permitted here")
    with tempfile.TemporaryDirectory(prefix="giad-gate-") as tmp:
        image, base = os.path.join(tmp, "image"), os.path.join(tmp, "fs")
        os.chmod(tmp, 0o755)
        os.mkdir(base)
        subprocess.run(["truncate", "-s", "256M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        if subprocess.run(["mount", "-o", "loop", image, base]).returncode != 0:
            raise Skip("no loop device here")
        try:
            os.chmod(base, 0o755)
            os.mkdir(os.path.join(base, "giad"))
            yield base
        finally:
            subprocess.run(["umount", "-l", base], check=True)


@contextlib.contextmanager
def gated(more="mode: gate", extra="quarantine: {note: no}\n", start=True):
    with file_system() as base, Giad(base=os.path.join(base, "giad"), backend="fanotify", extra=extra) as g:
        os.chmod(g.ws, 0o777)
        set_workspace(g, more)
        if start:
            g.start().wait_walked()
            assert [w["gated"] for w in g.status()["workspaces"]] == ["mode: gate" in more], g.status()["workspaces"]
        yield g


def set_workspace(g, more):
    text = open(g.config).read()
    assert "backend: fanotify," in text
    g.write_config(text.replace("backend: fanotify,", f"backend: fanotify, {more}," if more else "backend: fanotify,"))


def read_as(uid, path):
    """What somebody else gets who reads it: its content, or why not."""
    p = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "cat", path], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, timeout=60)
    return p.stdout if p.returncode == 0 else p.stderr.strip().rsplit(": ", 1)[-1]


def test_who_opens_what_offends_is_refused_and_told_of():
    with gated() as g:
        harmless, path = g.write("harmless.txt", "hello\n"), g.write("below/.env", "A=1\n")
        assert read_as(ANOTHER, harmless) == "hello\n" and read_as(ANOTHER, path) == "A=1\n"
        with open(path, "w") as f:
            f.write(offending(1))
            f.flush()
            # while it is being written, too
            said = read_as(ANOTHER, path)
            assert said in ("Operation not permitted", "No such file or directory"), said
        g.wait_gone(path)
        e = g.wait_event("open-denied")
        assert e["action"] == "deny" and e["inode"] and e["workspace"] == g.ws, e
        assert e["opener_uid"] in (ANOTHER, os.getuid()) and e["opener_pid"] and e["opener_comm"], e
        assert e["path"] == path, e
        assert read_as(ANOTHER, harmless) == "hello\n"
        assert g.status()["gate"]["denied"] >= 1
        assert "fanotify+gate" in g.ctl("status").stdout and " refused, 0 let in without a verdict" in g.ctl("status").stdout


def test_a_race_shows_nothing():
    with gated() as g:
        program = os.path.join(TOP, "build/release/tests/bench/gate-race")
        if not os.path.exists(program):
            subprocess.run(["make", "-s", "-C", os.path.join(TOP, "build/release"), "tests/bench/gate-race"], check=True,
                           stdout=subprocess.DEVNULL)
        offence = os.path.join(g.base, "offence")
        with open(offence, "w") as f:
            f.write(offending(1))
        p = subprocess.run([program, "--rounds=600", "--look=150", f"--offence={offence}", g.ws], stdout=subprocess.PIPE, text=True,
                           timeout=120)
        assert p.returncode == 0, p.stdout
        return p.stdout.strip().splitlines()[-1]


def test_a_stopped_giad_does_not_stop_the_host():
    with gated() as g:
        path = g.write("a.txt", "one\n")
        assert read_as(ANOTHER, path) == "one\n"
        os.kill(g.process.pid, signal.SIGSTOP)
        t = time.monotonic()
        assert read_as(ANOTHER, g.write("b.txt", "two\n")) == "two\n"
        took = time.monotonic() - t
        assert took < 6, took
        # the guard ended it
        assert g.process.wait(10) == -signal.SIGKILL
        left = g.write("c.env", offending(2))
        assert "GITLAB" in read_as(ANOTHER, left)
        g.start().wait_walked()
        g.wait_gone(left)
        for kind in ("gap-opened", "gap-closed"):
            wait_for(lambda k=kind: len([e for e in g.events(k) if e["reason"] == "gate-down"]) == 2)
        return f"waited {took:.1f} s"


def test_a_killed_giad_lets_everybody_in():
    with gated(extra="quarantine: {note: no}\ngate: {deadline: 20s}\n") as g:
        for pid in children(g.process.pid, "giad-scanner"):
            os.kill(pid, signal.SIGSTOP)
        path = g.write("a.txt", "one\n")
        opener = subprocess.Popen(["cat", path], stdout=subprocess.PIPE, text=True)
        wait_for(lambda: g.status()["gate"]["waiting"] >= 1)
        pids = children(g.process.pid, "giad-guard")
        t = time.monotonic()
        g.kill()
        assert opener.communicate(timeout=10)[0] == "one\n"
        took = time.monotonic() - t
        assert took < 1, took
        wait_for(lambda: not any(os.path.exists(f"/proc/{p}") for p in pids))


def test_a_guard_that_ends_is_replaced():
    with gated() as g:
        [guard] = children(g.process.pid, "giad-guard")
        os.kill(guard, signal.SIGKILL)
        wait_for(lambda: [p for p in children(g.process.pid, "giad-guard") if p != guard])
        wait_for(lambda: g.status()["workspaces"][0]["gated"])
        g.wait_walked()
        path = g.write("a.txt", "one\n")
        assert read_as(ANOTHER, path) == "one\n" and g.status()["gate"]["opens"] > 0
        # the new one does what the other did
        os.kill(g.process.pid, signal.SIGSTOP)
        assert read_as(ANOTHER, g.write("b.txt", "two\n")) == "two\n"
        assert g.process.wait(10) == -signal.SIGKILL


def children(pid, name):
    out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], stdout=subprocess.PIPE, text=True).stdout
    return [int(line.split()[0]) for line in out.splitlines() if line.split()[1] == name]


def test_without_a_verdict_in_time_the_configuration_decides():
    for late, said in (("allow", "one\n"), ("deny", "Operation not permitted")):
        with gated(more=f"mode: gate, late: {late}", extra="quarantine: {note: no}\ngate: {deadline: 300ms}\n") as g:
            pids = children(g.process.pid, "giad-scanner")
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            t = time.monotonic()
            assert read_as(ANOTHER, g.write("a.txt", "one\n")) == said
            assert 0.25 < time.monotonic() - t < 3
            if late == "deny":
                e = g.wait_event("open-denied")
                assert e["reason"] == "gate-late" and e["opener_uid"] == ANOTHER, e
            else:
                g.wait_event("gap-opened", reason="gate-late")
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            wait_for(lambda: read_as(ANOTHER, g.path("a.txt")) == "one\n")
            if late == "allow":
                g.wait_event("gap-closed", reason="gate-late")


def test_it_can_be_asked_for_by_a_reload_and_given_back():
    with gated(more="") as g:
        assert "gate" not in g.status()
        set_workspace(g, "mode: gate")
        g.reload()
        wait_for(lambda: g.status()["workspaces"][0]["gated"])
        g.wait_walked()
        assert read_as(ANOTHER, g.write("a.txt", "one\n")) == "one\n"
        assert g.status()["gate"]["opens"] > 0
        g.write_config(open(g.config).read().replace(" mode: gate,", ""))
        g.reload()
        wait_for(lambda: not g.status()["workspaces"][0]["gated"])
        assert "gate" not in g.status()
        assert not children(g.process.pid, "giad-guard")


def test_a_stricter_policy_counts_at_once():
    with gated() as g:
        path = g.write("main.txt", "password = hunter2hunter2\n")
        assert "hunter2" in read_as(ANOTHER, path)
        g.policy = "\n  - {when: {kind: secret}, action: quarantine}\n  - {action: report}\n"
        g.write_config()
        set_workspace(g, "mode: gate")
        g.reload()
        wait_for(lambda: "hunter2" not in read_as(ANOTHER, path))
        g.wait_gone(path)


def test_two_do_not_gate_the_same_file_system():
    with gated() as first, contextlib.ExitStack() as stack:
        base = os.path.join(os.path.dirname(first.base), "second")
        os.mkdir(base)
        second = stack.enter_context(Giad(base=base, backend="fanotify", extra="quarantine: {note: no}\n"))
        os.chmod(second.ws, 0o777)
        set_workspace(second, "mode: gate")
        second.start().wait_walked()
        [ws] = second.status()["workspaces"]
        assert not ws["gated"] and ws["backend"] == "fanotify" and "gate" not in second.status(), ws
        [gap] = [x for x in ws["gaps"] if x["reason"] == "gate-refused"]
        assert f"another giad (process {first.process.pid})" in gap["detail"], gap
        assert second.wait_event("gap-opened", reason="gate-refused")["detail"] == gap["detail"]
        assert not children(second.process.pid, "giad-guard")
        # both do their work, and nobody waits for the other: what the second scans is judged by the first at once
        for g in (first, second):
            t = time.monotonic()
            assert read_as(ANOTHER, g.write("a.txt", "one\n")) == "one\n"
            g.wait_gone(g.write("a.env", offending(1)))
            assert time.monotonic() - t < 1.5
        s = first.status()
        assert s["workspaces"][0]["gated"] and s["gate"]["passed"] == 0, s
        # a reload changes nothing while the other is there
        second.reload()
        second.wait_event("config-loaded")
        assert not second.status()["workspaces"][0]["gated"]
        first.kill()
        second.reload()
        wait_for(lambda: second.status()["workspaces"][0]["gated"])
        second.wait_event("gap-closed", reason="gate-refused")
        second.wait_walked()
        assert read_as(ANOTHER, second.write("b.txt", "two\n")) == "two\n" and second.status()["gate"]["opens"] > 0
        # and the first, back again, is the one that may not
        first.start().wait_walked()
        assert not first.status()["workspaces"][0]["gated"]
        second.stop()
        first.reload()
        wait_for(lambda: first.status()["workspaces"][0]["gated"])


def test_it_is_refused_on_the_root_file_system_unless_it_is_allowed():
    need_root()
    if not fanotify_is_permitted():
        raise Skip("fanotify is not permitted here")
    with Giad(base=tempfile.mkdtemp(prefix="giad-gate-", dir="/var/lib"), backend="fanotify") as g:
        g.own_base = True
        if os.stat(g.base).st_dev != os.stat("/").st_dev:
            raise Skip("/var/lib is not on the root file system")
        set_workspace(g, "mode: gate")
        g.start().wait_walked()
        [ws] = g.status()["workspaces"]
        assert not ws["gated"] and ws["backend"] == "fanotify", ws
        [gap] = [x for x in ws["gaps"] if x["reason"] == "gate-refused"]
        assert "gate.root_file_system" in gap["detail"], gap
        g.write("a.env", offending(1))
        g.wait_gone(g.path("a.env"))


def test_a_gate_without_fanotify_is_an_error():
    need_root()
    with Giad(backend="inotify") as g:
        g.write_config(open(g.config).read().replace("backend: inotify,", "backend: inotify, mode: gate,"))
        p = subprocess.run([GIACTL, "check-config", g.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert p.returncode == 2 and "backend: fanotify" in p.stdout, p.stdout
        g.write_config(open(g.config).read().replace("mode: gate", "mode: gait"))
        p = subprocess.run([GIACTL, "check-config", g.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert p.returncode == 2 and 'gate' in p.stdout and ":7:" in p.stdout, p.stdout


def append(path, n, mark):
    with open(path, "a") as f:
        for i in range(n):
            f.write(f"{mark} {i}\n")
            f.flush()


def test_ordinary_life_goes_on():
    with gated() as g:
        t = time.monotonic()
        log = g.write("app.log", "begun\n")
        tail = subprocess.Popen(["tail", "-n", "+1", "-f", log], stdout=subprocess.PIPE, text=True)
        writers = [threading.Thread(target=append, args=(log, 200, mark)) for mark in "ab"]
        for w in writers:
            w.start()
        for w in writers:
            w.join(30)
        lines = [tail.stdout.readline() for _ in range(401)]
        tail.kill()
        tail.wait()
        assert sorted(lines) == sorted(open(log).readlines()) and len(lines) == 401
        for journal in ("WAL", "DELETE"):
            path = g.path(f"{journal}.db")
            clients = [sqlite3.connect(path, timeout=20, isolation_level=None) for _ in range(2)]
            clients[0].execute(f"PRAGMA journal_mode={journal}")
            clients[0].execute("CREATE TABLE t(x)")
            for i in range(40):
                clients[i % 2].execute("INSERT INTO t VALUES(?)", (i,))
            assert clients[1].execute("SELECT count(*) FROM t").fetchone() == (40,)
            for c in clients:
                c.close()
        run = {"cwd": g.ws, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 60}
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", "init", "-q", "repo"], **run)
        for i in range(60):
            g.write(f"repo/src/f{i}.c", f"int f{i}(void)\n{{\n        return {i};\n}}\n")
        run["cwd"] = g.path("repo")
        subprocess.run(["git", "add", "."], **run)
        subprocess.run(["git", *identity, "commit", "-qm", "one"], **run)
        subprocess.run(["git", "clone", "-q", ".", g.path("clone")], **run)
        subprocess.run(["gcc", "-c", "src/f1.c", "-o", "f1.o"], **run)
        subprocess.run(["cp", "-r", g.path("clone"), g.path("copy")], **run)
        subprocess.run(["git", "status"], **run)
        s = g.status()["gate"]
        assert s["passed"] == 0 and s["denied"] == 0, s
        return f"{time.monotonic() - t:.1f} s, {s['opens']} opens, {s['waited']} waited"


def test_a_name_that_is_a_secret_is_not_told():
    with gated() as g:
        secret = token(seed=5)
        path = g.path(f"{secret}.env")
        with open(path, "w") as f:
            f.write(offending(1))
            f.flush()
            read_as(ANOTHER, path)
        g.wait_gone(path)
        g.wait_event("open-denied")
        g.idle()
        for name in ("lines/events.jsonl", "giad.log"):
            assert secret not in open(os.path.join(g.base, name)).read(), name


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
