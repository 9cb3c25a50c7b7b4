"""Approvals, rejections and rollbacks: what they cover, how they end, and who may decide."""
import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import time

import harness
from harness import BACKEND, GIACTL, Giad, Skip, offending, wait_for
from people import Login, sessions_are_known

GROUPS = "control: {decide_group: users}\n"
WRITER, MEMBER, OTHER = 2001, 2002, 2003  # uids
APPROVAL = """
  - {when: {kind: secret, severity: [critical, high], confidence: high}, action: quarantine}
  - {when: {artefact: [terraform-identity]}, action: require-approval}
  - {action: report}
"""

ROLE = """resource "aws_iam_role_policy" "ci" {
  policy = jsonencode({Statement = [{Effect = "Allow", Action = %s, Resource = "arn:aws:s3:::build"}]})
}
"""


def show(g, what):
    p = g.ctl("--output=json", "show", what, check=False)
    return json.loads(p.stdout) if p.returncode == 0 else None


def in_state(g, path, state, version=None):
    """The artefact, once it is in that state."""
    def there():
        a = show(g, path)
        return a and a["state"] == state and (version is None or a["versions"][-1]["version"] == version) and a
    there.__name__ = f"{path} is {state}: {(show(g, path) or {}).get('state')}"
    return wait_for(there)


def pinned(a):
    return f"{a['id']}@{a['versions'][-1]['version']}"


def decide(g, verb, what, *more, why="a test wants it", check=True):
    return g.ctl(verb, what, f"--reason={why}", *more, check=check)


def open_workspace(g):
    """So that people of other uids can write there."""
    os.chmod(g.ws, 0o777)


def test_an_approval_is_for_a_content_at_a_place():
    with Giad(policy=APPROVAL) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        a = in_state(g, path, "pending")
        assert "giactl approve " + pinned(a) in g.ctl("show", path).stdout
        decide(g, "approve", pinned(a), why="reviewed in change 42")
        a = in_state(g, path, "approved")
        assert a["history"][-1]["by"] == "root" and a["history"][-1]["reason"] == "reviewed in change 42", a["history"]
        e = g.wait_event("approved")
        assert e["artefact_id"] == a["id"] and e["artefact_version"] == 1 and e["scope"] == "content" and e["approval_id"], e
        g.write("main.tf", ROLE % '"s3:GetObject"')
        g.idle()
        in_state(g, path, "approved", 1)
        assert any(v.get("approval_id") == e["approval_id"] for v in g.events("verdict")), g.events("verdict")
        g.write("main.tf", ROLE % '"s3:PutObject"')
        in_state(g, path, "pending", 2)
        other = g.write("copy.tf", ROLE % '"s3:GetObject"')
        in_state(g, other, "pending")
        g.stop()
        g.start().wait_walked()
        g.write("main.tf", ROLE % '"s3:GetObject"')
        in_state(g, path, "approved", 3)
        assert len(g.json("approvals")) == 1


def test_what_changed_since_the_look_is_not_approved():
    with Giad(policy=APPROVAL) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        seen = in_state(g, path, "pending")
        g.write("main.tf", ROLE % '"s3:*"')
        in_state(g, path, "pending", 2)
        p = decide(g, "approve", pinned(seen), check=False)
        assert p.returncode == 2 and "version 2 is there now, not 1" in p.stderr, p
        p = decide(g, "approve", path, check=False)  # no terminal to show it on
        assert p.returncode == 2 and "ID@N" in p.stderr, p
        in_state(g, path, "pending", 2)
        # what is written in the very moment of the decision is another version, too
        seen = show(g, path)
        order = subprocess.Popen([GIACTL, f"--config={g.config}", "approve", pinned(seen), "--reason=x"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        g.write("main.tf", ROLE % '"s3:Delete*"')
        order.wait()
        a = in_state(g, path, "pending", 3)
        assert all(v["state"] != "approved" for v in a["versions"][2:]), a


def test_a_file_is_approved_for_a_time_and_for_what_was_found():
    with Giad(policy=APPROVAL.replace("{artefact: [terraform-identity]}", "{kind: privilege}")) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE.replace("arn:aws:s3:::build", "*") % '"s3:*"')
        a = in_state(g, path, "pending")
        rules = {f["rule"] for f in a["found"]}
        p = decide(g, "approve", pinned(a), "--scope=file", check=False)
        assert p.returncode == 2 and "needs an end" in p.stderr, p
        p = decide(g, "approve", pinned(a), "--scope=file", "--expires=1000d", check=False)
        assert p.returncode == 2 and "approval.longest" in p.stderr, p
        decide(g, "approve", pinned(a), "--scope=file", "--expires=12s")
        in_state(g, path, "approved", 1)
        g.write("main.tf", ROLE.replace("arn:aws:s3:::build", "*") % '"s3:*"' + "# another content\n")
        a = in_state(g, path, "approved", 2)
        assert {f["rule"] for f in a["found"]} == rules, a
        g.write("main.tf", ROLE.replace("arn:aws:s3:::build", "*") % '"*"')
        a = in_state(g, path, "pending", 3)
        assert {f["rule"] for f in a["found"]} - rules, a
        g.write("main.tf", ROLE.replace("arn:aws:s3:::build", "*") % '"s3:*"' + "# a third\n")
        in_state(g, path, "approved", 4)
        e = g.wait_event("approval-expired", 30)
        assert e["scope"] == "file" and e["detail"] == "NHI1:2025" and e["operator"] == "root", e
        in_state(g, path, "pending", 4)
        assert g.json("approvals")[0]["expired"]
        assert len(g.events("approval-expired")) == 1


def test_a_class_is_approved_in_a_workspace_for_a_time():
    policy = "\n  - {when: {class: [iam-wildcard-action, iam-admin-policy]}, action: require-approval}\n  - {action: report}\n"
    with Giad(policy=policy) as g:
        g.start().wait_walked()
        text = ROLE.replace("arn:aws:s3:::build", "*") % '"s3:*"'
        one, two = g.write("one.tf", text), g.write("two.tf", text + "# other\n")
        a = in_state(g, one, "pending")
        in_state(g, two, "pending")
        found = sorted({f["class"] for f in a["found"]})
        p = decide(g, "approve", pinned(a), "--scope=class", "--class=jwt-unverified", "--expires=1h", check=False)
        assert p.returncode == 2 and "class must be one of those" in p.stderr, p
        for c in found:
            decide(g, "approve", pinned(show(g, one)), "--scope=class", f"--class={c}", "--expires=1h")
        # all of the workspace that waited are looked at again
        in_state(g, two, "observed")
        three = g.write("three.tf", text + "# a third\n")
        in_state(g, three, "observed")
        approvals = g.json("approvals")
        assert sorted(x["class"] for x in approvals) == found and all(x["scope"] == "class" for x in approvals), approvals
        for x in approvals:
            g.ctl("approvals", "revoke", x["id"], "--reason=over")
        g.write("three.tf", text + "# once more\n")
        in_state(g, three, "pending")
        assert g.json("approvals") == []
        wait_for(lambda: len(g.events("revoked")) == len(found))


def test_a_rejection_takes_away_and_keeps_away():
    with Giad(policy=APPROVAL) as g:
        g.start().wait_walked()
        text = ROLE % '"s3:GetObject"'
        path = g.write("main.tf", text)
        a = in_state(g, path, "pending")
        decide(g, "reject", pinned(a), why="not like this")
        g.wait_gone(path)
        a = in_state(g, path, "quarantined")
        assert [h["reason"] for h in a["history"] if h["state"] == "rejected"] == ["not like this"], a["history"]
        assert "rejected by root" in g.entries()[0]["reason"]
        note = wait_for(lambda: os.path.exists(path + ".giad.md") and open(path + ".giad.md").read())
        assert "situation: rejected" in note and "giactl quarantine release" in note, note
        g.write("main.tf", text)
        g.wait_gone(path)
        g.write("main.tf", text + "# better\n")
        in_state(g, path, "pending", 2)
        p = decide(g, "approve", a["id"] + "@1", check=False)
        assert p.returncode == 2, p
        x = [x for x in g.json("approvals") if x["kind"] == "rejection"]
        assert len(x) == 1, x
        p = g.ctl("approvals", "revoke", x[0]["id"], "--reason=over", check=False)
        assert p.returncode == 2 and "approving" in p.stderr, p
        # a release is an approval, and ends it
        os.unlink(path)
        entry = wait_for(g.entries)[0]
        wait_for(lambda: g.ctl("quarantine", "release", entry["id"], "--reason=it was right", check=False).returncode == 0)
        g.idle()
        assert open(path).read() == text
        assert all(x["kind"] == "approval" for x in g.json("approvals")), g.json("approvals")


def test_two_persons_must_agree():
    with Giad(policy=APPROVAL, extra=GROUPS + "approval: {two_persons: yes}\n") as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        a = in_state(g, path, "pending")
        order = ["approve", pinned(a), "--reason=ok"]
        with Login(MEMBER) as one, Login(OTHER) as two, Login(MEMBER) as again:
            status, out, _ = ctl(g, one, *order, approver=True)
            assert status == 0 and "another person" in out, out
            status, out, _ = ctl(g, again, *order, approver=True)
            assert status == 2 and "agreed already" in out, out
            assert show(g, path)["state"] == "pending" and g.json("approvals")[0]["awaits"]
            g.write("main.tf", ROLE % '"s3:GetObject"')
            g.idle()
            in_state(g, path, "pending")
            status, out, _ = ctl(g, two, *order, approver=True)
            assert status == 0 and out.startswith("approved"), out
        a = in_state(g, path, "approved")
        approval = g.json("approvals")[0]
        assert not approval["awaits"] and [p["login_uid"] for p in approval["by"]] == [MEMBER, OTHER], approval
        # and a release
        path = g.write("token.env", offending(5))
        g.wait_gone(path)
        entry = wait_for(g.entries)[0]
        order = ["quarantine", "release", entry["id"], "--reason=ok"]
        with Login(MEMBER) as one, Login(OTHER) as two:
            wait_for(lambda: ctl(g, one, *order, approver=True)[0] == 0)
            g.idle()
            assert not os.path.exists(path)
            status, out, _ = ctl(g, two, *order, approver=True)
            assert status == 0 and "released" in out, out
        g.idle()
        assert os.path.exists(path)


# --- who may --------------------------------------------------------------------------------------------------------------

def ctl(g, login, *args, uid=None, approver=False):
    return login.run(GIACTL, f"--config={g.config}", *args, uid=uid, approver=approver)


def expected(caller, known):
    """What §10 says of a file that WRITER wrote in their first login. known: the audit session of the writer is."""
    return {
        "the writer": False,
        "the writer, elsewhere": False,
        "the writer by sudo": False,
        "the writer by sudo, elsewhere": known,  # root from another audit session; without knowing it, not
        "a member": True,
        "a member by sudo": True,
        "no member": False,
        "root, never logged in": True,
        "a user, never logged in": False,
    }[caller]


@contextlib.contextmanager
def logins():
    """The login of the writer, and every caller: with which login it asks, as whom, and whether as a member of giad-approvers."""
    with Login(WRITER) as w, Login(WRITER) as w2, Login(MEMBER) as m, Login(OTHER) as o, Login(None) as none:
        yield w, {
            "the writer": (w, WRITER, True),
            "the writer, elsewhere": (w2, WRITER, True),
            "the writer by sudo": (w, 0, False),
            "the writer by sudo, elsewhere": (w2, 0, False),
            "a member": (m, MEMBER, True),
            "a member by sudo": (m, 0, False),
            "no member": (o, OTHER, False),
            "root, never logged in": (none, 0, False),
            "a user, never logged in": (none, MEMBER, True),
        }


def test_who_may_decide():
    """Every caller and decision. Refusals are events, and what is allowed works."""
    if not sessions_are_known():
        raise Skip("this kernel has no audit sessions")
    known, table = BACKEND == "fanotify", []
    with Giad(policy=APPROVAL, extra=GROUPS) as g:
        open_workspace(g)
        g.start().wait_walked()
        with logins() as (w, callers):
            for n, (caller, (login, uid, approver)) in enumerate(callers.items()):
                may = expected(caller, known)
                table.append((caller, "yes" if may else "no"))
                check_caller(g, w, n, caller, lambda *args, login=login, uid=uid, approver=approver: ctl(g, login, *args, uid=uid, approver=approver), may)
        denied = g.events("access-denied")
        assert len(denied) >= 7 * sum(1 for _, may in table if may == "no"), len(denied)
    return ", ".join(f"{c}: {m}" for c, m in table)


def check_caller(g, writer, n, caller, ask, may):
    """Approve a content, a file and a class, reject, roll back, release and purge what is in quarantine, revoke."""
    wanted = 0 if may else 2
    why = "--reason=because"

    def said(what, answer):
        status, out, _ = answer
        assert status == wanted, f"{caller}, {what}: {status}, {out}"

    def pending(name, text):
        path = g.path(name)
        writer.write(path, text)
        return path, in_state(g, path, "pending")

    path, a = pending(f"approve{n}.tf", ROLE % f'"s3:Get{n}"')
    said("approve", ask("approve", pinned(a), why))
    said("approve its file", ask("approve", pinned(show(g, path)), why, "--scope=file", "--expires=1h"))
    a = in_state(g, path, "approved" if may else "pending")
    if not may:
        decide(g, "approve", pinned(a))
        in_state(g, path, "approved")
    writer.write(path, ROLE % f'"s3:Put{n}"')
    if not may:
        in_state(g, path, "pending", 2)
    else:
        wait_for(lambda: show(g, path)["versions"][-1]["version"] == 2)
    said("roll back", ask("rollback", path, why))
    if may:
        assert open(path).read() == ROLE % f'"s3:Get{n}"'
    else:
        assert open(path).read() == ROLE % f'"s3:Put{n}"'
    path, a = pending(f"reject{n}.tf", ROLE % f'"s3:Reject{n}"')
    said("reject", ask("reject", pinned(a), why))
    if may:
        g.wait_gone(path)
    for verb in ("release", "purge"):
        path = g.path(f"{verb}{n}.env")
        writer.write(path, offending(1000 + 10 * n + len(verb)))
        g.wait_gone(path)
        entry = wait_for(lambda: [e for e in g.entries() if e["path"] == f"{verb}{n}.env" and not e["held"]])[0]
        said(verb, ask("quarantine", verb, entry["id"], why))
    path, a = pending(f"class{n}.tf", ROLE.replace("arn:aws:s3:::build", "*") % f'"s3:*", Sid = "n{n}"')
    c = sorted({f["class"] for f in a["found"]})[0]
    said("approve its class", ask("approve", pinned(show(g, path)), why, "--scope=class", f"--class={c}", "--expires=1h"))
    of_class = [x["id"] for x in g.json("approvals") if x["scope"] == "class"]
    assert len(of_class) == may, of_class
    for approval in of_class:
        g.ctl("approvals", "revoke", approval, "--reason=over")
    # an approval may be taken back by everybody who may decide at all, the writer too: it grants nothing
    path, a = pending(f"revoke{n}.tf", ROLE % f'"s3:Revoke{n}"')
    decide(g, "approve", pinned(a))
    in_state(g, path, "approved")
    [approval] = [x["id"] for x in g.json("approvals") if x["path"].endswith(f"revoke{n}.tf")]
    status, out, _ = ask("approvals", "revoke", approval, why)
    assert status == (2 if caller == "no member" else 0), f"{caller}, revoke: {status}, {out}"
    in_state(g, path, "approved" if caller == "no member" else "pending")


STATES = {  # state: what of approve, reject, rollback is done; the others say this
    "observed": ({"approve", "reject"}, "no approved version"),
    "pending": ({"approve", "reject"}, "no approved version"),
    "approved": ({"approve", "reject"}, "no approved version is kept but"),
    "released": ({"approve", "reject"}, "no approved version is kept but"),
    "quarantined": ({"rollback"}, "giactl quarantine release"),
    "gone": ({"rollback"}, "it is gone"),
}


def artefact_in(g, writer, state, n):
    """The path of an artefact of the writer's that got into that state; n makes it another one."""
    name = f"{state}{n}" + (".json" if state == "observed" else ".tf")
    text = '{"Statement": [{"Effect": "Allow", "Action": "s3:Get%s", "Resource": "arn:aws:s3:::b"}]}' % n if state == "observed" else ROLE % f'"s3:{state}{n}"'
    path = g.path(name)
    writer.write(path, text)
    a = in_state(g, path, "observed" if state == "observed" else "pending")
    if state in ("approved", "gone", "quarantined"):
        decide(g, "approve", pinned(a))
        in_state(g, path, "approved")
    if state == "quarantined":
        writer.write(path, text + "# another content\n")
        in_state(g, path, "pending", 2)
    if state in ("quarantined", "released"):
        decide(g, "reject", pinned(show(g, path)))
        g.wait_gone(path)
        in_state(g, path, "quarantined")
    if state == "released":
        entry = wait_for(lambda: [e for e in g.entries() if e["path"] == name and not e["held"]])[0]
        g.ctl("quarantine", "release", entry["id"], "--reason=x")
        g.idle()
        assert show(g, path)["state"] in ("released", "approved"), show(g, path)
    if state == "gone":
        os.unlink(path)
        g.ctl("sweep")
        in_state(g, path, "gone")
    return path


def order_of(g, verb, path):
    return [verb, path if verb == "rollback" else pinned(show(g, path)), "--reason=because"]


def check_allowed(g, path, state, verb, answer):
    """What somebody who may decide is told, and what was done."""
    done, words = STATES[state]
    status, said, _ = answer
    if verb not in done:
        assert status == 2 and words in said, (state, verb, status, said)
        return
    assert status == 0, (state, verb, status, said)
    if verb == "rollback":
        assert os.path.exists(path)
    if verb == "reject":
        g.wait_gone(path)


def test_every_caller_in_every_state():
    """Who may not is refused whatever the state, and that is an event; who may is refused only with what to do instead."""
    if not sessions_are_known():
        raise Skip("this kernel has no audit sessions")
    policy = APPROVAL.replace("{artefact: [terraform-identity]}", "{artefact: [terraform-identity], path: ['*.tf']}")
    made, asked, refused = itertools.count(), 0, 0
    with Giad(policy=policy, extra=GROUPS) as g:
        open_workspace(g)
        g.start().wait_walked()
        with logins() as (w, callers):
            for state, verb in itertools.product(STATES, ("approve", "reject", "rollback")):
                path = artefact_in(g, w, state, next(made))
                before = show(g, path)["state"]
                for caller, (login, uid, approver) in callers.items():
                    may = expected(caller, BACKEND == "fanotify")
                    answer = ctl(g, login, *order_of(g, verb, path), uid=uid, approver=approver)
                    asked += 1
                    if not may:
                        refused += 1
                        assert answer[0] == 2 and show(g, path)["state"] == before, (caller, state, verb, answer)
                        continue
                    check_allowed(g, path, state, verb, answer)
                    if verb in STATES[state][0]:
                        path = artefact_in(g, w, state, next(made))
        g.idle()
        denied = len(g.events("access-denied"))
        assert denied == refused, f"{denied} of {refused} refusals were told"
    return f"{asked} decisions asked for, {refused} refused for who asked"


def test_no_way_for_the_writer_to_its_own_approval():
    """As itself, by sudo in its session, by a link, a rename, a copy, or a file that changed between look and approval."""
    if not sessions_are_known():
        raise Skip("this kernel has no audit sessions")
    with Giad(policy=APPROVAL, extra=GROUPS) as g:
        open_workspace(g)
        g.start().wait_walked()
        good, bad = ROLE % '"s3:GetObject"', ROLE % '"iam:*"'
        with Login(WRITER) as w, Login(MEMBER) as m:
            path = g.path("good.tf")
            w.write(path, good)
            a = in_state(g, path, "pending")
            assert ctl(g, m, "approve", pinned(a), "--reason=ok", approver=True)[0] == 0
            in_state(g, path, "approved")
            # other content under the approved name, by a write, a rename, a link, a symbolic link
            w.write(g.path("bad.tf"), bad)
            in_state(g, g.path("bad.tf"), "pending")
            ways = [("write", lambda: w.write(path, bad + "#1\n")),
                    ("rename", lambda: (w.write(g.path("x"), bad + "#2\n"), w.run("/bin/mv", "-f", g.path("x"), path))),
                    ("link", lambda: (w.write(g.path("y"), bad + "#3\n"), w.run("/bin/ln", "-f", g.path("y"), path))),
                    ("append", lambda: w.run("/bin/sh", "-c", f"echo '{bad}' >>{path}"))]
            for name, way in ways:
                way()
                wait_for(lambda: show(g, path)["state"] == "pending")
                w.write(path, good)
                in_state(g, path, "approved")
            # the approved content elsewhere
            w.run("/bin/cp", path, g.path("elsewhere.tf"))
            in_state(g, g.path("elsewhere.tf"), "pending")
            # its own decision, in each way that is open to it
            mine = in_state(g, g.path("bad.tf"), "pending")
            for uid, approver in ((WRITER, True), (WRITER, False), (0, False)):
                for order in (["approve", pinned(mine)], ["approve", pinned(mine), "--scope=file", "--expires=1h"],
                              ["reject", pinned(mine)], ["rollback", mine["id"]]):
                    status, out, _ = ctl(g, w, *order, "--reason=please", uid=uid, approver=approver)
                    assert status == 2, (uid, order, out)
            in_state(g, g.path("bad.tf"), "pending")
            # a descendant that ran away: it has left the session's terminal, not the session
            status, out, _ = w.run("/usr/bin/setsid", "--wait", GIACTL, f"--config={g.config}", "approve", pinned(mine), "--reason=x", uid=0)
            assert status == 2, out


def test_a_decision_is_in_the_audit_log_from_the_operators_session():
    """What giactl hands to the kernel, which stamps login uid and session itself."""
    with Giad(policy=APPROVAL, extra="outputs: {audit: {enabled: yes}}\n") as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        a = in_state(g, path, "pending")
        trace = f"{g.base}/trace"
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=sendto", "-s", "2048", "-o", trace, GIACTL, f"--config={g.config}", "approve", pinned(a), "--reason=ok"], check=True, stdout=subprocess.DEVNULL)
        sent = [re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), line) for line in open(trace) if "NETLINK" in line]
        sent = [line for line in sent if "op=approve" in line]
        assert len(sent) == 1 and "0x457" in sent[0] and f"id={a['id']}" in sent[0] and "acct=" in sent[0] and "res=success" in sent[0], open(trace).read()[:2000]


# --- rollback ------------------------------------------------------------------------------------------------------------

def test_a_rollback_brings_the_approved_version_back_as_it_was():
    with Giad(policy=APPROVAL) as g:
        g.start().wait_walked()
        first, second = ROLE % '"s3:GetObject"', ROLE % '"iam:*"'
        path = g.write("deep/main.tf", first)
        os.chown(path, WRITER, 100)
        os.chmod(path, 0o640)
        subprocess.run(["setfacl", "-m", f"u:{MEMBER}:r", path], check=True)
        os.setxattr(path, b"user.origin", b"template 7")
        os.utime(path, ns=(1_600_000_000_123_456_789, 1_600_000_001_987_654_321))
        a = in_state(g, path, "pending")
        g.idle()
        before = (os.stat(path), subprocess.run(["getfacl", "-c", path], capture_output=True, check=True).stdout)
        p = decide(g, "rollback", path, check=False)
        assert p.returncode == 2 and "no approved version" in p.stderr, p
        out = decide(g, "approve", pinned(show(g, path))).stdout
        assert "a copy is kept" in out, out
        in_state(g, path, "approved")
        g.write("deep/main.tf", second)
        in_state(g, path, "pending", 2)
        out = decide(g, "rollback", path, why="it broke the build").stdout
        assert "version 1 stands there again" in out, out
        assert open(path).read() == first
        after = (os.stat(path), subprocess.run(["getfacl", "-c", path], capture_output=True, check=True).stdout)
        for field in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_size"):
            assert getattr(before[0], field) == getattr(after[0], field), field
        assert before[1] == after[1] and os.getxattr(path, b"user.origin") == b"template 7"
        e = g.wait_event("rolled-back")
        assert e["artefact_id"] == a["id"] and e["artefact_version"] == 1 and e["comment"] == "it broke the build" and e["operator"] == "root", e
        entry = wait_for(lambda: [e for e in g.entries() if not e["held"]])[0]
        assert entry["reason"] == "rolled back by root" and second.encode() in g.stored_contents()
        in_state(g, path, "approved", 3)
        # of a file that is gone, and from its directory
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
        p = decide(g, "rollback", path, check=False)
        assert p.returncode == 2, p  # nowhere to put it
        os.mkdir(os.path.dirname(path))
        decide(g, "rollback", path)
        assert open(path).read() == first


def test_versions_are_kept_within_bounds_and_put_back_by_number():
    with Giad(policy=APPROVAL, extra="rollback: {versions: 2}\n") as g:
        g.start().wait_walked()
        for i in range(1, 5):
            path = g.write("main.tf", ROLE % f'"s3:Get{i}"')
            a = in_state(g, path, "pending", i)
            decide(g, "approve", pinned(a))
            a = in_state(g, path, "approved", i)
        assert [v["kept"] for v in a["versions"]] == [False, False, True, True], a["versions"]
        assert len([n for n in os.listdir(g.base + "/state/versions") if len(n) == 26]) == 2
        p = decide(g, "rollback", path, "--to=1", check=False)
        assert p.returncode == 2 and "no content of version 1 is kept" in p.stderr, p
        decide(g, "rollback", path, "--to=3")
        assert '"s3:Get3"' in open(path).read()
        in_state(g, path, "approved", 5)
        decide(g, "rollback", path)  # the last approved one that does not stand there
        assert '"s3:Get4"' in open(path).read()
        in_state(g, path, "approved", 6)
        # what is approved no more is not put back
        sha = a["versions"][2]["sha256"]
        g.ctl("approvals", "revoke", [x["id"] for x in g.json("approvals") if x["sha256"] == sha][0], "--reason=over")
        p = decide(g, "rollback", path, "--to=3", check=False)
        assert p.returncode == 2 and "no content of version 3 is kept" in p.stderr, p


def test_policy_rolls_back_by_itself():
    policy = "\n  - {when: {class: [iam-admin-policy, iam-wildcard-action]}, action: rollback}\n  - {when: {artefact: [terraform-identity]}, action: require-approval}\n  - {action: report}\n"
    with Giad(policy=policy) as g:
        g.start().wait_walked()
        good, bad = ROLE % '"s3:GetObject"', ROLE.replace("arn:aws:s3:::build", "*") % '"*"'
        path = g.write("main.tf", good)
        decide(g, "approve", pinned(in_state(g, path, "pending")))
        in_state(g, path, "approved")
        for i in range(3):
            g.write("main.tf", bad + f"# {i}\n")
            g.wait_event("rolled-back")
            wait_for(lambda: os.path.exists(path) and open(path).read() == good)
            wait_for(lambda: len(g.events("rolled-back")) == i + 1)
            assert "situation: rolled-back" in open(path + ".giad.md").read()
            in_state(g, path, "approved")
        # none is kept: it is taken away, which is what there is
        other = g.write("other.tf", bad)
        g.wait_gone(other)
        g.idle()
        assert not os.path.exists(other) and len(g.entries()) == 4


def test_killed_during_a_rollback_the_next_start_ends_it():
    policy = "\n  - {when: {class: [iam-admin-policy, iam-wildcard-action]}, action: rollback}\n  - {when: {artefact: [terraform-identity]}, action: require-approval}\n  - {action: report}\n"
    good, bad = ROLE % '"s3:GetObject"', ROLE.replace("arn:aws:s3:::build", "*") % '"*"'
    with Giad(policy=policy) as g:
        g.start().wait_walked()
        path = g.write("main.tf", good)
        decide(g, "approve", pinned(in_state(g, path, "pending")))
        in_state(g, path, "approved")
        for i in range(8):
            # a moment somewhere between the write and the end of the rollback
            g.write("main.tf", bad + f"# {i}\n")
            time.sleep(0.001 * i)
            g.kill()
            g.start().wait_walked()
            g.idle()
            assert os.path.exists(path), f"round {i}: nothing stands there"
            assert open(path).read() == good, f"round {i}: what offends stands there"
        contents = g.stored_contents()
        missing = [i for i in range(8) if (bad + f"# {i}\n").encode() not in contents]
        assert not missing, missing


# --- signed --------------------------------------------------------------------------------------------------------------

class Signer:
    def __init__(self, base, name):
        self.key, self.name = f"{base}/{name}.key", name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.key], check=True)
        with open(self.key + ".pub") as f:
            self.line = f"{name}@example.org namespaces=\"giad-approval\" " + " ".join(f.read().split()[:2]) + "\n"

    def sign(self, path, suffix=".sig", namespace="giad-approval"):
        with open(path, "rb") as f:
            p = subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", self.key], input=f.read(), capture_output=True, check=True)
        with open(path + suffix, "wb") as out:
            out.write(p.stdout)


def signed_setup(g):
    directory = g.base + "/approvals.d"
    os.makedirs(directory, exist_ok=True)
    return directory, f"{g.base}/allowed_signers"


def test_signed_approvals_count_and_outlive_the_register():
    g = Giad(policy=APPROVAL)
    with g:
        directory, allowed = signed_setup(g)
        g.extra = f"approval: {{signed_directory: {directory}, allowed_signers: {allowed}}}\n"
        g.write_config()
        olga, mallory = Signer(g.base, "olga"), Signer(g.base, "mallory")
        with open(allowed, "w") as f:
            f.write(olga.line)
        g.start().wait_walked()
        path = g.write("infra/main.tf", ROLE % '"s3:GetObject"')
        a = in_state(g, path, "pending")
        one = f"{directory}/one.yaml"
        g.ctl("approvals", "prepare", pinned(a), "--reason=reviewed: 'fine'", f"--out={one}")
        p = g.ctl("approvals", "check", one, check=False)
        assert p.returncode == 2 and "it is not signed: ssh-keygen -Y sign" in p.stderr, p
        # somebody who is not listed, another namespace, a changed file: each is told and none counts
        for spoil, word in ((lambda: mallory.sign(one), ""), (lambda: olga.sign(one, namespace="file"), ""),
                            (lambda: (olga.sign(one), open(one, "a").write("# and more\n")), "")):
            spoil()
            before = len(g.events("config-refused"))
            g.reload()
            wait_for(lambda: len(g.events("config-refused")) > before)
            assert show(g, path)["state"] == "pending" and g.json("approvals") == []
            os.unlink(one + ".sig")
        olga.sign(one)
        assert "signed by olga@example.org" in g.ctl("approvals", "check", one).stdout
        g.reload()
        in_state(g, path, "approved")
        e = g.wait_event("approved")
        assert e["operator"] == "olga@example.org" and "one.yaml" in e["detail"] and "operator_uid" not in e, e
        assert g.json("approvals")[0]["signed"]
        p = g.ctl("approvals", "revoke", g.json("approvals")[0]["id"], "--reason=x", check=False)
        assert p.returncode == 2 and "signed_directory" in p.stderr, p
        # the register is lost; the file is not
        g.stop()
        for name in ("register.db", "register.db-wal", "register.db-shm"):
            if os.path.exists(f"{g.base}/state/{name}"):
                os.unlink(f"{g.base}/state/{name}")
        g.start().wait_walked()
        in_state(g, path, "approved")
        os.unlink(one)
        os.unlink(one + ".sig")
        g.reload()
        in_state(g, path, "pending")


def test_signed_approvals_for_a_fleet():
    """Globs, files and classes; two signatures where two persons must agree; errors with their line."""
    g = Giad(policy="\n  - {when: {kind: privilege}, action: require-approval}\n  - {action: report}\n")
    with g:
        directory, allowed = signed_setup(g)
        g.extra = f"approval: {{signed_directory: {directory}, allowed_signers: {allowed}, two_persons: yes}}\n"
        g.write_config()
        olga, otto = Signer(g.base, "olga"), Signer(g.base, "otto")
        with open(allowed, "w") as f:
            f.write(olga.line + otto.line)
        g.start().wait_walked()
        text = ROLE.replace("arn:aws:s3:::build", "*") % '"s3:*"'
        path, other = g.write("infra/main.tf", text), g.write("app/main.tf", text)
        a = in_state(g, path, "pending")
        rules = ", ".join(sorted({f["rule"] for f in a["found"]}))
        fleet = f"{directory}/fleet.yaml"
        with open(fleet, "w") as f:
            f.write(f"giad-approvals: 1\nreason: the platform's own roles\nexpires: 2099-01-01\napprove:\n  - scope: file\n    workspace: '{g.base}/*'\n    path: 'infra/*.tf'\n    rules: [{rules}]\n")
        olga.sign(fleet)
        g.reload()
        wait_for(lambda: any("two persons" in e["detail"] for e in g.events("config-refused")))
        assert show(g, path)["state"] == "pending"
        otto.sign(fleet, ".otto.sig")
        g.reload()
        in_state(g, path, "approved")
        assert show(g, other)["state"] == "pending"
        out = g.ctl("approvals", "check", fleet).stdout
        assert "olga@example.org and otto@example.org" in out or "otto@example.org and olga@example.org" in out, out
        for bad, word in ((f"giad-approvals: 2\n", "must be 1"), ("giad-approvals: 1\nreason: x\napprove: [{scope: file, workspace: /w, path: a}]\n", "need an end"),
                          ("giad-approvals: 1\nreason: x\napprove: [{scope: content, workspace: /w, path: a}]\n", "sha256"),
                          ("giad-approvals: 1\nreason: x\napprove: [{scop: content}]\n", "scope")):
            with open(fleet, "w") as f:
                f.write(bad)
            olga.sign(fleet)
            otto.sign(fleet, ".otto.sig")
            p = g.ctl("approvals", "check", fleet, check=False)
            assert p.returncode == 2 and word in p.stderr and "line " in p.stderr, p


# --- nobody answers for it -----------------------------------------------------------------------------------------------

def test_what_nobody_answers_for_is_told_once():
    with Giad(policy="\n  - {action: report}\n", extra="sweep: {interval: 1h}\n") as g:
        second = os.path.join(g.base, "second")
        os.mkdir(second)
        g.workspaces = [g.ws, second]
        g.write_config()
        g.start().wait_walked()
        mine, theirs, gone = g.write("mine.tf", ROLE % '"s3:A"'), g.write("theirs.tf", ROLE % '"s3:B"'), g.write("gone.tf", ROLE % '"s3:C"')
        os.chown(theirs, 4242, 4242)
        with open(os.path.join(second, "other.tf"), "w") as f:
            f.write(ROLE % '"s3:D"')
        for path in (mine, gone, os.path.join(second, "other.tf")):
            in_state(g, path, "observed")
        wait_for(lambda: (show(g, theirs) or {}).get("owner") == 4242)
        os.unlink(gone)
        g.ctl("sweep")
        in_state(g, gone, "gone")
        g.workspaces = [g.ws]
        g.write_config()
        g.stop()
        g.start().wait_walked()
        told = wait_for(lambda: len(g.events("orphaned")) == 2 and g.events("orphaned"), 40)
        by = {os.path.basename(e["path"]): e for e in told}
        assert set(by) == {"theirs.tf", "other.tf"}, by
        assert "account of its owner" in by["theirs.tf"]["detail"] and "watched no more" in by["other.tf"]["detail"], by
        g.stop()
        g.start().wait_walked()
        time.sleep(12)  # the first look is ten seconds after the start
        assert len(g.events("orphaned")) == 2


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
