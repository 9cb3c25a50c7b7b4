#!/usr/bin/env python3
"""giactl health: a synthetic artefact comes through the whole chain, or the step that failed is named with what to do; nothing is left
of it, and nobody hides behind it."""
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import GIACTL, Giad, Skip, main, need_root, offending, wait_for  # noqa: E402

STEPS = ["write", "see", "scan", "judge", "tell", "deliver", "remove"]


def call(g, **parameters):
    """The method itself, for its timeout."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(os.path.join(g.base, "run/control"))
        s.sendall(json.dumps({"method": "io.giad.Control.Health", "parameters": parameters}).encode() + b"\0")
        data = b""
        while not data.endswith(b"\0"):
            data += s.recv(65536) or b"\0"
    return json.loads(data[:-1])


def failed(g, **parameters):
    """(step, detail, remedy) of the one step that failed, of a check that gives up soon."""
    reply = call(g, timeout=2, **parameters)["parameters"]
    bad = [s for s in reply["steps"] if not s["ok"]]
    assert not reply["ok"] and len(bad) == 1, reply
    event = wait_for(lambda: g.events("health"))[-1]
    return bad[0]["step"], bad[0]["detail"], bad[0]["remedy"], event


def nothing_left(g, workspaces=None):
    for ws in workspaces or [g.ws]:
        assert not [n for n in os.listdir(ws) if n.startswith(".giad-health-")], os.listdir(ws)
    assert g.json("inventory") == [] and g.json("findings") == [] and g.entries() == []
    assert not g.events("finding") and not g.events("artefact") and not g.events("verdict")


def test_it_comes_through_in_every_workspace():
    base = Giad().base
    other = os.path.join(base, "other")
    os.makedirs(other)
    with Giad(base=base, workspaces=[os.path.join(base, "ws"), other], policy="\n  - {action: quarantine}\n") as g:
        try:
            g.start().wait_walked()
            p = g.ctl("health")
            for ws in (g.ws, other):
                assert f"\n{ws}\n" in "\n" + p.stdout, p.stdout
            assert p.stdout.count(" ok ") == 2 * len(STEPS) and "failed" not in p.stdout, p.stdout
            reply = g.json("health", other)
            assert reply["ok"] and [s["step"] for s in reply["steps"]] == STEPS, reply
            assert {s["workspace"] for s in reply["steps"]} == {other}
            times = [s["ms"] for s in reply["steps"][1:]]
            assert times == sorted(times) and times[-1] < 5000, times
            # what policy would do is said, and not done
            assert reply["steps"][3]["detail"].startswith("quarantine"), reply
            assert not g.events("quarantined")
            nothing_left(g, [g.ws, other])
            told = g.events("health")
            assert len(told) == 3 and {e["severity"] for e in told} == {"info"} and told[2]["operator"] == "root", told
            assert [s["detail"] for s in reply["steps"] if s["step"] == "tell"] == [f"event {told[2]['seq']}"]
            # with quarantine
            p = g.ctl("health", "--quarantine", g.ws)
            assert " take " in p.stdout and " purge " in p.stdout, p.stdout
            assert [e["comment"] for e in g.events("purged")] == ["health check"]
            nothing_left(g, [g.ws, other])
            assert 'giad_health_checks_total{result="ok"} 4' in g.ctl("metrics").stdout
            return f"judged after {reply['steps'][3]['ms']} ms, delivered after {reply['steps'][5]['ms']} ms"
        finally:
            g.stop()
            shutil.rmtree(base, ignore_errors=True)


def test_each_step_that_fails_is_named_with_a_remedy():
    out = []
    with Giad() as g:
        # see: the workspace does not look there
        g.write_config()
        with open(g.config, encoding="utf-8") as f:
            text = f.read()
        g.write_config(text.replace("exclude: [", "exclude: ['.giad-health-*', "))
        g.start().wait_walked()
        step, detail, remedy, event = failed(g)
        assert step == "see" and "exclude" in remedy and event["severity"] == "high" and event["detail"].startswith("see: "), (step, detail, remedy, event)
        out.append(step)
        p = g.ctl("metrics")
        assert 'giad_health_checks_total{result="failed"} 1' in p.stdout
        # deliver: an output is down
        g.write_config(text.replace("/lines/events.jsonl", "/nowhere/events.jsonl"))
        g.reload()
        wait_for(lambda: g.status()["sinks"][0]["down"])
        step, detail, remedy, _ = failed(g)
        assert (step, detail) == ("deliver", "jsonl") and "giactl status" in remedy, (step, detail, remedy)
        out.append(step)
        # scan: the rule is switched off
        os.makedirs(g.base + "/rules.d")
        with open(g.base + "/rules.d/off.yaml", "w", encoding="utf-8") as f:
            f.write("rules:\n  - {id: giad-health-canary, enabled: false}\n")
        g.write_config(text)
        g.reload()
        wait_for(lambda: g.status()["scanner"]["ready"] and not g.status()["sinks"][0]["down"])
        wait_for(lambda: len(g.events("config-loaded")) == 2)
        p = g.ctl("health", check=False)
        assert p.returncode == 1 and "failed scan" in " ".join(p.stdout.split()) and "health.yaml" in p.stdout, p
        out.append("scan")
        nothing_left(g)
        g.stop()
        p = g.ctl("health", check=False)
        assert p.returncode == 2 and "is it running" in p.stderr, p
    return ", ".join(out)


def test_a_workspace_that_cannot_be_written_to_is_named():
    need_root()
    with Giad() as g:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", g.ws], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise Skip("nothing can be mounted here")
        try:
            g.start()
            p = g.ctl("health", check=False)
            assert p.returncode == 1 and "failed write" in " ".join(p.stdout.split()) and "ReadWritePaths" in p.stdout, p
            assert "Read-only file system" in g.wait_event("health")["detail"]
        finally:
            g.stop()
            subprocess.run(["umount", g.ws], check=True)


def test_nobody_hides_behind_it():
    """An agent that moves the check's directory away and puts a secret under its name, again and again."""
    need_root()
    with Giad() as g:
        g.start().wait_walked()
        os.chmod(g.ws, 0o777)
        stop, planted, moved = threading.Event(), [], []

        def agent():
            while not stop.is_set():
                for name in os.listdir(g.ws):
                    if not name.startswith(".giad-health-") or name in moved:
                        continue
                    try:
                        os.rename(g.path(name), g.path(f"moved-{len(moved)}"))
                        moved.append(name)
                        os.mkdir(g.path(name))
                        with open(g.path(name, "canary.env"), "w", encoding="utf-8") as f:
                            f.write(offending(len(planted)))
                        planted.append(g.path(name, "canary.env"))
                    except OSError:
                        pass
        th = threading.Thread(target=agent)
        th.start()
        for i in range(4):
            call(g, timeout=2)
            wait_for(lambda n=i: len(planted) > n)
        stop.set()
        th.join()
        for path in planted:
            g.wait_gone(path)
            g.wait_event("quarantined", path=path)
        assert {e["path"] for e in g.events("finding")} == set(planted)
        # what an agent writes under such a name at any other time is a file like any other
        g.wait_gone(g.write(".giad-health-01/canary.env", "X=giad-health-canary-00112233445566778899aabbccddeeff\n" + offending(77)))
        # one check at a time
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(call(g))) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert sorted(a.get("error", "ok") for a in answers) == ["io.giad.Control.NotPossible"] * 2 + ["ok"], answers
        return f"{len(planted)} secrets under its name, each taken away"


def test_a_check_that_is_cut_off_leaves_nothing():
    with Giad() as g:
        g.start().wait_walked()
        for how in ("client", "giad"):
            p = subprocess.Popen([GIACTL, f"--config={g.config}", "health"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            wait_for(lambda: [n for n in os.listdir(g.ws) if n.startswith(".giad-health-")], step=0.001)
            if how == "client":
                p.kill()
            else:
                g.stop()
            p.communicate()
            wait_for(lambda: not [n for n in os.listdir(g.ws) if n.startswith(".giad-health-")])
        assert p.returncode == 2
        time.sleep(0.1)
        assert "ssertion" not in g.log_text()


if __name__ == "__main__":
    main(sys.modules[__name__])
