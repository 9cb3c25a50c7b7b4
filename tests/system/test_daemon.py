#!/usr/bin/env python3
"""A real giad on real directories: what an operator relies on, without systemd."""
import contextlib
import ctypes
import grp
import fcntl
import json
import mmap
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import harness
from harness import GIACTL, ROOT, SCALE, Giad, Skip, need_root, offending, token, wait_for


def test_offending_file_is_taken_away_and_released_whole():
    need_root()
    with Giad() as g:
        g.start()
        path = g.path(".env")
        with open(path, "w") as f:
            f.write(offending(1))
            f.flush()
            os.fchown(f.fileno(), 65534, 65534)
            os.fchmod(f.fileno(), 0o640)
            os.setxattr(f.fileno(), "user.origin", b"agent")
            before = os.fstat(f.fileno())
        g.wait_gone(path)
        e = g.wait_event("quarantined")
        assert e["path"] == path and e["agent"] == "tester", e
        entry = g.entries()[0]
        assert entry["id"] == e["quarantine_id"] and not entry["held"], entry
        note = open(path + ".giad.md").read()
        assert token(seed=1) not in note and e["quarantine_id"] in note and "How to write it" in note
        assert "\nform: dotenv\n" in note and f"release {entry['id']} --reason" in note, note
        g.idle()
        about_note = [e for e in g.events() if e.get("path", "").endswith(".giad.md")]
        assert not about_note, f"giad looks at its own note: {about_note}"
        p = g.ctl("quarantine", "release", entry["id"], check=False)
        assert p.returncode == 2 and "--reason" in p.stderr, p
        g.ctl("quarantine", "release", entry["id"], "--reason=reviewed")
        after = os.stat(path)
        assert open(path).read() == offending(1)
        assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
        assert after.st_mtime_ns == before.st_mtime_ns
        assert os.getxattr(path, "user.origin") == b"agent"
        g.idle()
        assert os.path.exists(path), "the approval is pinned to the content"
        assert g.entries() == []
        g.wait_event("released", operator="root")
        # other content at the same place is not covered
        g.write(".env", offending(2))
        g.wait_gone(path)
        # the pin outlives a restart
        g.idle()
        g.stop()
        os.makedirs(g.ws, exist_ok=True)
        g.write(".env", offending(1))
        g.start().wait_walked()
        g.idle()
        assert os.path.exists(path), "the approval was forgotten by a restart"


def test_purge_deletes_for_good():
    with Giad() as g:
        g.start()
        g.wait_gone(g.write("a.env", offending(3)))
        g.wait_event("quarantined")
        g.ctl("quarantine", "purge", g.entries()[0]["id"], "--reason=not needed")
        assert g.entries() == [] and g.stored_contents() == []
        g.wait_event("purged")


def test_each_kind_of_artefact_is_found_and_ordinary_output_is_left_alone():
    with Giad(policy="\n  - {action: report}\n", extra="quarantine: {note: no}\n") as g:
        g.start()
        subprocess.run([os.path.join(harness.TOP, "tests/system/write-artefacts"), g.ws], check=True)
        g.idle()
        found = {}
        for f in g.json("findings"):
            found.setdefault(os.path.relpath(f["path"], g.ws), set()).add(f["class"])
        wanted = {
            "terraform/main.tf": {"gcp-primitive-role", "gcp-sa-key", "gcp-sa-admin-role"},
            "oauth/client.json": {"oauth-client-secret-inline", "oauth-wildcard-redirect", "oauth-weak-grant"},
            "access/jit.yaml": {"approval-weak", "standing-assignment"},
            ".github/workflows/deploy.yml": {"ci-dangerous-trigger", "ci-excessive-permissions", "ci-template-injection"},
            "iam/trust.json": {"oidc-trust-weak", "ci-role-assumption-broad"},
            "iam/admin.json": {"iam-admin-policy"},
            "policy/authz.rego": {"policy-default-allow"},
            "web/session.js": {"session-hardcoded-secret", "jwt-hardcoded-secret", "cookie-insecure", "cookie-no-httponly", "jwt-no-expiry"},
            "k8s/binding.yaml": {"k8s-cluster-admin-binding"},
            ".claude/settings.json": {"agent-permission-wildcard"},
            ".mcp.json": {"mcp-server-unscoped"},
            "host/etc/sudoers.d/agent": {"sudoers-nopasswd-all"},
            ".env": {"gitlab-token"},
        }
        missing = {path: sorted(classes) for path, classes in wanted.items() if not classes & found.get(path, set())}
        assert not missing, f"not found: {missing}; found: {found}"
        assert "web/util.py" not in found and "README.md" not in found, found
        kinds = {os.path.relpath(os.path.join(a["workspace"], a["path"]), g.ws): a["artefact"] for a in g.json("inventory")}
        for path in wanted:
            assert kinds.get(path, "none") != "none", (path, kinds)
        for e in g.events("finding"):
            assert "NHI" in e["references"] and "CSF:" in e["references"] and "CWE-" in e["references"], e
        out = g.ctl("explain", g.path("iam/admin.json")).stdout
        assert "policy: report" in out and "iam-policy" in out, out


def test_every_way_to_get_a_file_into_place_is_seen():
    with Giad(extra="quarantine: {note: no}\n") as g:
        outside = os.path.join(g.base, "outside")
        os.mkdir(outside)
        g.start()
        n = iter(range(100, 200))
        # atomic save
        p = g.write("save.tmp", offending(next(n)))
        # (the temporary name may already be taken away: both are right)
        try:
            os.rename(p, g.path("save.env"))
        except FileNotFoundError:
            pass
        # moved in from outside
        with open(os.path.join(outside, "moved.env"), "w") as f:
            f.write(offending(next(n)))
        os.rename(os.path.join(outside, "moved.env"), g.path("moved.env"))
        # hard link from outside
        with open(os.path.join(outside, "linked.env"), "w") as f:
            f.write(offending(next(n)))
        os.link(os.path.join(outside, "linked.env"), g.path("linked.env"))
        # O_TMPFILE and linkat
        fd = os.open(g.ws, os.O_TMPFILE | os.O_WRONLY, 0o644)
        os.write(fd, offending(next(n)).encode())
        at_fdcwd, at_symlink_follow = -100, 0x400
        assert ctypes.CDLL(None, use_errno=True).linkat(at_fdcwd, f"/proc/self/fd/{fd}".encode(), at_fdcwd,
                                                        g.path("tmpfile.env").encode(), at_symlink_follow) == 0
        os.close(fd)
        # a tree moved in
        os.makedirs(os.path.join(outside, "tree/a/b"))
        with open(os.path.join(outside, "tree/a/b/deep.env"), "w") as f:
            f.write(offending(next(n)))
        os.rename(os.path.join(outside, "tree"), g.path("tree"))
        # mkdir -p and a write at once
        os.makedirs(g.path("x/y/z"))
        g.write("x/y/z/fresh.env", offending(next(n)))
        # a writer that stays open
        held = open(g.path("held.env"), "w")
        held.write(offending(next(n)))
        held.flush()
        # a mapping
        import mmap
        fd = os.open(g.path("mapped.env"), os.O_RDWR | os.O_CREAT)
        os.ftruncate(fd, 4096)
        m = mmap.mmap(fd, 4096)
        os.close(fd)
        time.sleep(0.3)
        text = offending(next(n)).encode()
        m[:len(text)] = text
        m.close()
        for name in ("save.env", "save.tmp", "moved.env", "linked.env", "tmpfile.env", "tree/a/b/deep.env", "x/y/z/fresh.env", "held.env", "mapped.env"):
            g.wait_gone(g.path(name))
        held.close()
        g.idle()
        assert len(g.entries()) >= 8, g.entries()


def test_a_rename_at_any_moment_is_judged_by_the_final_name():
    """Atomic saves whose rename falls before, during and after the scan of the temporary name."""
    n = 150
    settings = '{"permissions": {"defaultMode": "bypassPermissions"}}\n'
    with Giad(extra="quarantine: {note: no}\n") as g:
        for i in range(n):
            os.makedirs(g.path(f"p{i}/.claude"))
        g.start().wait_walked()
        for i in range(n):
            # what it is depends on the final name alone
            tmp = g.write(f"p{i}/.claude/x{i}.tmp", settings)
            time.sleep((i % 30) * 0.0001)
            os.rename(tmp, g.path(f"p{i}/.claude/settings.json"))
            # and one that is taken away
            tmp = g.write(f"p{i}/save.tmp", offending(7000 + i))
            time.sleep((i % 30) * 0.0001)
            try:
                os.rename(tmp, g.path(f"p{i}/save.env"))
            except FileNotFoundError:
                pass
        g.idle()
        left = [i for i in range(n) if os.path.exists(g.path(f"p{i}/save.env")) or os.path.exists(g.path(f"p{i}/save.tmp"))]
        assert not left, f"{len(left)} offending files are still there: {left[:5]}"
        found = {e["path"] for e in g.events("finding") if e["rule"] == "claude-bypass-permissions"}
        missing = [i for i in range(n) if g.path(f"p{i}/.claude/settings.json") not in found]
        assert not missing, f"{len(missing)} were not judged under their final name: {missing[:5]}"


def test_secret_in_a_symlinks_target_or_a_name_is_found():
    with Giad(policy="\n  - {action: report}\n") as g:
        g.start()
        os.symlink("https://agent:" + token("", 24) + "@git.example.com/x", g.path("link"))
        g.write(f"{token()}.txt", "nothing\n")
        g.idle()
        text = json.dumps(g.events())
        assert len(g.events("finding")) >= 2, text


def test_writes_while_down_are_found_at_the_next_start_and_nothing_twice():
    with Giad(extra="quarantine: {note: no}\n") as g:
        for i in range(50):
            g.write(f"before/{i}.txt", f"plain text number {i}\n")
        g.start().wait_walked()
        first = g.idle()["pipeline"]["scans"]
        assert first >= 50
        g.stop()
        g.write("while-down/.env", offending(5))
        g.write("before/7.txt", "changed while giad was down\n")
        g.start().wait_walked()
        s = g.idle()
        assert not os.path.exists(g.path("while-down/.env"))
        assert s["pipeline"]["scans"] <= 4, f"unchanged files were read again: {s['pipeline']}"
        seqs = [e["seq"] for e in g.events()]
        assert seqs == sorted(set(seqs)), "sequence numbers repeat"


def test_workspaces_come_and_go():
    with Giad() as g:
        g.workspaces = [os.path.join(g.base, "agents/*/work")]
        g.write_config()
        os.mkdir(os.path.join(g.base, "agents"))
        g.start()
        assert any(x["reason"] == "workspace-missing" for x in g.status()["gaps"]), g.status()["gaps"]
        for round_ in range(2):
            work = os.path.join(g.base, "agents/alice/work")
            os.makedirs(work)
            wait_for(lambda: [w for w in g.status()["workspaces"] if w["path"] == work])
            with open(os.path.join(work, ".env"), "w") as f:
                f.write(offending(10 + round_))
            g.wait_gone(os.path.join(work, ".env"))
            g.idle()
            subprocess.run(["rm", "-rf", os.path.join(g.base, "agents/alice")], check=True)
            wait_for(lambda: not g.status()["workspaces"])
        assert g.status()["gaps"], "a pattern without a match is a gap"
        assert len(g.entries()) == 2
        g.wait_event("gap-closed", reason="workspace-missing")


def test_reload_takes_a_good_file_and_refuses_a_bad_one():
    with Giad() as g:
        g.start()
        with open(g.config) as f:
            good = f.read()
        g.write_config(good.replace("policy:", "polciy:"))
        g.reload()
        e = g.wait_event("config-refused")
        assert "polciy" in e["detail"] and 'did you mean "policy"' in e["detail"] and re.search(r"yaml:\d+:1:", e["detail"]), e
        g.wait_gone(g.write("one.env", offending(20)))  # the former one is in force
        g.write_config(good.replace(g.policy, "\n  - {action: report}\n"))
        g.reload()
        g.wait_event("config-loaded")
        path = g.write("two.env", offending(21))
        g.idle()
        assert os.path.exists(path)
        assert g.process.poll() is None


def test_a_scanner_that_hangs_or_dies_costs_one_verdict():
    with Giad(extra="scanner: {user: nobody, workers: 1, deadline: 1s}\n") as g:
        g.start()

        def scanner():
            out = subprocess.run(["pgrep", "-P", str(g.process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
            return int(out[0]) if out else 0

        pid = scanner()
        os.kill(pid, signal.SIGSTOP)
        hung = g.write("hung.env", offending(30))
        g.wait_event("scanner-died", reason="scanner-deadline")
        g.wait_event("not-scanned", path=hung)
        g.wait_gone(g.write("next.env", offending(31)))
        os.kill(wait_for(scanner), signal.SIGKILL)
        g.wait_event("scanner-died", reason="scanner-died")
        g.wait_gone(g.write("after.env", offending(32)))
        assert g.process.poll() is None


def test_overflow_is_a_gap_and_nothing_is_missed():
    """Must show 3, with fewer files unless GIAD_SCALE=full."""
    n = 100000 if SCALE == "full" else 30000
    with Giad(policy="\n  - {action: report}\n", extra="quarantine: {note: no}\nlimits: {events_kept: 1000}\n") as g:
        for i in range(0, n, 500):
            os.makedirs(g.path(f"d{i // 500 % 50}/e{i // 500}"))
        g.start().wait_walked()
        g.process.send_signal(signal.SIGSTOP)
        for i in range(n):
            d = g.path(f"d{i // 500 % 50}/e{i // 500}")
            with open(os.path.join(d, f"{i}.txt"), "w") as f:
                f.write(offending(i) if i % 100 == 0 else f"plain text number {i}\n")
        g.process.send_signal(signal.SIGCONT)
        g.idle(600, quiet=2)
        g.wait_event("gap-opened", reason="queue-overflow")
        g.wait_event("gap-closed", reason="queue-overflow")
        wanted = scan_set(g)
        have = {(e["path"], e["rule"], e["line"], e["fingerprint"]) for e in g.events("finding")}
        assert have == wanted, (len(have), len(wanted), sorted(have ^ wanted)[:4])
        return f"{n} files, {len(have)} findings, the same as giactl scan; {g.status()['pipeline']['scans']} scans"


def scan_set(g):
    p = g.ctl("--output=jsonl", "scan", g.ws, check=False)
    assert p.returncode in (0, 1), p.stderr
    return {(f["path"], f["rule"], f["line"], f["fingerprint"]) for f in map(json.loads, p.stdout.splitlines())}


def test_kill_9_at_random_moments_loses_nothing():
    """Must show 5, first half."""
    rounds = 200 if SCALE == "full" else 12
    rng = random.Random(7)
    with Giad(extra="quarantine: {note: no}\n") as g:
        written = {}
        seed = 1000
        g.start()
        for _ in range(rounds):
            for k in range(20):
                seed += 1
                name = f"r{seed}.env"
                written[offending(seed).encode()] = name
                g.write(name, offending(seed))
            time.sleep(rng.random() * 0.02)
            g.kill()
            g.start()
        g.wait_walked()
        s = g.idle()
        assert s["quarantine"]["held"] == 0, s["quarantine"]
        contents = g.stored_contents()
        for content in contents:
            assert contents.count(content) == 1, f"{written.get(content)} is stored twice"
        stored = set(contents)
        for content, name in written.items():
            assert content in stored or os.path.exists(g.path(name)), f"{name} is lost"
            assert not (content in stored and os.path.exists(g.path(name))), f"{name} is twice"
        left = [name for name in written.values() if os.path.exists(g.path(name))]
        assert stored == set(written), f"{len(stored)} of {len(written)} are in the store, in place: {left[:4]}"
        return f"{rounds} kills, {len(written)} files, none lost, none twice"


def attacker(ws, out, stop, seconds):
    """Same uid as the files' owner: opens, links or moves whatever appears. Counts the contents it has after the verdict."""
    os.setgid(65534)
    os.setuid(65534)
    os.chdir(ws)
    end = time.monotonic() + seconds
    seen = 0
    while time.monotonic() < end and not os.path.exists(stop):
        for name in os.listdir("."):
            if name.startswith("f"):
                continue  # its own file under its own name: before the verdict it may have it
            try:
                with open(name, "rb") as f:
                    if b"GITLAB_TOKEN" in f.read():
                        seen += 1
            except OSError:
                pass
            try:
                os.rename(name, "/tmp/stolen")
            except OSError:
                pass
    with open(out, "w") as f:
        f.write(str(seen))


def test_a_same_uid_attacker_gets_nothing_after_the_verdict():
    """Must show 5, second half: names that appear in the directory while files are taken away."""
    need_root()
    n = 2000 if SCALE == "full" else 300
    with Giad(extra="quarantine: {note: no}\n") as g:
        os.chmod(g.ws, 0o777)
        out = os.path.join(g.base, "stolen-count")
        open(out, "w").close()
        os.chmod(out, 0o666)
        g.start()
        pid = os.fork()
        if pid == 0:
            try:
                attacker(g.ws, out, os.path.join(g.base, "stop"), 120)
            finally:
                os._exit(0)
        for i in range(n):
            path = g.path(f"f{i}")
            fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
            os.fchown(fd, 65534, 65534)
            os.write(fd, offending(5000 + i).encode())
            os.close(fd)
        g.idle(120)
        open(os.path.join(g.base, "stop"), "w").close()
        os.waitpid(pid, 0)
        assert int(open(out).read()) == 0, f"the attacker read {open(out).read()} contents"
        left = [name for name in os.listdir(g.ws)]
        assert len(g.entries()) == n, f"{len(g.entries())} entries, still there: {left[:5]}"
        return f"0 of {n}"


def test_no_output_holds_a_secret():
    with Giad() as g:
        g.start()
        secrets = []
        for i in range(40):
            secrets.append(token(seed=9000 + i))
            g.write(f"d{i}/config-{i}.env", f"A=1\nGITLAB_TOKEN={secrets[-1]}\n")
        secrets.append(token(seed=9999))
        g.write(f"name-{secrets[-1]}.txt", "nothing\n")
        g.idle()
        g.ctl("findings")
        g.stop()
        leaks = []
        for root, _, files in os.walk(g.base):
            for name in files:
                path = os.path.join(root, name)
                if path.startswith(g.ws) or name == "content":
                    continue
                data = open(path, "rb").read()
                leaks += [(path, s) for s in secrets if s.encode() in data]
        assert not leaks, leaks


def test_stop_and_start_are_clean():
    with Giad() as g:
        for _ in range(3):
            g.start()
            assert g.stop() == 0
        kinds = [e["event"] for e in g.events()]
        assert kinds.count("started") == 3 and kinds.count("ready") == 3 and kinds.count("stopped") == 3, kinds


def test_a_workspace_that_is_moved_away_and_back_stays_guarded():
    with Giad() as g:
        g.start().wait_walked()
        g.idle()
        g.process.send_signal(signal.SIGSTOP)
        os.rename(g.ws, g.ws + ".away")
        os.rename(g.ws + ".away", g.ws)
        g.process.send_signal(signal.SIGCONT)
        wait_for(lambda: g.status()["workspaces"], 5)
        g.wait_gone(g.write(".env", offending(1)))


def test_a_write_through_a_mapping_after_the_scan_is_seen_at_its_end():
    with Giad() as g:
        g.start().wait_walked()
        path = g.path(".env")
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(fd, 4096)
        mapping = mmap.mmap(fd, 4096)
        os.close(fd)
        mapping[0:8] = b"A=plain\n"
        g.idle()
        before = os.stat(path)
        mapping[0:len(offending(1))] = offending(1).encode()
        assert os.stat(path).st_ctime_ns == before.st_ctime_ns, "this kernel tells of the store: nothing is tested"
        mapping.close()
        g.wait_gone(path)


def two_workspaces(policy=harness.POLICY):
    base = tempfile.mkdtemp(prefix="giad-test-")
    for name in ("one", "two"):
        os.mkdir(os.path.join(base, name))
    g = Giad(base=base, workspaces=[f"{base}/one", f"{base}/two"], policy=policy.replace("BASE", base))
    g.own_base = True
    return g


def test_a_directory_that_moves_takes_no_verdict_with_it():
    with Giad() as g:  # a release holds for one path
        g.start().wait_walked()
        g.wait_gone(g.write("d/.env", offending(1)))
        g.idle()
        g.ctl("quarantine", "release", g.entries()[0]["id"], "--reason=reviewed")
        g.idle()
        assert os.path.exists(g.path("d/.env"))
        os.rename(g.path("d"), g.path("e"))
        g.wait_gone(g.path("e/.env"))
    policy = """
  - {when: {workspace: "BASE/two"}, action: quarantine}
  - {action: report}
"""
    with two_workspaces(policy) as g:  # and a report for one workspace
        g.start().wait_walked()
        os.mkdir(f"{g.base}/one/d")
        with open(f"{g.base}/one/d/.env", "w") as f:
            f.write(offending(1))
        g.idle()
        assert os.path.exists(f"{g.base}/one/d/.env")
        os.rename(f"{g.base}/one/d", f"{g.base}/two/d")
        g.wait_gone(f"{g.base}/two/d/.env")


def scanners(g):
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(g.process.pid)], stdout=subprocess.PIPE, text=True)
    return [int(pid) for pid in children.stdout.split()]


@contextlib.contextmanager
def stopped(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_every_name_of_an_offending_inode_is_taken():
    with two_workspaces() as g:
        g.start().wait_walked()
        one, two = f"{g.base}/one/.env", f"{g.base}/two/b.env"
        with open(one, "w") as f:  # both known, written through one of them
            f.write("A=plain\n")
        os.link(one, two)
        g.idle()
        with open(one, "a") as f:
            f.write(offending(1))
        g.wait_gone(one)
        g.wait_gone(two)
        with stopped(scanners(g)):  # linked into the other workspace while it waits for its verdict
            with open(one, "w") as f:
                f.write(offending(2))
            time.sleep(0.3)
            os.link(one, two)
            time.sleep(0.3)
        g.wait_gone(one)
        g.wait_gone(two)
        with stopped(scanners(g)):  # two more names, the last of which goes again
            with open(one, "w") as f:
                f.write(offending(3))
            for name in ("b.env", "c.env"):
                time.sleep(0.3)
                os.link(one, f"{g.base}/one/{name}")
            time.sleep(0.3)
            os.unlink(f"{g.base}/one/c.env")
            time.sleep(0.3)
        g.wait_gone(one)
        g.wait_gone(f"{g.base}/one/b.env")


def test_more_than_may_wait_is_not_forgotten():
    n = 2500
    with Giad(extra="limits: {pending: 1000}\n") as g:
        for i in range(n):
            os.makedirs(f"{g.base}/out/{i}")
            with open(f"{g.base}/out/{i}/.env", "w") as f:
                f.write(offending(i))
        g.start().wait_walked()
        with stopped(scanners(g)):
            os.rename(f"{g.base}/out", g.path("in"))
            time.sleep(2)
            gaps = [gap["reason"] for gap in g.status()["workspaces"][0]["gaps"]]
            assert "work-limit" in gaps, f"what is left is not told of: {gaps}"
        wait_for(lambda: not any(os.path.exists(g.path(f"in/{i}/.env")) for i in range(n)), 60, 0.5)


def test_a_lease_delays_the_scan_and_does_not_prevent_it():
    with Giad() as g:
        g.start().wait_walked()
        outside = os.path.join(g.base, "outside")
        with open(outside, "w") as f:
            f.write(offending(1))
        handler = signal.signal(signal.SIGIO, signal.SIG_IGN)
        fd = os.open(outside, os.O_RDONLY)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        os.rename(outside, g.path(".env"))
        time.sleep(1)
        os.close(fd)
        signal.signal(signal.SIGIO, handler)
        g.wait_gone(g.path(".env"))


def test_a_lease_that_an_agent_breaks_does_not_end_giad():
    with Giad() as g:
        g.start().wait_walked()
        g.process.send_signal(signal.SIGIO)  # what the kernel sends then
        time.sleep(0.3)
        assert g.process.poll() is None
        g.wait_gone(g.write(".env", offending(1)))


def test_stopped_while_it_stores_it_ends_cleanly_and_tells():
    with Giad() as g:
        g.start().wait_walked()
        paths = [g.write(f"{i}.env", offending(i)) for i in range(200)]
        wait_for(lambda: not os.path.exists(paths[0]), step=0.001)
        assert g.stop() == 0
        taken = [p for p in paths if not os.path.exists(p)]
        told = {e["path"] for e in g.events("quarantined")}
        assert told == set(taken), f"{len(told)} told of {len(taken)}"


def test_without_a_holding_directory_a_file_is_taken_once():
    need_root()
    base, mount = tempfile.mkdtemp(prefix="giad-test-"), tempfile.mkdtemp(prefix="giad-test-mount-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755,uid=65534", "tmpfs", mount], check=True)
    try:
        os.mkdir(f"{mount}/ws")
        g = Giad(base=base, workspaces=[f"{mount}/ws"])
        g.own_base = True
        with g:
            g.start().wait_walked()
            with open(f"{mount}/ws/.env", "w") as f:
                f.write(offending(1))
            g.wait_event("quarantined")
            time.sleep(1)
            g.idle(10)
            entries = g.entries()
            assert [e["path"] for e in entries] == [".env"] and not entries[0]["held"], entries
            assert g.status()["pipeline"]["quarantined"] == 1
    finally:
        subprocess.run(["umount", "-l", mount], check=True)
        os.rmdir(mount)


def test_the_store_limit_is_one_of_the_disk():
    with Giad(extra="limits: {store_size: 1M}\nquarantine: {note: no}\n") as g:
        g.start().wait_walked()
        for i in range(500):
            g.write(f"{i % 10}/{i}.env", offending(i))
        g.idle()
        assert 0 < g.status()["quarantine"]["entries"] < 100
        g.wait_event("response-failed", reason="store-failed")


def test_retention_takes_no_entry_whose_age_is_not_known():
    with Giad() as g:
        g.start().wait_walked()
        for i in range(3):
            g.wait_gone(g.write(f"{i}.env", offending(i)))
        g.idle()
        g.stop()
        store = os.path.join(g.base, "state/quarantine")
        ids = sorted(d for d in os.listdir(store) if os.path.isdir(os.path.join(store, d)))
        os.truncate(os.path.join(store, ids[0], "entry.json"), 20)
        for i, shift in ((1, 3600), (2, -100 * 86400)):  # the clock was set back; and one that is due
            name = os.path.join(store, ids[i], "entry.json")
            with open(name) as f:
                entry = json.load(f)
            entry["taken"] = str(int(entry["taken"]) + shift * 10**6)
            with open(name, "w") as f:
                f.write(json.dumps(entry) + "\n")
        g.start()
        g.wait_event("purged", 150)
        g.idle()
        assert sorted(d for d in os.listdir(store) if os.path.isdir(os.path.join(store, d))) == ids[:2]


def test_what_is_stored_at_the_second_try_is_told():
    need_root()
    with Giad() as g:
        state = os.path.join(g.base, "state")
        os.mkdir(state, 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state], check=True)
        try:
            g.start().wait_walked()
            subprocess.run(["dd", "if=/dev/zero", f"of={state}/fill", "bs=4k"], stderr=subprocess.DEVNULL, check=False)
            path = g.write(".env", offending(1) + "x" * 100000)
            g.wait_gone(path)
            g.wait_event("gap-opened", reason="store-failed")
            os.unlink(f"{state}/fill")
            assert g.wait_event("quarantined", 30)["path"] == path
            g.stop()
        finally:
            subprocess.run(["umount", "-l", state], check=True)


def test_a_full_disk_leaves_no_host_unguarded():
    need_root()
    with Giad(extra="quarantine: {note: no}\n") as g:
        state = os.path.join(g.base, "state")
        os.mkdir(state, 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state], check=True)
        try:
            g.start().wait_walked()
            g.wait_gone(g.write("a.env", offending(1)))
            g.idle()
            g.stop()
            last = max(e["seq"] for e in g.events())
            subprocess.run(["dd", "if=/dev/zero", f"of={state}/fill", "bs=4k"], stderr=subprocess.DEVNULL, check=False)
            g.start()
            assert any(x["reason"] == "register-failed" for x in g.status()["gaps"]), g.status()["gaps"]
            g.wait_gone(g.write("b.env", offending(2)))
            g.wait_event("gap-opened", reason="store-failed")
            os.unlink(f"{state}/fill")
            wait_for(lambda: g.status()["quarantine"]["held"] == 0, 30)
            g.stop()
            seqs = [e["seq"] for e in g.events()]
            assert len(set(seqs)) == len(seqs) and last in seqs, "numbers repeat"
            g.start()
            assert len(g.entries()) == 2 and not g.status()["gaps"]
            g.stop()
        finally:
            subprocess.run(["umount", "-l", state], check=True)


def test_a_damaged_register_is_set_aside():
    with Giad() as g:
        g.start()
        g.wait_gone(g.write("x.env", offending(40)))
        g.idle()
        g.stop()
        with open(os.path.join(g.base, "state/register.db"), "r+b") as f:
            f.write(os.urandom(4096))
        g.start()
        g.wait_event("gap-opened", reason="register-damaged")
        assert len(g.entries()) == 1, "the store describes itself"
        assert any("damaged" in n for n in os.listdir(os.path.join(g.base, "state")))


def test_giactl_says_what_is_wrong():
    with Giad() as g:
        p = g.ctl("status", check=False)
        assert p.returncode == 2 and "cannot be reached" in p.stderr, p
        g.start()
        for args, words in ((["statsu"], 'did you mean "status"'), (["quarantine", "show", "x"], "id must be"),
                            (["explain", "/etc/passwd"], "in no workspace"), (["scan", "/nonexistent"], "No such file"),
                            (["findings", "--to=/x"], "does not take")):
            p = g.ctl(*args, check=False)
            assert p.returncode == 2 and words in p.stderr, (args, p)


def test_reload_keeps_what_waits_for_an_output_that_is_down():
    with Giad() as g:
        receiver = os.path.join(g.base, "log")
        with open(g.config) as f:
            text = f.read()
        both = text.replace("outputs:\n", f"outputs:\n  syslog: {{enabled: yes, path: {receiver}}}\n")
        g.write_config(both)
        g.start()
        g.wait_gone(g.write("one.env", offending(60)))
        g.wait_event("gap-opened", reason="sink-down")
        waiting = next(s["queued"] for s in g.status()["sinks"] if s["name"] == "syslog")
        assert waiting > 4, waiting
        g.write_config(both.replace("outputs:\n", "outputs:\n  # the same\n"))
        g.reload()
        g.wait_event("config-loaded")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(receiver)
            s.settimeout(30)
            got = [s.recv(4096) for _ in range(waiting)]
        seqs = [int(re.search(rb' seq="([0-9]+)"', m).group(1)) for m in got]
        assert seqs == list(range(seqs[0], seqs[0] + waiting)), seqs
        # an output that cannot be had: all of the file is refused, and the outputs of before stay
        g.write_config(text.replace("outputs:\n", f"outputs:\n  syslog: {{enabled: yes, path: /{'x' * 120}}}\n"))
        g.reload()
        g.wait_event("config-refused")
        g.wait_gone(g.write("two.env", offending(61)))
        g.write_config(both)
        assert [s["name"] for s in g.status()["sinks"]] == ["syslog", "jsonl"]
        # switched off while it is down: what it had not taken is told as lost, and its gap does not stay open
        os.unlink(receiver)
        g.wait_gone(g.write("three.env", offending(62)))
        wait_for(lambda: any(x["reason"] == "sink-down" for x in g.status()["gaps"]))
        g.write_config(text)
        g.reload()
        assert "syslog lost" in g.wait_event("gap-opened", reason="events-lost")["detail"]
        wait_for(lambda: not any(x["reason"] == "sink-down" for x in g.status()["gaps"]))


def test_a_reload_with_a_broken_rule_file_keeps_the_scanners():
    with Giad() as g:
        g.start()
        os.mkdir(os.path.join(g.base, "rules.d"))
        broken = os.path.join(g.base, "rules.d", "local.yaml")
        for content in ("rules: [", "- {id: x, nonsense: 1}\n"):
            with open(broken, "w") as f:
                f.write(content)
            os.chmod(broken, 0o644)
            refused = len(g.events("config-refused"))
            g.reload()
            wait_for(lambda: len(g.events("config-refused")) > refused)
            assert "local.yaml" in g.log_text()
            g.wait_gone(g.write(f"x{refused}.env", offending(68 + refused)))
        # what lies on disk is not looked at again: a scanner that dies comes back with the rules in force
        died = len(g.events("scanner-died"))
        there = scanners(g)
        for pid in there:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(g.events("scanner-died")) == died + len(there))
        g.wait_gone(g.write("after.env", offending(70)))
        with open(g.config) as f:
            good = f.read()
        g.write_config(good.replace(f"rules_directory: {g.base}/rules\n", "rules_directory: /nonexistent\n"))
        os.unlink(broken)
        g.reload()
        wait_for(lambda: len(g.events("config-refused")) == 3)
        g.wait_gone(g.write("y.env", offending(71)))
        assert not g.events("gap-opened") and not g.events("config-loaded")
        # two in a row: the second one counts
        g.write_config(good.replace(g.policy, "\n  - {action: report}\n"))
        g.reload()
        time.sleep(0.05)
        g.write_config(good)
        g.reload()
        g.wait_event("config-loaded")
        g.wait_gone(g.write("z.env", offending(72)))
        # the first one is over before the second comes where scanners are quick
        assert len(g.events("config-loaded")) <= 2


def as_user(uid, gid, args):
    """Runs giactl as somebody who logged in as that user; (exit status, stderr)."""
    code = ("import os,subprocess,sys\n"
            f"try: open('/proc/self/loginuid','w').write('{uid}')\n"
            "except OSError: sys.exit(77)\n"
            f"os.setgroups([]);os.setgid({gid});os.setuid({uid})\n"
            f"sys.exit(subprocess.run({args!r}).returncode)")
    p = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if p.returncode == 77:
        raise harness.Skip("no login uid can be set here")
    return p.returncode, p.stderr


def test_a_stricter_policy_reaches_what_was_there_before():
    with Giad(policy="\n  - {action: report}\n", extra="quarantine: {note: no}\n") as g:
        g.start().wait_walked()
        path = g.write(".env", offending(1))
        g.idle()
        assert os.path.exists(path)
        g.policy = harness.POLICY
        g.write_config()
        g.reload()
        g.wait_gone(path)
        # and over a restart, when giad was not there to see the change
        g.policy = "\n  - {action: report}\n"
        g.write_config()
        g.reload()
        g.wait_event("config-loaded")
        path = g.write("b.env", offending(2))
        g.idle()
        g.stop()
        g.policy = harness.POLICY
        g.write_config()
        g.start()
        g.wait_gone(path)


def test_names_of_a_directory_mean_what_its_other_files_say():
    with Giad(policy="\n  - {action: report}\n") as g:
        g.start().wait_walked()
        main = ('resource "aws_iam_policy" "p" {\n  policy = jsonencode({\n    Statement = [{ Effect = "Allow", '
                'Action = var.action, Resource = "*" }]\n  })\n}\n')
        admin = lambda: g.events("finding") and [e for e in g.events("finding") if e.get("rule") == "aws-iam-admin-policy"]
        os.mkdir(g.path("infra"))
        g.write("infra/main.tf", main)
        g.write("infra/variables.tf", 'variable "action" { type = string }\n')
        g.write("infra/outputs.tf", 'output "x" { value = var.action }\n')
        g.idle()
        assert not admin()
        # what it means comes later, and main.tf is not written again
        g.write("infra/prod.auto.tfvars", 'action = "*"\n')
        wait_for(lambda: len(admin()) == 1)
        assert admin()[0]["path"].endswith("infra/main.tf")
        # the same answer is no news, another one is
        g.write("infra/variables.tf", 'variable "action" {\n  type = string\n}\n')
        g.idle()
        assert len(admin()) == 1
        # in one that is not there, or cannot be read, nothing is known; and nothing waits for it
        os.unlink(g.path("infra/prod.auto.tfvars"))
        os.mkfifo(g.path("infra/x.auto.tfvars"))
        os.symlink("/dev/zero", g.path("infra/y.auto.tfvars"))
        g.write("infra/main.tf", main + "# again\n")
        g.idle()
        assert len(admin()) == 1
        # a chart's templates take what they say from its values
        os.makedirs(g.path("chart/templates"))
        g.write("chart/values.yaml", 'verbs: ["*"]\n')
        g.write("chart/templates/role.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                "metadata: {name: a}\nrules:\n  - apiGroups: ['']\n    resources: [pods]\n    verbs: {{ .Values.verbs }}\n")
        g.wait_event("finding", rule="k8s-rbac-wildcard")
        # while giad was not there
        g.stop()
        os.unlink(g.path("infra/x.auto.tfvars"))
        g.write("infra/b.auto.tfvars", 'action = "*"\n')
        g.write("infra/main.tf", main)
        g.start()
        wait_for(lambda: len(admin()) == 2)


def test_a_file_is_looked_at_again_when_what_it_reads_changes():
    with Giad(policy="\n  - {action: report}\n") as g:
        g.start().wait_walked()
        told = lambda rule, path: [e for e in g.events("finding") if e.get("rule") == rule and e["path"].endswith(path)]
        policy = lambda action: '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "*"}]}\n' % action
        os.makedirs(g.path("infra/policies"))
        os.makedirs(g.path("infra/modules/m"))
        # a policy that Terraform reads from a file: where it is read and where it is written
        g.write("infra/policies/agent.json", policy("s3:GetObject"))
        g.write("infra/main.tf", 'resource "aws_iam_policy" "p" {\n  policy = file("${path.module}/policies/agent.json")\n}\n')
        g.idle()
        assert not told("aws-iam-admin-policy", "main.tf")
        g.write("infra/policies/agent.json", policy("*"))
        wait_for(lambda: len(told("aws-iam-admin-policy", "infra/main.tf")) == 1)
        assert told("aws-iam-admin-policy", "infra/main.tf")[0]["line"] == 2
        wait_for(lambda: len(told("aws-iam-admin-policy", "agent.json")) == 1)
        # a template, with what it is given
        g.write("infra/agent.json.tftpl", policy("s3:GetObject"))
        g.write("infra/role.tf", 'resource "aws_iam_policy" "q" {\n  policy = templatefile("agent.json.tftpl", { action = "*" })\n}\n')
        g.idle()
        assert not told("aws-iam-admin-policy", "role.tf")
        g.write("infra/agent.json.tftpl", policy("${action}"))
        wait_for(lambda: len(told("aws-iam-admin-policy", "role.tf")) == 1)
        # a module, when who calls it says so
        g.write("infra/modules/m/main.tf", 'variable "action" {}\nresource "aws_iam_policy" "p" {\n  policy = jsonencode({\n'
                '    Statement = [{ Effect = "Allow", Action = var.action, Resource = "*" }]\n  })\n}\n')
        g.idle()
        assert not told("aws-iam-admin-policy", "modules/m/main.tf")
        g.write("infra/calls.tf", 'module "m" {\n  source = "./modules/m"\n  action = "*"\n}\n')
        wait_for(lambda: len(told("aws-iam-admin-policy", "modules/m/main.tf")) == 1)
        # a chart's templates
        os.makedirs(g.path("chart/templates"))
        g.write("chart/values.yaml", 'verbs: [get]\n')
        g.write("chart/templates/role.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                "metadata: {name: a}\nrules:\n  - apiGroups: ['']\n    resources: [pods]\n    verbs: {{ .Values.verbs }}\n")
        g.idle()
        assert not told("k8s-rbac-wildcard", "role.yaml")
        g.write("chart/values.yaml", 'verbs: ["*"]\n')
        wait_for(lambda: len(told("k8s-rbac-wildcard", "role.yaml")) == 1)
        # a role's templates
        os.makedirs(g.path("roles/r/templates"))
        os.makedirs(g.path("roles/r/defaults"))
        g.write("roles/r/defaults/main.yml", "verbs: [get]\n")
        g.write("roles/r/templates/rbac.yml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                "metadata: {name: a}\nrules:\n  - apiGroups: ['']\n    resources: [pods]\n    verbs: {{ verbs }}\n")
        g.idle()
        assert not told("k8s-rbac-wildcard", "rbac.yml")
        g.write("roles/r/defaults/main.yml", "verbs: ['*']\n")
        wait_for(lambda: len(told("k8s-rbac-wildcard", "rbac.yml")) == 1)
        # what is excluded stays so, while what is called beside it is looked at
        module = ('variable "action" {}\nresource "aws_iam_policy" "p" {\n  policy = jsonencode({\n'
                  '    Statement = [{ Effect = "Allow", Action = var.action, Resource = "*" }]\n  })\n}\n')
        for name in ("node_modules", "other"):
            os.makedirs(g.path(f"more/{name}"))
            g.write(f"more/{name}/{name}.tf", module)
        g.idle()
        g.write("more/calls.tf", "".join(f'module "{name}" {{\n  source = "./{name}"\n  action = "*"\n}}\n' for name in ("node_modules", "other")))
        wait_for(lambda: len(told("aws-iam-admin-policy", "other.tf")) == 1)
        g.idle()
        assert not told("aws-iam-admin-policy", "node_modules.tf")
        # what is no file, or lies elsewhere, is not read, and nothing waits for it
        os.unlink(g.path("infra/policies/agent.json"))
        os.mkfifo(g.path("infra/policies/agent.json"))
        os.symlink("/dev/zero", g.path("infra/policies/b.json"))
        os.symlink("/", g.path("infra/policy"))
        g.write("infra/main.tf", 'resource "aws_iam_policy" "p" {\n  policy = file("policies/agent.json")\n}\n')
        g.idle()
        assert len(told("aws-iam-admin-policy", "infra/main.tf")) == 1


def test_a_back_end_that_is_refused_is_replaced_and_said():
    with Giad(backend="fanotify") as g:
        g.start()
        ws = g.status()["workspaces"][0]
        assert ws["backend"] == "fanotify" and "who wrote" not in ws["blind_to"], ws
        g.stop()
        g.start(prefix=("setpriv", "--bounding-set=-sys_admin"))
        ws = g.status()["workspaces"][0]
        assert ws["backend"] == "inotify" and "who wrote" in ws["blind_to"], ws
        gap = [x for x in ws["gaps"] if x["reason"] == "back-end-refused"][0]
        assert gap["detail"] == "fanotify: Operation not permitted", gap
        g.wait_event("gap-opened", reason="back-end-refused")
        path = g.write("x.env", offending(77))
        g.wait_gone(path)
        # what the configuration does not ask for any more is not missed
        g.backend = "inotify"
        g.write_config()
        g.reload()
        wait_for(lambda: not g.status()["workspaces"][0]["gaps"])
        path = g.write("y.env", offending(78))
        g.wait_gone(path)


def test_events_say_who_wrote():
    with Giad(backend="fanotify") as g:
        os.chmod(g.ws, 0o777)
        g.start()
        os.makedirs(g.path("deep/er"))
        os.chmod(g.path("deep/er"), 0o777)

        secret = token(seed=9)

        def write(name, seed, uid, variables=(), program="sh"):
            p = subprocess.Popen(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "env", *variables, program, "-c",
                                  f"cat > {g.path(name)}; sleep 0.2"], stdin=subprocess.PIPE, cwd="/")
            p.communicate(offending(seed).encode())
            g.wait_gone(g.path(name))
            e = g.wait_event("quarantined", path=g.path(name))
            assert e["writer_source"] == "event" and e["writer_uid"] == uid and e["writer_gid"] == uid, e
            assert f"python3({os.getpid()})" in e["writer_ancestors"] or f"({os.getpid()})" in e["writer_ancestors"], e
            assert e["writer_exe"].startswith("/"), e
            assert e["writer_command"] == f"{program} -c 'cat > {g.path(name)}; sleep 0.2'" or secret[:12] in program, e
            shown = g.json("quarantine", "show", e["quarantine_id"])
            assert shown["writer"]["writer_pid"] == e["writer_pid"], shown
            assert f"uid {uid}" in g.ctl("quarantine", "show", e["quarantine_id"]).stdout
            return e
        e = write("a.env", 1, 4001)
        assert "writer_agent" not in e and e["owner"] == 4001, e
        e = write("deep/er/b.env", 2, 4002, ["CLAUDECODE=1"])
        assert e["writer_agent"] == "claude-code", e
        # a file of one user that another one changes: the owner did not write it
        path = g.write("c.env", "A=1\n")
        os.chown(path, 4003, 4003)
        os.chmod(path, 0o666)
        g.idle()
        e = write("c.env", 3, 4004)
        assert e["owner"] == 4003, e
        # a name of a program may be a secret, too
        program = os.path.join(g.base, secret)
        shutil.copy("/bin/dash", program)
        e = write("d.env", 4, 4005, program=program)
        assert e["writer_comm"] == "[...]" and e["writer_exe"].startswith(g.base), e
        for name in ("lines/events.jsonl", "giad.log"):
            text = open(os.path.join(g.base, name)).read()
            assert secret[:12] not in text, name
        assert secret[:12] not in g.ctl("quarantine", "show", e["quarantine_id"]).stdout


def test_command_lines_are_told_without_their_secrets():
    with Giad(backend="fanotify") as g:
        g.start()
        password = token("", 11, seed=12)
        keep = "; sleep 0.2"

        def write(name, seed, script, *words):
            subprocess.run(["sh", "-c", f"cat > {g.path(name)}{keep}{script}", *words], input=offending(seed).encode(), cwd="/", check=True)
            e = g.wait_event("quarantined", path=g.path(name))
            assert "writer_missing" not in e, e
            shown = g.ctl("quarantine", "show", e["quarantine_id"]).stdout
            assert e["writer_command"] in shown, shown
            return e["writer_command"]
        said = write("a.env", 21, "", "tool", "--password", password, "--region", "eu")
        assert said.endswith("tool --password [...] --region eu"), said
        said = write("b.env", 22, f"; PGPASSWORD={password} true")
        assert said.endswith("; PGPASSWORD=[...] true'"), said
        said = write("c.env", 23, "", token(seed=13), "x" * 5000, "y")
        assert said.endswith("…") and "glpat-" not in said, said
        # one process, many files: asked once, told each time
        subprocess.run(["sh", "-c", f"for i in 1 2 3 4 5; do echo {offending(30).strip()} > {g.ws}/$i.env; done{keep}"], check=True, cwd="/")
        for i in range(1, 6):
            e = g.wait_event("quarantined", path=g.path(f"{i}.env"))
            assert "GITLAB_TOKEN=[...]" in e["writer_command"], e
        for name in ("lines/events.jsonl", "giad.log"):
            text = open(os.path.join(g.base, name), encoding="utf-8").read()
            assert password not in text, name


def test_events_say_in_which_repository():
    if not shutil.which("git"):
        raise Skip("no git")
    with Giad() as g:
        g.start()

        def git(*args, at=None):
            return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main", *args],
                                  cwd=at or g.path("repo"), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()

        def told(name, seed):
            g.write(name, offending(seed))
            e = g.wait_event("quarantined", path=g.path(name))
            found = g.wait_event("finding", path=g.path(name))
            fields = ("repository", "repository_url", "branch", "commit", "repository_missing")
            assert [e.get(f) for f in fields] == [found.get(f) for f in fields], (e, found)
            return [e.get(f) for f in fields]
        assert told("outside/a.env", 41) == [None] * 5
        os.makedirs(g.path("repo/sub"))
        git("init", "-q")
        # a repository that appears above is seen after a while
        assert told("repo/sub/a.env", 42) == ["repo", None, "main", None, None]
        password = token("", 12, seed=43)
        git("remote", "add", "origin", f"https://me:{password}@git.example/team/r.git")
        git("commit", "-q", "--allow-empty", "-m", "one")
        one = git("rev-parse", "HEAD")
        assert told("repo/sub/b.env", 44) == ["repo", "https://[...]@git.example/team/r.git", "main", one, None]
        git("checkout", "-q", "-b", "feature/x-1")
        git("commit", "-q", "--allow-empty", "-m", "two")
        two = git("rev-parse", "HEAD")
        assert told("repo/c.env", 45)[2:] == ["feature/x-1", two, None]
        git("checkout", "-q", one)
        assert told("repo/d.env", 46)[2:] == [None, one, None]
        git("checkout", "-q", "main")
        # one of high confidence would have its ref and HEAD taken away
        git("checkout", "-q", "-b", f"fix/password={password}")
        state = told("repo/e.env", 48)
        assert state[2] == "fix/password=[...]", state
        # without a log the commit is in packed-refs
        git("checkout", "-q", "main")
        git("pack-refs", "--all")
        shutil.rmtree(g.path("repo/.git/logs"))
        assert told("repo/f.env", 49)[2:] == ["main", one, None]
        git("worktree", "add", "-q", g.path("linked"), "feature/x-1")
        state = told("linked/a.env", 50)
        assert state[0] == "linked" and state[2] is None and "elsewhere" in state[4], state
        # what is no HEAD
        for i, content in enumerate((b"\0" * 100, b"ref: refs/heads/a\nb\n", b"ref: " + b"x" * 5000, b"")):
            with open(g.path("repo/.git/HEAD"), "wb") as f:
                f.write(content)
            state = told(f"repo/bad{i}.env", 60 + i)
            assert state[:4] == ["repo", None, None, None] and state[4], state
        os.unlink(g.path("repo/.git/HEAD"))
        os.mkfifo(g.path("repo/.git/HEAD"))
        assert "cannot be read" in told("repo/fifo.env", 70)[4]
        os.unlink(g.path("repo/.git/HEAD"))
        os.symlink("/etc/hostname", g.path("repo/.git/HEAD"))
        assert "cannot be read" in told("repo/link.env", 71)[4]
        text = open(g.events_path, encoding="utf-8").read()
        assert password not in re.sub(r'"path":"[^"]*"|"message":"[^"]*"', '', text)


def test_a_workspace_may_be_a_work_tree_or_lie_in_one():
    if not shutil.which("git"):
        raise Skip("no git")
    base = tempfile.mkdtemp(prefix="giad-test-")
    try:
        subprocess.run(["git", "init", "-q", "--object-format=sha256", "-b", "top", os.path.join(base, "ws")], check=True)
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "--allow-empty", "-m", "one"],
                       cwd=os.path.join(base, "ws"), check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=os.path.join(base, "ws"), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        os.makedirs(os.path.join(base, "ws", "below"))
        with Giad(base=base, workspaces=[os.path.join(base, "ws")]) as g:
            g.start()
            g.write("a.env", offending(1))
            e = g.wait_event("quarantined", path=g.path("a.env"))
            assert (e["repository"], e["branch"], e["commit"]) == (".", "top", commit) and len(commit) == 64, e
        with Giad(base=base, workspaces=[os.path.join(base, "ws", "below")]) as g:
            g.start()
            g.write("below/b.env", offending(2))
            e = g.wait_event("quarantined", path=g.path("below/b.env"))
            assert "repository" not in e, e
    finally:
        shutil.rmtree(base, ignore_errors=True)


def test_agents_are_named_by_the_configuration_and_a_reload():
    with Giad(backend="fanotify") as g:
        g.start()
        program = os.path.join(g.base, "our-very-long-agent-name")
        shutil.copy("/bin/dash", program)
        # lives across the reload: who is known already is asked anew
        p = subprocess.Popen([program, "-c", "while read n s; do echo $s > $n; done"],
                             stdin=subprocess.PIPE, cwd="/")

        def write(name, seed):
            p.stdin.write(f"{g.path(name)} {offending(seed)}".encode())
            p.stdin.flush()
            return g.wait_event("quarantined", path=g.path(name))
        e = write("a.env", 1)
        assert "writer_agent" not in e, e
        with open(g.config, "a", encoding="utf-8") as f:
            f.write("agents:\n  - {name: ours, programs: our-very-long-agent-name}\n  - {name: other, variables: OTHER_AGENT, container: x*}\n")
        before = len(g.events("config-loaded"))
        g.reload()
        wait_for(lambda: len(g.events("config-loaded")) > before)
        e = write("b.env", 2)
        assert e["writer_agent"] == "ours", e
        p.stdin.close()
        p.wait()
        subprocess.run(["env", "OTHER_AGENT=1", "CLAUDECODE=1", "sh", "-c", f"echo {offending(3).strip()} > {g.path('c.env')}; sleep 0.2"], check=True)
        e = g.wait_event("quarantined", path=g.path("c.env"))
        assert e["writer_agent"] == "other", e


def test_a_release_to_another_place_is_approved_there():
    with Giad(extra="quarantine: {note: no}\n") as g:
        g.start().wait_walked()
        path = g.write("a/.env", offending(1))
        g.wait_gone(path)
        g.idle()
        os.mkdir(g.path("b"))
        g.ctl("quarantine", "release", g.entries()[0]["id"], "--reason=moved", f"--to={g.path('b')}")
        g.idle()
        assert os.path.exists(g.path("b/.env"))
        g.wait_gone(g.write("a/.env", offending(1)))


def test_a_release_that_ends_is_looked_at_again():
    with Giad(extra="quarantine: {note: no}\n") as g:
        g.start().wait_walked()
        path = g.write(".env", offending(1))
        g.wait_gone(path)
        g.idle()
        g.ctl("quarantine", "release", g.entries()[0]["id"], "--reason=for a moment", "--expires=4s")
        g.idle()
        assert os.path.exists(path)
        g.wait_gone(path)


def test_a_reload_changes_who_may_ask():
    need_root()
    gid = grp.getgrnam("adm").gr_gid
    with Giad(extra="control: {read_group: adm, decide_group: adm}\n") as g:
        g.start()
        os.chmod(g.config, 0o644)
        ask = [GIACTL, f"--config={g.config}", "findings"]
        assert as_user(12345, gid, ask)[0] == 0
        assert as_user(12345, 54321, ask)[0] == 2
        g.extra = ""
        g.write_config()
        g.reload()
        g.wait_event("config-loaded")
        assert as_user(12345, gid, ask)[0] == 2


def test_an_approver_cannot_use_the_daemons_rights():
    need_root()
    gid = grp.getgrnam("adm").gr_gid
    with Giad(extra="control: {read_group: adm, decide_group: adm}\n") as g:
        g.start()
        os.chmod(g.config, 0o644)
        path = g.write("profile", offending(63))
        g.wait_gone(path)
        g.idle()
        entry = g.entries()[0]["id"]
        own, foreign = os.path.join(g.base, "own"), os.path.join(g.base, "foreign")
        os.mkdir(own)
        os.chown(own, 12345, gid)
        os.mkdir(foreign)
        release = [GIACTL, f"--config={g.config}", "quarantine", "release", entry, "--reason=test"]
        for args, words in (([f"--to={foreign}"], "not their own"), (["--to=own"], "absolute"), (["--expires=infd"], "--expires")):
            rc, err = as_user(12345, gid, release + args)
            assert rc == 2 and words in err, (args, rc, err)
            assert len(g.entries()) == 1 and not os.listdir(foreign)
        rc, err = as_user(12345, gid, release + [f"--to={own}"])
        assert rc == 0, err
        assert os.listdir(own) == ["profile"]


def test_no_name_breaks_an_answer_or_reaches_the_terminal_raw():
    with Giad(workspaces=None) as g:
        g.workspaces = [g.ws + "/*"]
        g.write_config()
        top = os.fsencode(g.ws)
        names = [b"plain", b"esc\x1b[31m", b"not-utf8\xff"]
        for n in names:
            os.mkdir(os.path.join(top, n))
        g.start()
        for n in names:
            for leaf in (b"a.env", b"b\x1b]0;x\x07.env", b"c\xff.env"):
                with open(os.path.join(top, n, leaf), "w") as f:
                    f.write(offending(64))
        wait_for(lambda: len(g.entries()) == 9)
        g.idle()
        everything = [["status"], ["findings"], ["inventory"], ["quarantine", "list"], ["events"]]
        everything += [["quarantine", "show", e["id"]] for e in g.entries()]
        everything += [["quarantine", "release", e["id"], "--reason=test", "--to=/nonexistent"] for e in g.entries()]
        everything += [["quarantine", "release", e["id"], "--reason=test"] for e in g.entries()]
        for args in everything:
            for form in ("json", "human"):
                if args[1:2] == ["release"] and form == "human" and "--to=/nonexistent" not in args:
                    continue
                p = g.ctl(f"--output={form}", *args, check=False, text=False)
                assert p.returncode == (2 if "--to=/nonexistent" in args else 0), (args, p)
                for out in (p.stdout, p.stderr):
                    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", out), (args, out)
                    out.decode("utf-8")
                if form == "json" and p.returncode == 0:
                    json.loads(p.stdout)


def test_names_that_no_scanner_looked_at_are_masked():
    with Giad(extra="scanner: {user: nobody, workers: 1, deadline: 1s}\n") as g:
        g.start()
        fifo, held = token(seed=65), token(seed=66)
        os.mkfifo(g.path(f"pipe-{fifo}.env"))
        g.wait_event("not-scanned", reason="not-regular")
        scanner = int(subprocess.run(["pgrep", "-P", str(g.process.pid)], stdout=subprocess.PIPE, check=True).stdout)
        os.kill(scanner, signal.SIGSTOP)  # giad kills it at the deadline
        g.write(f"held-{held}.env", "A=1\n")
        g.wait_event("scanner-died")
        g.idle()
        g.stop()
        with open(g.events_path) as f:
            said = f.read() + g.log_text()
        assert "pipe-glpat-[...].env" in said and "held-glpat-[...].env" in said
        assert fifo not in said and held not in said


def test_a_scanner_that_closes_its_socket_is_ended():
    """One that was taken over could otherwise hold up all work without a sign."""
    with Giad(extra="scanner: {user: root, workers: 1}\n") as g:
        real, flag = os.path.join(g.base, "real-scanner"), os.path.join(g.base, "flag")
        with open(os.path.join(os.path.dirname(__file__), "../../common/model/scan.h")) as f:
            version = re.search(r"SCAN_WIRE_VERSION (\d+)u", f.read()).group(1)
        os.rename(os.path.join(g.base, "giad-scanner"), real)
        os.mkdir(flag)
        os.chmod(flag, 0o777)
        with open(os.path.join(g.base, "giad-scanner"), "w") as f:
            f.write(f"""#!{sys.executable}
import os, socket, struct, sys, time
try:
    os.mkdir("{flag}/once")
except FileExistsError:
    os.execv("{real}", ["giad-scanner", *sys.argv[1:]])
s = socket.socket(fileno=3)
s.recv(4096)
s.send(struct.pack("=IIII32s", 0x67696101, {version}, 1, os.getpid(), bytes(32)))
s.close()
time.sleep(600)
""")
        os.chmod(os.path.join(g.base, "giad-scanner"), 0o755)
        g.start(wait=False)
        g.wait_event("scanner-died")
        g.wait_gone(g.write("x.env", offending(67)))


def test_giactl_scan_says_what_it_did_not_read_and_shows_no_secret():
    with Giad() as g:
        in_name = token(seed=73)
        os.mkfifo(g.path(f"{in_name}.env"))
        g.write(f"{in_name}.txt", "nothing\n")
        g.write("bundle.zip", b"PK\x03\x04" + bytes(60), "wb")
        for args in (["scan"], ["--output=json", "scan"], ["classify"], ["--output=jsonl", "classify"]):
            p = g.ctl(*args, g.ws, check=False)
            assert p.returncode == (1 if "scan" in args else 0), (args, p)
            assert in_name not in p.stdout + p.stderr, (args, p)
        p = g.ctl("scan", g.ws, check=False)
        assert "FIFO" in p.stderr and "bundle.zip: an archive" in p.stderr, p.stderr


def test_requests_of_others_are_refused_and_told():
    need_root()
    with Giad() as g:
        g.start()
        g.wait_gone(g.write("x.env", offending(50)))
        g.idle()
        entry = g.entries()[0]["id"]
        code = (f"import os,subprocess;os.setgroups([]);os.setgid(65534);os.setuid(65534);"
                f"p=subprocess.run(['{GIACTL}','--config={g.config}','quarantine','release','{entry}','--reason=x']);os._exit(p.returncode)")
        p = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE)
        assert p.returncode == 2
        g.wait_event("access-denied")
        assert len(g.entries()) == 1


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
