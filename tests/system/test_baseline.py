#!/usr/bin/env python3
"""Baselines and suppressions: what an operator writes off stays, nothing else does, and not for longer than was said."""
import json
import os
import pty
import select
import subprocess
import sys
import time

import harness
from harness import GIACTL, Giad, need_root, offending, token, wait_for

TAKE_SECRETS = "\n  - {when: {kind: secret}, action: quarantine}\n  - {action: report}\n"


def drop_in(g, name="50-baseline.yaml"):
    os.makedirs(g.config + ".d", exist_ok=True)
    return os.path.join(g.config + ".d", name)


def make_key(g):
    """The daemon's key is made at its first start; baselines are made with it."""
    g.start()
    g.stop()


def workspace_entry(g, more=""):
    text = open(g.config).read()
    g.write_config(text.replace("agent: tester,", f"agent: tester, {more}"))


def suppressions(path):
    return [line.strip() for line in open(path) if line.strip().startswith("- rule:")]


def test_what_is_in_the_baseline_stays_and_nothing_else():
    need_root()
    with Giad(policy=TAKE_SECRETS) as g:
        make_key(g)
        old = g.write("app/old [1].env", offending(1))
        out = drop_in(g)
        g.ctl("baseline", "create", g.ws, "--all", f"--out={out}", "--author=ann", "--reason=invented")
        assert os.stat(out).st_mode & 0o777 == 0o600
        assert token(seed=1) not in open(out).read() and "line 1" in open(out).read()
        g.ctl("check-config")
        g.ctl("check-config", out)
        g.start().wait_walked()
        e = g.wait_event("finding", path=old)
        assert e["action"] == "suppressed", e
        # the line is not a part of it
        with open(old, "w") as f:
            f.write("# a line more\n" * 7 + offending(1))
        wait_for(lambda: [e for e in g.events("finding") if e["line"] == 8 and e["action"] == "suppressed"])
        # another secret there, and the same elsewhere, are
        g.wait_gone(g.write("app/new.env", offending(1)))
        g.idle()
        assert os.path.exists(old)
        explained = g.json("explain", old)[0]["findings"][0]
        assert explained["suppressed"]["reason"] == "invented" and explained["suppressed"]["file"] == out, explained
        with open(old, "a") as f:
            f.write(offending(2))
        g.wait_gone(old)


def test_expiry_takes_effect_without_a_restart():
    need_root()
    with Giad(policy=TAKE_SECRETS) as g:
        make_key(g)
        path = g.write("a.env", offending(1))
        # long enough for a start under load
        g.ctl("baseline", "create", g.ws, "--all", f"--out={drop_in(g)}", "--expires=12s")
        made = time.monotonic()
        g.start().wait_walked()
        e = g.wait_event("finding", path=path)
        assert e["action"] == "suppressed" and os.path.exists(path), (e, time.monotonic() - made)
        g.wait_gone(path, seconds=40)
        assert time.monotonic() - made > 10
        assert g.process.poll() is None


def test_a_live_key_is_not_written_off_by_accident():
    with Giad() as g:
        g.write("a.env", offending(1) + "DB_PASSWORD=hunter2\n")
        out = os.path.join(g.base, "b.yaml")
        p = g.ctl("baseline", "create", g.ws, f"--out={out}", check=False)
        assert p.returncode == 1 and "high confidence" in p.stderr and "a.env:1:" in p.stderr, p
        assert token(seed=1) not in p.stderr
        assert suppressions(out) == ['- rule: "generic-credential"'], open(out).read()
        first = open(out).read()
        # never replaced by accident, and the same each time
        p = g.ctl("baseline", "create", g.ws, f"--out={out}", "--all", check=False)
        assert p.returncode == 2 and "--force" in p.stderr and open(out).read() == first, p
        p = g.ctl("baseline", "create", g.ws, f"--out={out}", "--force", check=False)
        assert p.returncode == 1 and open(out).read() == first
        p = g.ctl("--output=json", "baseline", "create", g.ws, check=False)
        lists = json.loads(p.stdout)
        assert p.returncode == 1 and [f["line"] for f in lists["refused"]] == [1] and [f["line"] for f in lists["suppress"]] == [2], lists
        p = g.ctl("--output=jsonl", "baseline", "create", g.ws, "--all")
        assert [json.loads(line)["suppressed"] for line in p.stdout.splitlines()] == [True, True], p.stdout
        assert g.ctl("baseline", "create", g.ws, "--expires=2001-01-01", check=False).returncode == 2


def test_names_are_written_so_that_they_mean_themselves():
    with Giad() as g:
        names = ["[a]*.env", "b: {c}.env", "d\n- rule: '*'.env", "e\xff.env".encode("latin-1"), "f\\g.env", "'h\".env", "ünï.env"]
        for i, name in enumerate(names):
            with open(os.path.join(os.fsencode(g.ws), name if isinstance(name, bytes) else name.encode()), "w") as f:
                f.write(offending(i))
        out = os.path.join(g.base, "b.yaml")
        g.ctl("baseline", "create", g.ws, "--all", f"--out={out}")
        g.ctl("check-config", out)
        assert len(suppressions(out)) == len(names), open(out).read()
        p = g.ctl("scan", g.ws, f"--baseline={out}")
        assert f"0 findings; {len(names)} suppressed" in p.stdout, p
        # a glob in a name is none
        g.write("[a]x.env", offending(0))
        assert g.ctl("scan", g.ws, f"--baseline={out}", check=False).returncode == 1
        # a secret in a name is not written
        g.write(f"x-{token(seed=99)}.txt", "nothing\n")
        text = g.ctl("baseline", "create", g.ws, "--all").stdout
        assert token(seed=99) not in text and text.count("- rule:") > len(names), text


def test_scan_leaves_out_what_is_suppressed():
    with Giad() as g:
        g.write("app/a.env", offending(1))
        g.write("app/b.env", offending(2))
        out = os.path.join(g.base, "b.yaml")
        g.ctl("baseline", "create", g.path("app/a.env"), "--all", f"--out={out}", "--reason=known", "--author=ann")
        for where in (g.ws, g.path("app")):
            p = g.ctl("--output=json", "scan", where, f"--baseline={out}", check=False)
            assert p.returncode == 1 and [os.path.basename(f["path"]) for f in json.loads(p.stdout)] == ["b.env"], (where, p)
        p = g.ctl("scan", g.path("app/a.env"), f"--baseline={out}")
        assert "1 suppressed" in p.stdout, p
        shown = json.loads(g.ctl("--output=json", "scan", g.path("app/a.env"), f"--baseline={out}", "--show-suppressed").stdout)
        assert shown[0]["suppressed"]["reason"] == "known" and shown[0]["suppressed"]["author"] == "ann", shown
        sarif = json.loads(g.ctl("--output=sarif", "scan", g.ws, f"--baseline={out}", check=False).stdout)
        found = {os.path.basename(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]): r["suppressions"]
                 for r in sarif["runs"][0]["results"]}
        assert found == {"a.env": [{"kind": "external", "status": "accepted", "justification": "known"}], "b.env": []}, found
        # as a drop-in it holds in the workspace without being named, and nowhere else
        os.rename(out, drop_in(g))
        assert "1 suppressed" in g.ctl("scan", g.path("app/a.env")).stdout
        elsewhere = os.path.join(g.base, "elsewhere", "app")
        os.makedirs(elsewhere)
        with open(os.path.join(elsewhere, "a.env"), "w") as f:
            f.write(offending(1))
        assert g.ctl("scan", os.path.dirname(elsewhere), check=False).returncode == 1
        p = subprocess.run([GIACTL, f"--config={g.config}", "scan", ".", f"--baseline={drop_in(g)}"], cwd=os.path.dirname(elsewhere),
                           stdout=subprocess.PIPE, text=True, check=False)
        assert p.returncode == 0 and "1 suppressed" in p.stdout, p
        bad = os.path.join(g.base, "bad.yaml")
        with open(bad, "w") as f:
            f.write("suppress:\n  - {rule: x}\n")
        p = g.ctl("scan", g.ws, f"--baseline={bad}", check=False)
        assert p.returncode == 2 and "needs a reason" in p.stderr, p


def test_comments_are_reported_and_obeyed_only_where_that_is_allowed():
    need_root()
    line = offending(1).rstrip("\n") + " # gitleaks:allow\n"
    with Giad(policy=TAKE_SECRETS) as g:
        path = g.write("a.env", line)
        found = json.loads(g.ctl("--output=json", "scan", g.ws, check=False).stdout)
        assert found[0]["suppression_comment"] == "ignored" and "(ignored)" in found[0]["detail"], found
        g.start()
        g.wait_gone(path)
        e = g.wait_event("finding", path=path)
        assert e["suppression_comment"] == "ignored" and "(ignored)" in e["detail"] and e.get("action") != "suppressed", e
        g.idle()
        # from a reload on
        workspace_entry(g, "inline_suppressions: yes,")
        g.ctl("check-config")
        g.reload()
        g.wait_event("config-loaded")
        path = g.write("b.env", line)
        e = g.wait_event("finding", path=path)
        assert e["suppression_comment"] == "allowed" and e["action"] == "suppressed", e
        g.wait_gone(g.write("c.env", offending(1)))
        g.idle()
        assert os.path.exists(path)
        f = g.json("findings", path)[0]
        assert f["suppression_comment"] == "allowed", f
        assert "a comment" in g.json("explain", path)[0]["findings"][0]["suppressed"]["reason"]
        p = g.ctl("scan", path)
        assert "1 suppressed" in p.stdout, p
        # and no longer: what lies there is judged again
        g.write_config()
        g.reload()
        g.wait_gone(path)


MIXED = """# kept by hand
suppress:
  # still there
  - rule: gitlab-*
    path: a.env
    reason: invented
    author: ann
  # gone
  - rule: gitlab-*
    path: b.env
    reason: was invented
    author: ann

  - {rule: generic-*, path: c.env, reason: old, author: ann, expires: 2001-01-01}
  - rule: gitlab-*
    path: a.env
    reason: nobody's
"""


def test_review_says_what_is_not_needed_any_more():
    with Giad() as g:
        g.write("a.env", offending(1))
        path = os.path.join(g.base, "mixed.yaml")
        with open(path, "w") as f:
            f.write(MIXED)
        for args in ((path,), (path, g.ws)):
            p = g.ctl("--output=json", "baseline", "review", *args, check=False)
            said = [(e["line"], e["matches"], e["stale"], e["expired"], e["no_author"], e["attention"]) for e in json.loads(p.stdout)]
            assert p.returncode == 1 and said == [(4, 1, False, False, False, False), (9, 0, True, False, False, True),
                                                  (14, 0, True, True, False, True), (15, 1, False, False, True, True)], (args, said)
        p = g.ctl("baseline", "review", path, check=False)
        assert p.returncode == 1 and "has expired" in p.stdout and "4 suppressions, 3 need attention" in p.stdout, p
        # all of the configuration
        assert json.loads(g.ctl("--output=json", "baseline", "review").stdout) == []
        os.rename(path, drop_in(g))
        assert len(json.loads(g.ctl("--output=json", "baseline", "review", check=False).stdout)) == 4
        assert len(json.loads(g.ctl("--output=json", "baseline", "review", g.ws, check=False).stdout)) == 4
        # what create writes without a reason asks for one
        out = os.path.join(g.base, "made.yaml")
        g.ctl("baseline", "create", g.ws, "--all", f"--out={out}")
        made = json.loads(g.ctl("--output=json", "baseline", "review", out, check=False).stdout)
        assert [(e["matches"], e["no_reason"], e["no_author"]) for e in made] == [(1, True, True)], made
        g.ctl("baseline", "create", g.ws, "--all", f"--out={out}", "--force", "--reason=r", "--author=a")
        assert g.ctl("baseline", "review", out).returncode == 0


def on_terminal(argv, answers, seconds=30):
    """Runs a program on a terminal of its own; one answer for each question."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    said, asked, end = "", 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(fd, 4096)
        except OSError:
            break
        if not chunk:
            break
        said += chunk.decode(errors="replace")
        while said.count("? ") > asked and asked < len(answers):
            os.write(fd, (answers[asked] + "\n").encode())
            asked += 1
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def test_review_on_a_terminal_rewrites_the_file():
    with Giad() as g:
        g.write("a.env", offending(1))
        path = os.path.join(g.base, "mixed.yaml")
        with open(path, "w") as f:
            f.write(MIXED)
        os.chmod(path, 0o640)
        argv = [GIACTL, f"--config={g.config}", "--no-progress", "baseline", "review", path]
        status, said = on_terminal(argv, ["d", "d", "q"])
        assert status == 1 and "nothing was changed" in said and open(path).read() == MIXED, said
        status, said = on_terminal(argv, ["k", "d", "e", "soon", "2099-01-01", "d"])
        # a flow entry that expires already is left to the person
        assert "by hand" in said and status == 2 and open(path).read() == MIXED, said
        status, said = on_terminal(argv, ["k", "d", "d", "e", "2099-01-01"])
        assert status == 0 and "rewritten" in said, (status, said)
        assert open(path).read() == """# kept by hand
suppress:
  # still there
  - rule: gitlab-*
    path: a.env
    reason: invented
    author: ann

  - rule: gitlab-*
    path: a.env
    reason: nobody's
    expires: 2099-01-01
""", open(path).read()
        assert os.stat(path).st_mode & 0o777 == 0o640
        g.ctl("check-config", path)
        status, said = on_terminal(argv, ["d", "d"])
        assert status == 0 and "suppress: []" in open(path).read(), said
        g.ctl("check-config", path)
        assert sorted(n for n in os.listdir(g.base) if "baseline-" in n) == []


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
