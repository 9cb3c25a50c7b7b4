#!/usr/bin/env python3
"""What an agent writes that carries an identity, row by row: written as agents write it, and the findings read from the journal.

A giad runs with its journal output on. In a mount namespace of our own, /run is empty and a systemd-journald started by hand stands there, so
that neither the machine's journal is written to nor its limits apply. The table is in agent_files.py and platform_files.py.
"""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import harness
from agent_files import AGENTS, SECRETS, SEVERE
from harness import SCALE, Giad, Skip, need_root, wait_for
from platform_files import PLATFORMS, SITUATIONS

JOURNALD = "/lib/systemd/systemd-journald"
JOURNAL = "/run/log/journal"
CONF = "[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=\nForwardToWall=no\n"


class Journal:
    """A journald of our own, in /run of our own."""

    def __enter__(self):
        os.makedirs("/run/systemd/journald.conf.d")
        os.makedirs("/run/systemd/journal")
        with open("/run/systemd/journald.conf.d/giad-test.conf", "w") as f:
            f.write(CONF)
        self.process = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists("/run/systemd/journal/socket") or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise Skip(f"no journald can be started here: it ended with {self.process.returncode}")
        return self

    def __exit__(self, *exc):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def read(self):
        """What giad sent: as text, and as entries."""
        subprocess.run(["journalctl", "--sync"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = subprocess.run(["journalctl", "--directory=" + JOURNAL, "--quiet", "--all", "--output=json", "SYSLOG_IDENTIFIER=giad"],
                              stdout=subprocess.PIPE, check=True).stdout.decode()
        return text, [json.loads(line) for line in text.splitlines()]


# --- how agents write ------------------------------------------------------------------------------------------------------------------


def at_once(path, data):
    with open(path, "wb") as f:
        f.write(data)


def by_rename(path, data):
    """A temporary file beside it, then its name."""
    temporary = f"{path}.tmp.{os.getpid()}"
    at_once(temporary, data)
    os.rename(temporary, path)


def in_parts(path, data):
    with open(path, "wb", buffering=0) as f:
        for i in range(0, len(data), 1 + len(data) // 3):
            f.write(data[i:i + 1 + len(data) // 3])


def created_then_edited(path, data):
    at_once(path, b"")
    at_once(path, data)


WAYS = (at_once, by_rename, in_parts, created_then_edited)


def write(path, text, way, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    before = os.umask(0o777 & ~(0o600 if mode is None else mode))
    try:
        WAYS[way % len(WAYS)](path, text.encode())
    finally:
        os.umask(before)


# --- what came -----------------------------------------------------------------------------------------------------------------------


def fits(want, finding):
    return finding["GIA_RULE"] == want[5:] if want.startswith("rule:") else finding["GIA_CLASS"] == want


def missing(case, findings):
    return [want for want in case.expect if not any(fits(want, f) for f in findings)]


def wrong_fields(case, path, findings):
    """What an event says that is not so."""
    lines = case.text.count("\n") + 1
    for f in findings:
        say = f"{f['GIA_RULE']}: "
        if case.kind and f["GIA_ARTEFACT"] != case.kind:
            yield say + f"artefact {f['GIA_ARTEFACT']}, not {case.kind}"
        if not 1 <= int(f.get("GIA_LINE", 0)) <= lines:
            yield say + f"line {f.get('GIA_LINE')} of {lines}"
        for name in ("GIA_SEVERITY", "GIA_CONFIDENCE", "GIA_KIND", "GIA_TITLE", "GIA_REMEDIATION", "GIA_REFERENCES", "GIA_FILE_SHA256"):
            if not f.get(name):
                yield say + f"no {name}"
        if f.get("GIA_AGENT") != "tester" or not path.startswith(f.get("GIA_WORKSPACE", "?") + "/") or path not in f["MESSAGE"]:
            yield say + "agent, workspace or message"


def findings_of(events):
    return [e for e in events if e.get("GIA_EVENT") == "finding"]


class Judge:
    def __init__(self, events):
        self.found = collections.defaultdict(list)
        for e in findings_of(events):
            self.found[e["GIA_FILE_PATH"]].append(e)
        # of several events the last speaks of the content that is there now
        self.kinds = {e["GIA_FILE_PATH"]: e["GIA_ARTEFACT"] for e in events if e.get("GIA_EVENT") == "artefact"}
        self.passed, self.problems, self.gaps = 0, [], []

    def case(self, label, case, path, clean):
        findings = self.found[path]
        lost = missing(case, findings)
        came = " ".join(sorted({f["GIA_CLASS"] for f in findings})) or "nothing"
        problems = [f"{label} {case.path}: {p}" for p in wrong_fields(case, path, findings)]
        if case.kind and clean and self.kinds.get(clean) != case.harmless_kind:
            problems.append(f"{label} {case.path}: the harmless one is taken for {self.kinds.get(clean)}")
        for want in case.expect if clean else ():
            for f in self.found[clean]:
                if fits(want, f) and f["GIA_SEVERITY"] in SEVERE:
                    problems.append(f"{label} {case.path}: the harmless one has {f['GIA_RULE']} at line {f['GIA_LINE']}")
        if case.gap and lost:
            self.gaps.append(f"{label} {case.path}: {' '.join(lost)}: {case.gap}")
        elif case.gap:
            problems.append(f"{label} {case.path}: is found, but the table calls it a gap")
        elif lost:
            problems.append(f"{label} {case.path}: no {' '.join(lost)}; came {came}")
        self.problems += problems
        if not problems and not lost:
            self.passed += 1
        return came if not lost else f"{came} (wanted {' '.join(lost)})"


def print_row(row, came):
    """One line for the row; with GIAD_SCALE=full one for each of its files too."""
    lost = sum("(wanted " in what for what in came)
    expected = sorted({want for case in row.cases for want in case.expect})
    print(f"     {row.name}: {len(row.cases) - lost} of {len(row.cases)} files; expected {', '.join(expected)}; "
          f"came {', '.join(sorted({c for what in came for c in what.split(' (')[0].split()}))}")
    for case, what in zip(row.cases, came) if SCALE == "full" else ():
        print(f"         {case.path}: expected {' '.join(case.expect)}; came {what}")


def judge(rows, places, events):
    verdict = Judge(events)
    for row in rows:
        if not row.cases:
            print(f"     {row.name}: no file")
            continue
        print_row(row, [verdict.case(row.name, c, *places[id(c)]) for c in row.cases])
    for gap in verdict.gaps:
        print(f"     gap: {gap}")
    return verdict


def everything_written(g, rows):
    """Writes each case and its harmless twin into fresh directories; {id(case): (path, path of the twin)}."""
    places, n = {}, 0
    for r, row in enumerate(rows):
        for c, case in enumerate(row.cases):
            path, clean = (g.path(f"{side}{r:02}", f"{c:02}", case.path) for side in ("a", "b"))
            write(path, case.text, n, case.mode)
            if case.harmless is not None:
                write(clean, case.harmless, n + 1)
            places[id(case)] = (path, clean if case.harmless is not None else None)
            n += 1
    return places


def test_each_row_is_found_and_told_to_the_journal():
    need_root()
    if not os.path.exists(JOURNALD) or not shutil.which("journalctl"):
        raise Skip("no systemd-journald")
    rows, began = SITUATIONS + AGENTS + PLATFORMS, time.monotonic()
    with Journal() as journal, Giad(policy="\n  - {action: report}\n", extra="quarantine: {note: no}\n") as g:
        with open(g.config, encoding="utf-8") as f:
            text = f.read()
        g.write_config(text.replace("journal: {enabled: no}", "journal: {enabled: yes}"))
        g.start().wait_walked()
        places = everything_written(g, rows)
        g.idle()
        g.stop()
        sent = len(g.events("finding"))
        wait_for(lambda: len(findings_of(journal.read()[1])) >= sent)
        raw, events = journal.read()
    assert len(findings_of(events)) == sent, f"{sent} findings, {len(findings_of(events))} in the journal"
    verdict = judge(rows, places, events)
    for secret in SECRETS:
        if len(secret) >= 16 and (secret in raw or json.dumps(secret)[1:-1] in raw):
            verdict.problems.append(f"a secret stands in the journal: {secret[:6]}…")
    for problem in verdict.problems:
        print(f"     wrong: {problem}")
    cases = [c for row in rows for c in row.cases]
    assert not verdict.problems, f"{len(verdict.problems)} problems in {len(cases)} files"
    twins = sum(c.harmless is not None for c in cases)
    return (f"{len(rows)} rows, {verdict.passed} of {len(cases)} files found, {len(verdict.gaps)} gaps, {twins} harmless twins, "
            f"{time.monotonic() - began:.0f} s")


def private_run():
    """In a mount namespace of our own, /run is empty."""
    if os.environ.get("GIAD_JOURNAL_PRIVATE") or os.geteuid() != 0:
        return
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: no mount namespace here")
        sys.exit(77)
    os.execvpe("unshare", ["unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", sys.executable, os.path.abspath(__file__),
                           *sys.argv[1:]], {**os.environ, "GIAD_JOURNAL_PRIVATE": "1"})


if __name__ == "__main__":
    private_run()
    harness.main(sys.modules[__name__])
