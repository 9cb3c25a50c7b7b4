#!/usr/bin/env python3
"""The control socket as clients meet it that we did not write: varlinkctl introspects it and calls each method; every reply is held
against the interface; what is wrong or not allowed is refused as varlink says, and each refusal is told."""
import fcntl
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import varlink_interface  # noqa: E402
from harness import GIACTL, ROOT, TOP, Giad, Skip, main, need_root, offending, wait_for  # noqa: E402

INTERFACE = "io.giad.Control"
STRANGER = 4242
REPORT_AND_TAKE = """
  - {when: {kind: secret, severity: [critical, high]}, action: quarantine}
  - {action: report}
"""


def varlinkctl():
    p = subprocess.run([os.path.join(TOP, "tests/system/get-varlinkctl")], stdout=subprocess.PIPE, text=True, check=False)
    if p.returncode == 77:
        raise Skip(p.stdout.strip())
    assert p.returncode == 0, p
    return p.stdout.strip().splitlines()[-1]


class Generic:
    """giad through varlinkctl."""

    def __init__(self, g):
        self.program, self.address = varlinkctl(), f"unix:{g.base}/run/control"

    def run(self, *args, check=True, **kwargs):
        p = subprocess.run([self.program, "--no-pager", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=30, **kwargs)
        if check and p.returncode != 0:
            raise AssertionError(f"varlinkctl {args}: {p.returncode}: {p.stderr}")
        return p

    def call(self, method, **parameters):
        return json.loads(self.run("--json=short", "call", self.address, f"{INTERFACE}.{method}", json.dumps(parameters)).stdout)

    def error(self, method, **parameters):
        p = self.run("--json=short", "call", self.address, f"{INTERFACE}.{method}", json.dumps(parameters), check=False)
        assert p.returncode != 0, p.stdout
        return p.stderr + p.stdout


class Raw:
    """giad through a socket, for what no proper client sends."""

    def __init__(self, g):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(10)
        self.s.connect(os.path.join(g.base, "run/control"))

    def ask(self, method, parameters=None, **members):
        self.s.sendall(json.dumps({"method": method, **({} if parameters is None else {"parameters": parameters}), **members}).encode() + b"\0")
        data = b""
        while not data.endswith(b"\0"):
            data += self.s.recv(65536) or b"\0"
        return json.loads(data[:-1] or b"null")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.s.close()


def with_finding(g):
    """A file that stays, with a finding, and is known."""
    if not os.path.exists(g.path("k8s/binding.yaml")):
        g.write("k8s/binding.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\n"
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
                "subjects: [{kind: ServiceAccount, name: default, namespace: web}]\n")
        g.wait_event("finding", path=g.path("k8s/binding.yaml"))
        g.idle()
    return g.path("k8s/binding.yaml")


def with_entry(g, seed):
    path = g.path(f"entry-{seed}.env")
    g.wait_gone(g.write(f"entry-{seed}.env", offending(seed)))
    g.idle()
    return next(e["id"] for e in g.entries() if e["path"] == os.path.basename(path))


# --- one case for each method: what it is called with, and what must be true of its reply ----------------------------------

def status(g, v):
    s = v.call("Status")
    assert s["status"]["pid"] == g.process.pid and s["status"]["workspaces"][0]["path"] == g.ws
    return s


def metrics(g, v):
    reply = v.call("Metrics")
    assert "giad_ready 1\n" in reply["text"]
    return reply


def findings(g, v):
    path = with_finding(g)
    reply = v.call("Findings", path=path, limit=10)
    assert {f["class"] for f in reply["findings"]} >= {"k8s-cluster-admin-binding"}, reply
    assert len(v.call("Findings", limit=1)["findings"]) == 1
    return reply


def inventory(g, v):
    with_finding(g)
    reply = v.call("Inventory", workspace=g.ws, state="observed")
    assert [a["path"] for a in reply["artefacts"]] == ["k8s/binding.yaml"], reply
    assert "no such state" in v.error("Inventory", state="nonsense")
    return reply


def show(g, v):
    reply = v.call("Show", path=with_finding(g))
    assert v.call("Show", id=reply["artefact"]["id"]) == reply and reply["artefact"]["versions"][0]["assertions"]
    assert "NotFound" in v.error("Show", id="nothing")
    return reply


def explain(g, v):
    reply = v.call("Explain", path=with_finding(g))
    assert reply["explanation"][0]["findings"][0]["policy"]["action"] == "report", reply
    assert "NotFound" in v.error("Explain", path="/nowhere")
    return reply


def events(g, v):
    with_finding(g)
    reply = v.call("Events", limit=5)
    last = reply["events"][0]["seq"]
    assert len(reply["events"]) == 5 and v.call("Events", since=last - 1)["events"][-1]["seq"] == last
    return reply


def watch(g, v):
    with subprocess.Popen([v.program, "--no-pager", "--json=short", "--more", "--timeout=30", "call", v.address, f"{INTERFACE}.Watch"],
                          stdout=subprocess.PIPE) as p:
        heard, n = b"", 0
        while b"\n" not in heard:
            assert n < 100, "varlinkctl heard no event"
            g.write(f"watched/{n}.env", offending(100 + n))
            n += 1
            if select.select([p.stdout], [], [], 0.2)[0]:
                heard += os.read(p.stdout.fileno(), 65536)
        p.kill()
    line = heard.split(b"\n")[0].lstrip(b"\x1e")  # a JSON text sequence
    assert "ExpectedMore" in v.error("Watch")
    return json.loads(line)


def sweep(g, v):
    assert "NotFound" in v.error("Sweep", workspace="/nowhere")
    reply = v.call("Sweep", workspace=g.ws)
    assert reply == {"workspaces": 1}
    return reply


def health(g, v):
    reply = v.call("Health", workspace=g.ws, quarantine=True, timeout=20)
    assert reply["ok"] and [s["step"] for s in reply["steps"]] == ["write", "see", "scan", "judge", "take", "purge", "tell", "deliver", "remove"], reply
    assert "NotFound" in v.error("Health", workspace="/nowhere") and "1 to 300" in v.error("Health", timeout=0)
    return reply


def quarantine_list(g, v):
    entry = with_entry(g, 1)
    reply = v.call("QuarantineList")
    assert entry in [e["id"] for e in reply["entries"]]
    return reply


def quarantine_show(g, v):
    entry = with_entry(g, 2)
    reply = v.call("QuarantineShow", id=entry)
    assert reply["entry"]["path"] == "entry-2.env" and reply["entry"]["findings"][0]["redacted"]
    return reply


def quarantine_release(g, v):
    entry = with_entry(g, 3)
    assert "seconds" in v.error("QuarantineRelease", id=entry, reason="test", expires=0)
    reply = v.call("QuarantineRelease", id=entry, reason="test", expires=3600)
    assert reply["path"] == g.path("entry-3.env") and os.path.exists(reply["path"])
    return reply


def quarantine_purge(g, v):
    entry = with_entry(g, 4)
    assert "why" in v.error("QuarantinePurge", id=entry, reason="")
    reply = v.call("QuarantinePurge", id=entry, reason="test")
    assert entry not in [e["id"] for e in g.entries()]
    return reply


def looked_at(g, v, n):
    """An artefact of its own, as it was looked at."""
    path = g.write(f"decide-{n}.tf", 'resource "aws_iam_role_policy" "r" {\n  policy = jsonencode({Statement = [{Effect = "Allow", Action = "s3:Get%d", Resource = "arn:aws:s3:::b"}]})\n}\n' % n)

    def there():
        a = [a for a in v.call("Inventory", workspace=g.ws, limit=100)["artefacts"] if a["path"] == f"decide-{n}.tf"]
        return a and a[0]

    return path, wait_for(there)


def approve(g, v):
    _, a = looked_at(g, v, 1)
    assert "version 1 is there now" in v.error("Approve", id=a["id"], version=7, reason="test")
    assert "needs an end" in v.error("Approve", id=a["id"], version=1, reason="test", scope="file")
    reply = v.call("Approve", id=a["id"], version=1, reason="test", expires=3600)
    assert reply["state"] == "approved" and reply["kept"] and not reply["awaits"] and reply["expires"], reply
    return reply


def reject(g, v):
    path, _ = looked_at(g, v, 2)
    assert "NotFound" in v.error("Reject", path="/nowhere", version=1, reason="test")
    reply = v.call("Reject", path=path, version=1, reason="test")
    g.wait_gone(path)
    assert reply["state"] == "rejected", reply
    return reply


def rollback(g, v):
    path, a = looked_at(g, v, 3)
    assert "no approved version" in v.error("Rollback", id=a["id"], reason="test")
    v.call("Approve", id=a["id"], version=1, reason="test")
    before = open(path).read()
    g.write("decide-3.tf", before + "# more\n")
    wait_for(lambda: len(v.call("Show", id=a["id"])["artefact"]["versions"]) == 2)
    reply = v.call("Rollback", path=path, reason="test")
    assert reply["version"] == 1 and reply["quarantined"] and open(path).read() == before, reply
    return reply


def approvals(g, v):
    _, a = looked_at(g, v, 4)
    made = v.call("Approve", id=a["id"], version=1, reason="test")["approval"]
    reply = v.call("Approvals")
    one = [x for x in reply["approvals"] if x["id"] == made][0]
    assert one["scope"] == "content" and one["by"][0]["name"] == "root" and one["path"] == "decide-4.tf", one
    return reply


def revoke(g, v):
    _, a = looked_at(g, v, 5)
    made = v.call("Approve", id=a["id"], version=1, reason="test")["approval"]
    assert "NotFound" in v.error("Revoke", id="nothing", reason="test")
    reply = v.call("Revoke", id=made, reason="test")
    assert made not in [x["id"] for x in v.call("Approvals")["approvals"]]
    return reply


CASES = {
    "Status": status, "Metrics": metrics, "Findings": findings, "Inventory": inventory, "Show": show, "Explain": explain, "Events": events,
    "Watch": watch, "Sweep": sweep, "Health": health, "QuarantineList": quarantine_list, "QuarantineShow": quarantine_show,
    "QuarantineRelease": quarantine_release, "QuarantinePurge": quarantine_purge,
    "Approve": approve, "Reject": reject, "Rollback": rollback, "Approvals": approvals, "Revoke": revoke,
}


def test_varlinkctl_introspects():
    with Giad() as g:
        v = Generic(g.start())
        info = v.run("info", v.address).stdout
        assert "giad" in info and INTERFACE in info and "org.varlink.service" in info, info
        with open(os.path.join(ROOT, "share/giad/varlink", INTERFACE + ".varlink"), encoding="utf-8") as f:
            shipped = f.read()
        assert v.run("list-interfaces", v.address).stdout.split() == [INTERFACE, "org.varlink.service"]
        methods = v.run("list-methods", v.address, INTERFACE).stdout.split()
        assert sorted(methods) == sorted(f"{INTERFACE}.{m}" for m in re.findall(r"^method (\w+)", shipped, re.M)), methods
        assert "method Watch" in v.run("introspect", v.address, INTERFACE).stdout
        v.run("introspect", v.address, "org.varlink.service")
        v.run("validate-idl", os.path.join(ROOT, "share/giad/varlink", INTERFACE + ".varlink"))
        with Raw(g) as c:
            told = c.ask("org.varlink.service.GetInterfaceDescription", {"interface": INTERFACE})["parameters"]["description"]
        assert told == shipped, "the file that is installed is not what giad says"
        return f"{len(methods)} methods"


def test_each_method_works_from_varlinkctl():
    with Giad(policy=REPORT_AND_TAKE) as g:
        v = Generic(g.start().wait_walked())
        interface = varlink_interface.of_service(g.base + "/run/control", INTERFACE)
        missing = set(interface.methods) ^ set(CASES)
        assert not missing, f"no case for {missing}, or no method"
        for name, case in CASES.items():
            reply = case(g, v)
            wrong = interface.wrong_in_reply(name, reply)
            assert not wrong, f"{name}: {wrong}"
        return f"{len(CASES)} methods, each reply as the interface says"


def test_what_is_wrong_is_refused_as_varlink_says():
    service = "org.varlink.service."
    wrong = [
        ("Findings", {"limit": "10"}, "InvalidParameter", {"parameter": "limit"}),
        ("Findings", {"limit": 1.5}, "InvalidParameter", {"parameter": "limit"}),
        ("Findings", {"limit": 1e300}, "InvalidParameter", {"parameter": "limit"}),
        ("Findings", {"limt": 10}, "InvalidParameter", {"parameter": "limt"}),
        ("Findings", {"path": ["/x"]}, "InvalidParameter", {"parameter": "path"}),
        ("Status", {"verbose": True}, "InvalidParameter", {"parameter": "verbose"}),
        ("Explain", {}, "InvalidParameter", {"parameter": "path"}),
        ("QuarantineRelease", {"id": "x", "reason": "y", "to": 5}, "InvalidParameter", {"parameter": "to"}),
        ("QuarantinePurge", {"id": "x"}, "InvalidParameter", {"parameter": "reason"}),
        ("Nothing", {}, "MethodNotFound", {"method": f"{INTERFACE}.Nothing"}),
        ("Watch", {}, "ExpectedMore", {}),
    ]
    with Giad() as g:
        g.start()
        interface = varlink_interface.of_service(g.base + "/run/control", INTERFACE)
        with Raw(g) as c:
            for method, parameters, error, what in wrong:
                reply = c.ask(f"{INTERFACE}.{method}", parameters)
                assert reply == {"error": service + error, "parameters": what}, (method, parameters, reply)
            # no method takes what its interface does not name
            for method in interface.methods:
                reply = c.ask(f"{INTERFACE}.{method}", {"there_is_none": 1})
                assert reply == {"error": service + "InvalidParameter", "parameters": {"parameter": "there_is_none"}}, (method, reply)
            assert c.ask("io.other.X.Method") == {"error": service + "InterfaceNotFound", "parameters": {"interface": "io.other.X"}}
            assert c.ask("Status") == {"error": service + "InvalidParameter", "parameters": {"parameter": "method"}}
            assert c.ask(f"{INTERFACE}.Status", upgrade=True)["error"] == service + "MethodNotImplemented"
            for method, parameters in (("Explain", {"path": "relative"}), ("Show", {}), ("QuarantineShow", {"id": "../x"})):
                reply = c.ask(f"{INTERFACE}.{method}", parameters)
                assert reply["error"] == f"{INTERFACE}.InvalidParameter" and not interface.wrong_in_error("InvalidParameter", reply["parameters"]), reply
        p = g.ctl("explain", "/nowhere", check=False)
        assert p.returncode == 2 and "no workspace" in p.stderr, p


def test_watch_is_readable_on_a_terminal():
    with Giad(policy=REPORT_AND_TAKE) as g:
        g.start().wait_walked()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        p = subprocess.Popen([GIACTL, f"--config={g.config}", "watch"], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                             env={**os.environ, "LC_ALL": "C.UTF-8"})
        jsonl = subprocess.Popen([GIACTL, f"--config={g.config}", "--output=jsonl", "watch"], stdout=subprocess.PIPE)
        os.close(slave)
        try:
            text = b""
            for i in range(50):
                g.write("a/long/path/in/which/nothing/fits/" * 2 + f"{i}.env", offending(i))
                if select.select([master], [], [], 0.2)[0]:
                    text += os.read(master, 65536)
                if b"quarantined" in text and b"critical" in text:
                    break
            event = json.loads(jsonl.stdout.readline())
        finally:
            p.kill()
            jsonl.kill()
            p.wait()
            jsonl.communicate()
            os.close(master)
        assert "message" in event and event["seq"] > 0, event
        lines = text.decode().splitlines()
        assert "TIME UTC" in lines[0] and "\x1b[1;31m" in text.decode(), lines
        for line in lines:
            bare = re.sub(r"\x1b\[[0-9;]*m", "", line)
            assert len(bare) <= 100, bare
        assert any(re.search(r"critical .*tester .*….*\.env:1  GitLab", line) for line in lines), lines
        return f"{len(lines)} lines"


HOLD = """
import os, socket, sys, time
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
held = []
for _ in range(int(sys.argv[3])):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[2])
    held.append(s)
time.sleep(1)
"""


def test_connections_that_are_refused_are_told():
    need_root()
    with Giad() as g:
        g.start()
        subprocess.run([sys.executable, "-c", HOLD, str(STRANGER), g.base + "/run/control", "60"], check=True)

        def refused():
            return [e for e in g.events("access-denied") if e["detail"].startswith("connection: ")]
        first = wait_for(refused)[0]
        assert first["operator_uid"] == STRANGER and "too many connections of this user" in first["detail"], first
        assert g.ctl("status").returncode == 0
        g.stop()  # it does not wait for the end of the interval
        assert "55 more were refused" in refused()[1]["detail"], refused()
        return "1 told at once, 55 in one word"


if __name__ == "__main__":
    main(sys.modules[__name__])
