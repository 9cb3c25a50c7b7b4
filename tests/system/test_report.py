"""giactl report --html: the page in a real headless Chromium, on a host whose only network is the loopback."""
import html
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time

import browser
import harness
from harness import Giad, wait_for

POLICY = """
  - {when: {class: [k8s-cluster-admin-binding]}, action: quarantine}
  - {when: {artefact: [sudoers]}, action: require-approval}
  - {action: report}
"""
BINDING = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: agent, namespace: work}]
"""
FINDINGS, PER_FILE, ARTEFACTS = 1000, 5, 5000
# what an agent may call its files, so that a page would do something
HOSTILE = ["<script>window.hit=1<\u2215script>.env", "<img src=x onerror=window.hit=2>.env", "\"onload=window.hit=3 x=\".env", "'><svg onload=window.hit=4>.env",
           "javascript:window.hit=5.env", "&lt;b&gt;.env", "\u05e9\u05dc\u05d5\u05dd\u202e.env", "]]>-->.env", "{{7*7}}.env"]
AT_ONCE = 250  # rows that the page lays out, until somebody wants more
SHOTS = os.path.join(harness.TOP, "build")


def secrets(first):
    return "".join(f"GITLAB_TOKEN_{i}={harness.token(seed=first + i)}\n" for i in range(PER_FILE))


def fill(g):
    g.write_all([(f"service-{i % 20}/app-{i}.env", secrets(i * PER_FILE)) for i in range(FINDINGS // PER_FILE)])
    g.write_all([(name, f"GITLAB_TOKEN={harness.token(seed=100000 + i)}\n") for i, name in enumerate(HOSTILE)])
    g.write("k8s/admin.yaml", BINDING)
    g.write("sudoers", "agent ALL=(ALL) NOPASSWD: ALL\n")
    subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "write-artefacts"), g.path("one-of-each")], check=True, stdout=subprocess.DEVNULL)
    os.mkfifo(g.path("pipe.yaml"))


def add_artefacts(g, n):
    """As many as a host has after a year, whose files are long gone."""
    db = sqlite3.connect(os.path.join(g.base, "state/register.db"))
    db.executemany("INSERT INTO artefacts(id, workspace, path, agent, kind, evidence, sha256, size, owner, state, severity, n_findings, first_seen, last_seen)"
                   " VALUES(?, '/srv/agents/old/work', ?, 'old', 'ci-workflow', 'its name', zeroblob(32), 1, 0, 'observed', 'info', 0, ?, ?)",
                   ((f"{i:026d}", f"dir-{i // 50}/file-{i}.yaml", int(time.time() * 1e6) - i * 10**9, int(time.time() * 1e6) - i * 10**8) for i in range(n)))
    db.commit()
    db.close()


def full():
    """A giad that has found all of it."""
    g = Giad(policy=POLICY, workspaces=None)
    os.makedirs(os.path.join(g.base, "state"), mode=0o700)
    g.start().wait_walked()
    g.stop()
    add_artefacts(g, ARTEFACTS)
    fill(g)
    g.start().wait_walked()
    g.idle(quiet=0.3)
    return g


def test_the_page_in_a_browser():
    with full() as g:
        page = os.path.join(g.base, "report.html")
        t = time.monotonic()
        said = g.ctl("report", f"--html={page}").stdout
        took = time.monotonic() - t
        findings, artefacts, entries = g.json("findings"), g.json("inventory"), g.entries()
        assert len(findings) >= FINDINGS and len(artefacts) > ARTEFACTS, (len(findings), len(artefacts))
        assert f"{len(artefacts)} artefacts, {len(findings)} findings, {len(entries)} in quarantine" in said and entries, said
        assert stat.S_IMODE(os.stat(page).st_mode) == 0o600
        with browser.Browser() as b:
            sizes = look(b, page, findings, entries)
            stands_firm(b)
            can_be_read_without_its_script(b, page, len(findings))
        return f"{os.path.getsize(page) // 1024} KB in {took:.1f} s for {len(findings)} findings and {len(artefacts)} artefacts; {sizes}"


def count(b, table):
    return b.run("return [...document.querySelectorAll('#' + arguments[0] + ' tbody tr')].filter((r) => r.getClientRects().length).length", table)


def look(b, page, findings, entries):
    b.open("about:blank")
    b.log("performance")
    b.log("browser")
    b.size(1440, 1000)
    b.dark(False)
    b.open("file://" + page)
    sizes = ["report.png {}x{}".format(*b.screenshot(os.path.join(SHOTS, "report.png")))]
    assert count(b, "finding-table") == count(b, "artefact-table") == AT_ONCE
    assert count(b, "entry-table") == len(entries) and count(b, "reason-table") > 0 and count(b, "event-table") > 0
    assert b.run("return document.querySelectorAll('#timeline svg g').length") > 0
    names_do_nothing(b)
    sizes.append(lists_work(b, findings))
    others(b, sizes)
    errors, requests = b.log("browser"), b.requests()
    assert errors == [], errors
    assert requests == ["file://" + page] * len(requests) and requests, requests
    return ", ".join(sizes)


def names_do_nothing(b):
    assert b.run("return window.hit") is None
    assert b.run("return document.scripts.length") == 1 and b.run("return document.images.length") == 0
    shown = b.run("return [...document.querySelectorAll('#finding-table td.path bdi')].map((x) => x.textContent)")
    for name in HOSTILE:
        name = re.sub("\u202e", r"\\xe2\\x80\\xae", name)
        assert sum(x.endswith("/" + name) for x in shown) == 1, (name, [x for x in shown if name[:5] in x])


FILTER = """
const [table, words] = arguments, input = document.querySelector(`input[data-table=${table}]`);
input.value = words;
input.dispatchEvent(new Event('input'));
const rows = [...document.getElementById(table).tBodies[0].rows];
return new Promise((resolve) => setTimeout(() => resolve({shown: rows.filter((r) => !r.hidden).length, said: document.getElementById(table + '-count').textContent}), 200));
"""
SORT = """
const [table, column] = arguments, heading = document.getElementById(table).tHead.rows[0].cells[column], begin = performance.now();
heading.querySelector('button').click();
document.body.getBoundingClientRect();
const rows = [...document.getElementById(table).tBodies[0].rows];
return {ms: performance.now() - begin, how: heading.getAttribute('aria-sort'), values: rows.map((r) => r.cells[column].dataset.k || r.cells[column].textContent.trim())};
"""


def lists_work(b, findings):
    """Filters and sorts, as somebody does who looks through a thousand findings and five thousand artefacts. Returns how long it took."""
    one = b.run(FILTER, "finding-table", "service-7/ gitlab")
    want = sum("service-7/" in f["path"] for f in findings)
    assert one["shown"] == want > 0 and one["said"].startswith(f"{want} match"), (one, want)
    assert b.run(FILTER, "finding-table", "no-such-word")["shown"] == 0
    b.run(FILTER, "finding-table", "")
    b.run("document.querySelector('#findings button.all').click()")
    assert count(b, "finding-table") == len(findings)
    # from a class to its findings
    b.run("document.querySelector('#class-table a[data-filter=\"sudoers-nopasswd-all\"], #class-table a[data-filter^=sudo]').click()")
    assert 0 < count(b, "finding-table") < 10
    b.run(FILTER, "finding-table", "")
    slowest = 0
    for column, numbers in ((1, True), (2, True), (4, False), (6, False)):
        first, second = b.run(SORT, "artefact-table", column), b.run(SORT, "artefact-table", column)
        assert {first["how"], second["how"]} == {"ascending", "descending"}, (first["how"], second["how"])
        for s in (first, second):
            values = [float(v) for v in s["values"]] if numbers else s["values"]
            assert len(values) == ARTEFACTS
            if numbers or column == 6:  # paths are in the order of people, for whom 9 comes before 10
                assert values == sorted(values, reverse=s["how"] == "descending"), (column, s["how"])
            slowest = max(slowest, s["ms"])
        assert first["values"] != second["values"]
    assert slowest < 2000, slowest
    return f"sorting {ARTEFACTS} rows takes at most {slowest:.0f} ms"


def others(b, sizes):
    """By keyboard alone; in the dark; on a telephone."""
    b.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    b.tell("Input.dispatchKeyEvent", type="keyDown", key="/", text="/")
    b.tell("Input.dispatchKeyEvent", type="keyUp", key="/")
    assert b.run("return document.activeElement.dataset.table") == "finding-table" and b.run("return document.activeElement.value") == ""
    assert b.run("return [...document.querySelectorAll('.scroll')].every((x) => x.tabIndex === 0 && x.getAttribute('aria-label'))")
    light = b.run("return getComputedStyle(document.body).backgroundColor")
    b.dark(True)
    assert b.run("return getComputedStyle(document.body).backgroundColor") != light
    sizes.append("report-dark.png {}x{}".format(*b.screenshot(os.path.join(SHOTS, "report-dark.png"))))
    b.dark(False)
    b.size(420, 900)
    assert b.run("return document.documentElement.scrollWidth") <= 420
    assert b.run("const r = document.querySelector('#finding-table tbody td.path').getBoundingClientRect(); return r.left >= 0 && r.right <= 420")
    sizes.append("report-narrow.png {}x{}".format(*b.screenshot(os.path.join(SHOTS, "report-narrow.png"))))
    b.size(1440, 1000)


def stands_firm(b):
    """Even if something came through unescaped: it does not run, and asks for nothing."""
    b.run("""const s = document.createElement('script'); s.textContent = 'window.hit = 6'; document.body.append(s);
             const d = document.createElement('div'); d.innerHTML = '<img src="http://127.0.0.1:9/x" onerror="window.hit = 7"><p style="color: red">x</p>'; document.body.append(d);""")
    time.sleep(0.3)
    assert b.run("return window.hit") is None
    assert b.run("return getComputedStyle(document.querySelector('p[style]')).color") != "rgb(255, 0, 0)"
    refused = [e["message"] for e in b.log("browser")]
    assert len([m for m in refused if "Content Security Policy" in m]) >= 3, refused
    received = [m for m in b.log("performance") if m["method"] == "Network.responseReceived"]
    assert received == [], received


def can_be_read_without_its_script(b, page, n):
    b.tell("Emulation.setScriptExecutionDisabled", value=True)
    b.open("file://" + page)
    b.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert count(b, "finding-table") == n
    assert b.run("return [...document.querySelectorAll('.filter')].every((x) => x.getClientRects().length === 0)"), "a box that does nothing"
    assert b.run("return document.querySelectorAll('th button').length") == 0


def test_a_page_takes_the_place_of_nothing_it_should_not():
    with Giad(policy=POLICY) as g:
        g.start().wait_walked()
        page, other = os.path.join(g.base, "report.html"), os.path.join(g.base, "other")
        g.ctl("report", "--html", page)
        first = open(page, encoding="utf-8").read()
        assert html.unescape(first).count("Nothing was found.") == 3 and "No artefact is known." in first, first[-3000:]
        p = g.ctl("report", f"--html={page}", check=False)
        assert p.returncode == 2 and "--force" in p.stderr, p
        os.chmod(page, 0o644)
        g.ctl("report", "--force", f"--html={page}")
        assert stat.S_IMODE(os.stat(page).st_mode) == 0o600
        with open(other, "w", encoding="utf-8") as f:
            f.write("mine")
        os.unlink(page)
        os.symlink(other, page)
        for place in (page, g.base, "/dev/null", os.path.join(g.base, "no/such/directory.html")):
            p = g.ctl("report", "--force", f"--html={place}", check=False)
            assert p.returncode == 2 and place in p.stderr, p
        assert open(other, encoding="utf-8").read() == "mine" and os.path.islink(page)
        assert [f for f in os.listdir(g.base) if f.startswith(".giactl")] == []
        for wrong in (["report"], ["report", "--html="], ["report", f"--html={other}2", "x"], ["report", f"--html={other}2", "--limit=x"]):
            p = g.ctl(*wrong, check=False)
            assert p.returncode == 2 and not os.path.exists(other + "2"), (wrong, p)
        made = g.json("report", f"--html={other}2", "--limit=1")
        assert made["file"] == other + "2" and made["findings"] == 0
        g.stop()
        p = g.ctl("report", f"--html={other}3", check=False)
        assert p.returncode == 2 and "cannot be reached" in p.stderr and not os.path.exists(other + "3"), p


if __name__ == "__main__":
    WHY = browser.leave_the_network()
    if WHY:
        print(f"not without a network: {WHY}")
    harness.main(sys.modules[__name__])
