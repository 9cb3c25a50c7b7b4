"""What the register says of an artefact: its versions, what each added, who wrote it, what was decided; the inventory; and what follows when
the register is damaged."""
import csv
import io
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import harness
from harness import Giad, wait_for

REPORT = "\n  - {action: report}\n"

ROLE = """resource "aws_iam_role_policy" "ci" {
  policy = jsonencode({Statement = [{Effect = "Allow", Action = %s, Resource = "*"}]})
}
"""


def show(g, what):
    """What is known of it, or None."""
    p = g.ctl("--output=json", "show", what, check=False)
    return json.loads(p.stdout) if p.returncode == 0 else None


def versions(g, path, n, last=None):
    """The artefact, once it has n versions, and the last one has that number."""
    def there():
        a = show(g, path)
        return a and len(a["versions"]) == n and (last is None or a["versions"][-1]["version"] == last) and a

    return wait_for(there)


def texts(list_):
    return [a["kind"] + " " + a["text"] for a in list_]


def test_a_version_says_what_it_adds():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '["s3:GetObject", "s3:ListBucket"]')
        first = versions(g, path, 1)
        assert texts(first["versions"][0]["adds"]) == ["grant aws_iam_role_policy.ci: s3:GetObject on *",
                                                      "grant aws_iam_role_policy.ci: s3:ListBucket on *"], first
        g.write("main.tf", ROLE % '["s3:GetObject", "iam:PassRole"]')
        a = versions(g, path, 2)
        assert a["id"] == first["id"] and a["state"] == "observed", a
        old, new = a["versions"]
        assert old["state"] == "superseded" and new["state"] == "observed", a
        assert texts(new["adds"]) == ["grant aws_iam_role_policy.ci: iam:PassRole on *"], new
        assert texts(new["drops"]) == ["grant aws_iam_role_policy.ci: s3:ListBucket on *"], new
        assert old["sha256"] != new["sha256"] == a["sha256"], a
        assert [h["by"] for h in a["history"]] == ["giad", "giad"] and [h["version"] for h in a["history"]] == [1, 2], a
        text = g.ctl("show", path).stdout
        assert "+ grant" in text and "iam:PassRole on *" in text and "- grant" in text, text
        assert g.ctl("show", a["id"]).stdout == text


def test_what_is_unchanged_is_no_new_version():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        versions(g, path, 1)
        time.sleep(0.1)
        g.write("main.tf", ROLE % '"s3:GetObject"')
        g.idle()
        a = versions(g, path, 1)
        assert a["versions"][0]["last_seen"] > a["versions"][0]["first_seen"], a


def test_only_so_many_versions_are_kept():
    with Giad(policy=REPORT, extra="limits: {versions_kept: 3}\n") as g:
        g.start().wait_walked()
        for i in range(6):
            path = g.write("main.tf", ROLE % f'"s3:Get{i}"')
            a = versions(g, path, min(i + 1, 3), i + 1)
        assert [v["version"] for v in a["versions"]] == [4, 5, 6], a
        assert len(a["history"]) == 6, a["history"]


def test_a_release_is_in_the_history_with_who_and_why():
    with Giad() as g:
        g.start().wait_walked()
        path = g.write("token.env", harness.offending(3))
        g.wait_gone(path)
        a = wait_for(lambda: show(g, path))
        assert a["state"] == "quarantined" and a["history"][0]["state"] == "quarantined" and a["history"][0]["reason"], a
        assert any(t.startswith("secret ") for t in texts(a["versions"][0]["assertions"])), a
        entry = wait_for(g.entries)[0]
        wait_for(lambda: g.ctl("quarantine", "release", entry["id"], "--reason=a test needs it", check=False).returncode == 0)
        a = wait_for(lambda: (lambda a: a["state"] in ("released", "approved") and a)(show(g, path)))
        last = [h for h in a["history"] if h["state"] == "released"][-1]
        assert last["by"] == "root" and last["uid"] == 0 and last["reason"] == "a test needs it", a["history"]


def test_what_is_not_known_is_said():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        p = g.ctl("show", "nothing.tf", check=False)
        assert p.returncode == 2 and "no artefact" in p.stderr, p
        p = g.ctl("show", check=False)
        assert p.returncode == 2, p


# --- the inventory ---

ARTEFACTS = {  # path below a workspace: content, what kind it is
    "main.tf": (ROLE % '["iam:PassRole", "s3:*"]', "iam-policy"),
    "deploy/app.tf": (ROLE % '"s3:GetObject"', None),
    "sudoers": ("agent ALL=(ALL) NOPASSWD: ALL\n", "sudoers"),
    "=cmd|'x'!A0.tf": (ROLE % '"*"', None),
    "@SUM(1+1),\"2\".tf": (ROLE % '"*"', None),
    "-x\n\u202efdp.tf": (ROLE % '"*"', None),
}


def fill(g, ws="ws"):
    for name, (content, _) in ARTEFACTS.items():
        path = os.path.join(g.base, ws, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)


def inventory(g, *options):
    return g.json("inventory", *options)


def paths(artefacts):
    return sorted(a["path"] for a in artefacts)


def two_workspaces():
    base = tempfile.mkdtemp(prefix="giad-test-")
    both = [os.path.join(base, w) for w in ("ws", "other")]
    for w in both:
        os.makedirs(w, exist_ok=True)
    return Giad(policy=REPORT, base=base, workspaces=both)


def test_the_inventory_is_filtered():
    with two_workspaces() as g:
        g.own_base = True
        fill(g)
        fill(g, "other")
        g.start().wait_walked()
        everything = wait_for(lambda: (lambda a: len(a) == 2 * len(ARTEFACTS) and a)(inventory(g)))
        g.idle()
        assert len(inventory(g, f"--workspace={g.ws}")) == len(ARTEFACTS)
        assert paths(inventory(g, "--path=deploy/**", f"--workspace={g.ws}")) == ["deploy/app.tf"]
        assert len(inventory(g, f"--path={g.base}/o*/main.tf")) == 1 and len(inventory(g, "--path=main.tf")) == 2
        assert inventory(g, "--agent=tester") == everything and inventory(g, "--agent=nobody") == []
        sudoers = inventory(g, "--artefact=sudoers")
        assert paths(sudoers) == ["sudoers", "sudoers"], sudoers
        classes = {f["class"] for f in g.json("findings", os.path.join(g.ws, "sudoers"))}
        assert classes, sudoers
        for c in classes:
            found = inventory(g, f"--class={c}")
            assert paths(found) == paths(sudoers), (c, found)
        for s in ("critical", "high", "medium", "low", "info"):
            least = ("info", "low", "medium", "high", "critical").index(s)
            want = [a for a in everything if ("info", "low", "medium", "high", "critical").index(a["severity"]) >= least]
            assert paths(inventory(g, f"--severity={s}")) == paths(want), s
        assert paths(inventory(g, "--severity=high", "--path=sudoers", f"--workspace={g.ws}")) == ["sudoers"]
        assert inventory(g, "--state=observed") == everything and inventory(g, "--state=rejected") == []
        assert inventory(g, "--new-since=1h") == everything and inventory(g, "--seen-since=2099-01-01") == []
        assert len(inventory(g, "--limit=3")) == 3 and inventory(g, "--limit=0") == everything
        lines = g.ctl("--output=jsonl", "inventory").stdout.splitlines()
        assert [json.loads(x) for x in lines] == everything
        for wrong, said in (("--state=observd", "did you mean observed"), ("--class=sudo-misus", "did you mean sudo-misuse"), ("--severity=worst", "no such severity"),
                            ("--new-since=yesterday", "how long ago"), ("--limit=some", "whole number"), ("--artefact=x", "no such artefact")):
            p = g.ctl("inventory", wrong, check=False)
            assert p.returncode == 2 and said in p.stderr, (wrong, p.stderr)


def test_the_inventory_is_a_table_for_spreadsheets():
    with Giad(policy=REPORT) as g:
        fill(g)
        g.start().wait_walked()
        wait_for(lambda: len(inventory(g)) == len(ARTEFACTS))
        text = g.ctl("--output=csv", "inventory", text=False).stdout.decode()
        assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), text
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        want = inventory(g)
        assert len(rows) == len(want) and set(rows[0]) == set(want[0]), rows[0]
        for row, a in zip(rows, want):
            for k, v in row.items():
                assert not v[:1] in "=+-@" or v == "", (k, v)
                assert v.isprintable() and v.lstrip("'") == str(a[k]), (k, v, a[k])
        findings = list(csv.DictReader(io.StringIO(g.ctl("--output=csv", "findings").stdout)))
        assert len(findings) == len(g.json("findings")) > 0
        p = g.ctl("--output=csv", "status", check=False)
        assert p.returncode == 2 and "csv" in p.stderr, p


def test_a_client_that_does_not_read_costs_giad_nothing():
    """A register with more artefacts than a socket holds, exported by three clients, of which two stand still."""
    with Giad(policy=REPORT) as g:
        os.makedirs(os.path.join(g.base, "state"), mode=0o700)
        g.start().wait_walked()
        g.stop()
        db = sqlite3.connect(os.path.join(g.base, "state/register.db"))
        db.executemany("INSERT INTO artefacts(id, workspace, path, agent, kind, evidence, sha256, size, owner, state, severity, n_findings, first_seen, last_seen)"
                       " VALUES(?, '/srv/w', ?, 'alice', 'ci-workflow', 'a name', zeroblob(32), 1, 0, 'observed', 'info', 0, 1, 1)",
                       ((f"{i:026d}", f"dir-{i // 50}/file-{i}.yaml") for i in range(50000)))
        db.commit()
        db.close()
        g.start().wait_walked()
        before = memory(g)
        lazy = []
        for _ in range(2):
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.path.join(g.base, "run/control"))
            s.sendall(b'{"method":"io.giad.Control.Inventory","more":true}\0')
            lazy.append(s)
        p = subprocess.run([harness.GIACTL, f"--config={g.config}", "--output=jsonl", "inventory"], stdout=subprocess.PIPE, check=True)
        assert p.stdout.count(b"\n") == 50000
        # a single reply to who asks for no more, as much of it as was asked for
        assert len(g.json("inventory", "--limit=4711")) == 4711
        assert memory(g) - before < 12000, (before, memory(g))
        for s in lazy:
            s.close()
        return f"{memory(g) - before} KB more for 50 000 artefacts and two clients that stand still"


def memory(g):
    with open(f"/proc/{g.process.pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


# --- damage ---

def register_of(g):
    return os.path.join(g.base, "state/register.db")


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def flip(path):
    """A byte in each hundred, so that the beginning of most pages is hit."""
    random.seed(7)
    with open(path, "r+b") as f:
        size = os.fstat(f.fileno()).st_size
        for _ in range(size // 100):
            f.seek(random.randrange(size))
            f.write(bytes([random.randrange(256)]))


def text(path):
    with open(path, "r+b") as f:
        f.truncate()
        f.write(b"Dear diary, today somebody wrote over a register.\n" * 500)


def foreign(path):
    other = path + ".other"
    db = sqlite3.connect(other)
    db.executescript("CREATE TABLE bookmarks(url TEXT); INSERT INTO bookmarks VALUES('https://example.org/')")
    db.close()
    with open(other, "rb") as f, open(path, "r+b") as g:
        g.truncate()
        g.write(f.read())
    os.unlink(other)


def empty(path):
    os.truncate(path, 0)


def deleted(path):
    os.unlink(path)


DAMAGES = [cut, flip, text, foreign, empty]


def known(g):
    return {(a["path"], a["state"]) for a in inventory(g)}


def with_artefacts():
    g = Giad(extra="watch: {settle: 50ms}\n")
    fill(g)
    g.write("token.env", harness.offending(5))
    return g


def begun_anew(g, n):
    """The n-th time: it was said so, and all that is there is known again."""
    wait_for(lambda: len([e for e in g.events("gap-opened") if e["reason"] == "register-damaged"]) == n)
    wait_for(lambda: len([e for e in g.events("gap-closed") if e["reason"] == "register-damaged"]) == n)


def numbers_go_up(g):
    seqs = [e["seq"] for e in g.events()]
    assert seqs == sorted(set(seqs)), [(a, b) for a, b in zip(seqs, seqs[1:]) if b <= a]


def test_a_register_damaged_while_giad_is_stopped_is_rebuilt():
    with with_artefacts() as g:
        g.start().wait_walked()
        g.wait_gone(g.path("token.env"))
        g.idle(quiet=0.2)
        before = known(g)
        assert ("token.env", "quarantined") in before and len(before) == len(ARTEFACTS) + 1, before
        for i, damage in enumerate(DAMAGES):
            g.stop()
            damage(register_of(g))
            g.start().wait_walked()
            begun_anew(g, i + 1)
            assert known(g) == before, (damage.__name__, known(g) ^ before)
        numbers_go_up(g)
        aside = [f for f in os.listdir(os.path.dirname(register_of(g))) if "damaged" in f and f[-1].isdigit()]
        assert len(aside) == 4, aside  # of five, the last four
        assert any(e["reason"] == "register-damaged" and "damaged-" in e.get("detail", "") for e in g.events("gap-opened"))


def test_a_register_damaged_while_giad_runs_is_rebuilt():
    with with_artefacts() as g:
        g.start().wait_walked()
        g.wait_gone(g.path("token.env"))
        g.idle(quiet=0.2)
        before = known(g)
        for i, damage in enumerate([cut, flip, foreign, deleted]):
            damage(register_of(g))
            # somebody writes: that is when giad finds out
            g.write(f"new-{damage.__name__}.tf", ROLE % '"s3:GetObject"')
            before.add((f"new-{damage.__name__}.tf", "observed"))
            begun_anew(g, i + 1)
            assert known(g) == before, (damage.__name__, known(g) ^ before)
        g.stop()
        assert g.start().wait_walked().status()["gaps"] == []
        assert known(g) == before
        numbers_go_up(g)


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
