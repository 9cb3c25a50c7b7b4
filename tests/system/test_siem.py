#!/usr/bin/env python3
"""What is shipped for SIEMs, over the journal of a real giad: each Sigma rule fires on what it is for, the ingest pipeline makes
ECS of each event, rsyslog and the filters of Fluent Bit let it through; and nothing that somebody else writes under giad's
names passes any of them, by whatever way it came."""
import functools
import glob
import json
import os
import re
import subprocess
import sys

import harness
import receivers
from harness import TOP, Giad, Skip, offending, token, wait_for
from receivers import AGENT_UID, JOURNAL_SOCKET, Daemon, Service, as_user, entries, send

sys.path.insert(0, os.path.join(TOP, "tests/siem"))
BUILD = os.environ.get("top_builddir", os.path.join(TOP, "build/release"))
TRUST = ["_UID=0", "_SYSTEMD_UNIT=giad.service"]

SAMPLE_ID = "01M34E2M000000000000000001"  # tools/sample-event.c

POLICY = """
  - {when: {kind: secret, severity: [critical, high], confidence: high}, action: quarantine}
  - {action: report}
"""
WORKFLOW = """name: deploy
on: pull_request_target
permissions: write-all
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo "${{ github.event.pull_request.title }}"
"""


def libraries():
    try:
        import fluentbit
        import ingest
        import sigma
    except ImportError as e:
        raise Skip(str(e)) from None
    return fluentbit, ingest, sigma


def shipped(*names):
    with open(os.path.join(TOP, "etc/siem", *names), encoding="utf-8") as f:
        return f.read()


def rules():
    _, _, sigma = libraries()
    return {os.path.basename(p)[:-4]: sigma.compile_rule(sigma.load(p)) for p in glob.glob(os.path.join(TOP, "etc/siem/sigma/*.yml"))}


def fired(records):
    """Which rules fire, and how often."""
    return {name: n for name, rule in rules().items() if (n := sum(rule.fires(r) for r in records))}


# --- a real run ---


class JournalGiad(Giad):
    """One that writes to the journal, too; with everything as the agent's who writes."""

    def write_config(self, text=None):
        super().write_config(text)
        with open(self.config) as f:
            text = f.read()
        with open(self.config, "w") as f:
            f.write(text.replace("journal: {enabled: no}", "journal: {enabled: yes}"))
        os.chown(self.ws, AGENT_UID, AGENT_UID)


def as_agent(g, name, text):
    """The agent writes a file."""
    code = ("import os, sys\n"
            "os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)\n"
            "open(sys.argv[1], 'w').write(sys.stdin.read())\n")
    subprocess.run(as_user(AGENT_UID, receivers.PYTHON, "-c", code, g.path(name)), input=text, text=True, check=True)
    return g.path(name)


def make_everything_happen(g, unit):
    locked = as_agent(g, "locked/.env", offending(3))
    if subprocess.run(["chattr", "+i", locked]).returncode != 0:
        raise Skip("no file can be made immutable here")
    try:
        g.start(prefix=unit.prefix())
        g.wait_gone(as_agent(g, "web/.env", offending(1)))
        as_agent(g, ".mcp.json", json.dumps({"mcpServers": {"gh": {"command": "gh-mcp", "env": {"GITHUB_TOKEN": token("ghp_", 36)}}}}))
        as_agent(g, ".github/workflows/deploy.yml", WORKFLOW)
        g.idle()
        entry = [e for e in g.entries() if e["path"] == "web/.env"][0]["id"]
        release = [harness.GIACTL, f"--config={g.config}", "quarantine", "release", entry, "--reason=it is mine"]
        assert subprocess.run(as_user(AGENT_UID, *release), stderr=subprocess.DEVNULL).returncode == 2
        g.wait_event("access-denied")
        g.ctl("quarantine", "release", entry, "--reason=tried")
        g.wait_event("response-failed")
        g.stop()
    finally:
        subprocess.run(["chattr", "-i", locked], check=True)


@functools.cache
def real():
    """The entries of a real run, and of one event of each kind, all by a root's process in giad.service."""
    libraries()
    with Service() as unit, JournalGiad(policy=POLICY) as g:
        make_everything_happen(g, unit)
        told = g.events()
        unit.run(os.path.join(BUILD, "tests/unit/test-journal"), "deliver")
        found = entries(*TRUST)
        # an event is in the journal with all its fields, and nowhere twice
        by_id = {e["GIA_EVENT_ID"]: e for e in found if "GIA_EVENT" in e}
        for e in told:
            entry = by_id[e["event_id"]]
            assert entry["MESSAGE"] == e["message"] and json.loads(entry["GIA_JSON"])["seq"] == e["seq"] == int(entry["GIA_SEQ"])
            assert len([k for k in entry if k.startswith("GIA_")]) == len(e), (e, entry)
        assert len(told) > 15
        return found


def kinds():
    with open(os.path.join(TOP, "common/model/events.def")) as f:
        return dict(re.findall(r'^EVENT\([A-Z_]+, "([a-z-]+)", -?\d, "([0-9a-f]{32})"', f.read(), re.MULTILINE))


def events(found):
    return [e for e in found if "GIA_EVENT" in e]


# --- forgeries ---


def forged_fields():
    """For each kind an entry that is, field by field, what giad would write, and claims all that a reader might ask for."""
    out = subprocess.run([os.path.join(BUILD, "tools/generate"), "samples", "journal"], stdout=subprocess.PIPE, check=True, text=True).stdout
    mark = {"GIA_COMMENT": "forged", "_UID": "0", "_SYSTEMD_UNIT": "giad.service", "UID": "0", "SYSTEMD_UNIT": "giad.service", "UNIT": "giad.service",
            "OBJECT_PID": "1", "OBJECT_UID": "0", "OBJECT_SYSTEMD_UNIT": "giad.service", "_TRANSPORT": "journal", "_COMM": "giad",
            "_EXE": "/usr/sbin/giad", "COREDUMP_UNIT": "giad.service", "GIA_ARTEFACT": "mcp-config", "GIA_KIND": "secret", "GIA_SEVERITY": "critical"}
    return [{**json.loads(line), **mark} for line in out.splitlines()]


def as_native(fields):
    return "".join(f"{k}={v}\n" for k, v in fields.items())


def as_syslog(fields, head="<86>"):
    sd = " ".join(f'{k[4:].lower()}="' + v.translate({34: '\\"', 92: "\\\\", 93: "\\]"}) + '"' for k, v in fields.items() if k.startswith("GIA_")
                  and k != "GIA_JSON")
    return f"{head}1 2026-09-21T14:13:20.123456Z build-7 giad 812 {fields['GIA_EVENT']} [giad@32473 {sd}] {fields['MESSAGE']}"


def forge(unit):
    """As the agent, by each way that leads to the journal; as somebody of giad's unit who is not root, as its scanners are; and as
    root of another unit."""
    all_ = forged_fields()
    native = [(JOURNAL_SOCKET, as_native(f)) for f in all_]
    send(native, as_user(AGENT_UID))
    send(native, [*unit.prefix(), *as_user(AGENT_UID)])
    send(native)
    send([("/run/systemd/journal/dev-log", as_syslog(f)) for f in all_]
         + [("/run/systemd/journal/dev-log", "<86>Sep 21 14:13:20 giad[812]: @cee: " + json.dumps(f)) for f in all_], as_user(AGENT_UID))
    # a service's own output, whose first line names the unit: believed of root alone
    lines = "giad\ngiad.service\n6\n0\n0\n0\n0\n" + "".join("@cee: " + json.dumps(f) + "\n" for f in all_)
    send([("/run/systemd/journal/stdout", lines)], as_user(AGENT_UID))
    for tool in (["logger", "--journald"], ["systemd-cat", "--identifier=giad", "cat"]):
        for f in all_[::5]:
            subprocess.run(as_user(AGENT_UID, *tool), input=as_native(f).encode(), check=True)


@functools.cache
def forged():
    """What stands in the journal of that. All of it has arrived, or the tests would show nothing."""
    with Service() as unit:
        forge(unit)
    found = entries("GIA_COMMENT=forged")
    assert {e["GIA_EVENT"] for e in found} == set(kinds()), "not every kind was forged"
    assert len(found) >= 3 * len(kinds())
    assert not any(e["_UID"] == "0" and e.get("_SYSTEMD_UNIT") == "giad.service" for e in found)
    return entries(f"_UID={AGENT_UID}") + found


# --- tests ---


def test_each_sigma_rule_fires_on_what_it_is_for():
    found = [e for e in events(real()) if e["GIA_EVENT_ID"] != SAMPLE_ID]  # of the run alone
    n = fired(found)
    assert set(n) == set(rules()), (n, {e["GIA_EVENT"] for e in found})
    quiet = [e for e in found if e["GIA_EVENT"] in ("started", "ready", "artefact", "config-loaded", "released")]
    assert quiet and not fired(quiet)
    return ", ".join(f"{k} {v}" for k, v in sorted(n.items()))


def test_the_catalogue_explains_each_kind():
    real()
    text = subprocess.run(["journalctl", "-x", "--no-pager", *TRUST], stdout=subprocess.PIPE, check=True, text=True).stdout
    with open(os.path.join(TOP, "systemd/giad.catalog")) as f:
        subjects = re.findall(r"^Subject: (.+)$", f.read(), re.MULTILINE)
    assert len(subjects) == len(kinds())
    missing = [s for s in subjects if f"Subject: {s}" not in text]
    assert not missing, missing
    assert "File: /srv/agents/alpha/work/infra/iam.tf" in text


def test_the_pipeline_makes_ecs_of_each_event():
    _, ingest, _ = libraries()
    import jsonschema
    pipeline = ingest.Pipeline(json.loads(shipped("elastic", "ingest-pipeline.json")))
    with open(os.path.join(TOP, "etc/schema/event-ecs.schema.json")) as f:
        schema = jsonschema.Draft7Validator(json.load(f))
    for e in events(real()):
        doc = ingest.without_filebeat(pipeline.run(ingest.from_journal(e)))
        faults = [f.message for f in schema.iter_errors(doc)]
        assert not faults, (faults, e)
        assert doc["event"]["action"] == e["GIA_EVENT"] and doc["event"]["sequence"] == int(e["GIA_SEQ"])
    assert {e["GIA_EVENT"] for e in events(real())} == set(kinds())
    for e in forged():
        assert pipeline.run(ingest.from_journal(e)) is None, e
    return f"{len(events(real()))} events, {len(forged())} forgeries"


def test_fluent_bit_lets_events_through_and_no_forgery():
    fluentbit, _, _ = libraries()
    sections = fluentbit.parse(shipped("fluent-bit", "giad.conf"))
    for e in real():
        assert (fluentbit.run(sections, e) is not None) == ("GIA_EVENT" in e), e
    for e in forged():
        assert fluentbit.run(sections, e) is None, e


def test_no_forgery_fires_a_rule():
    n = fired(forged())
    assert not n, n
    # they would, if they were believed
    believed = [{**e, "_UID": "0", "_SYSTEMD_UNIT": "giad.service"} for e in forged()]
    assert set(fired(believed)) >= set(rules()) - {"giad_privilege_in_ci"}, fired(believed)


def test_what_journalctl_is_told_to_match_shows_no_forgery():
    forged()
    assert not entries(*TRUST, "GIA_COMMENT=forged")


def rsyslog_conf(base, name, *texts, port):
    """The shipped files, with this test's names in place of those that a reader is told to change."""
    text = f'global(workDirectory="{base}/{name}")\n' + "\n".join(texts)
    for old, new in (("/etc/giad/tls", f"{base}/tls"), ('target="siem.example.com"', 'target="127.0.0.2"'), ('port="6514"', f'port="{port}"'),
                     ("/run/giad-syslog", f"{base}/syslog"), ("/var/log/giad-events.jsonl", f"{base}/received"),
                     ("action.resumeRetryCount", 'action.resumeInterval="1" action.resumeRetryCount')):
        text = text.replace(old, new)
    os.makedirs(os.path.join(base, name), exist_ok=True)
    path = os.path.join(base, f"{name}.conf")
    with open(path, "w") as f:
        f.write(text)
    checked = subprocess.run(["rsyslogd", "-N1", "-f", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert checked.returncode == 0 and "error" not in checked.stdout, checked.stdout
    return Daemon(["rsyslogd", "-n", "-f", path, "-i", os.path.join(base, f"{name}.pid")], os.path.join(base, f"{name}.log"))


def received(base):
    with open(os.path.join(base, "received"), encoding="utf-8", errors="replace") as f:
        return [(line.split(" ", 2)[1], json.loads(line.split(" ", 2)[2])) for line in f]


def test_rsyslog_sends_events_over_tls_and_no_forgery():
    receivers.need_rsyslog("imjournal", "imuxsock", "mmpstrucdata", "mmjsonparse", "lmnsd_ossl")
    wanted, lies = events(real()), forged()
    base = os.path.join(BASE, "rsyslog")
    os.makedirs(os.path.join(base, "tls"))
    receivers.certificates(os.path.join(base, "tls"), "siem", "host")
    port = receivers.free_port()
    # after our filters, what others may have in their rsyslog.conf: something that believes what messages say
    theirs = 'module(load="mmjsonparse")\naction(type="mmjsonparse")\n'
    with Service() as unit, rsyslog_conf(base, "collector", shipped("rsyslog", "collector.conf"), port=port) as collector:
        collector.wait_for(lambda: receivers.listens(port))
        with rsyslog_conf(base, "host", f'module(load="imuxsock" SysSock.Name="{base}/dev-log")\n', shipped("rsyslog", "giad-journal.conf"),
                          shipped("rsyslog", "giad-syslog.conf"), theirs, port=port) as host:
            paths = [os.path.join(base, p) for p in ("syslog/socket", "dev-log")]
            host.wait_for(lambda: all(os.path.exists(p) for p in paths))
            subprocess.run([os.path.join(BUILD, "tests/unit/test-syslog"), "deliver", paths[0]], check=True)
            all_ = forged_fields()
            for path in paths:
                send([(path, as_syslog(f)) for f in all_] + [(path, "<86>Sep 21 14:13:20 giad[812]: @cee: " + json.dumps(f)) for f in all_],
                     as_user(AGENT_UID))
            wait_for(lambda: os.path.exists(f"{base}/received"))
            receivers.settle(lambda: len(received(base)))
    lines = received(base)
    by_journal = [f for _, f in lines if "rfc5424-sd" not in f]
    by_syslog = [f["rfc5424-sd"]["giad@32473"] for _, f in lines if "rfc5424-sd" in f]
    assert "forged" not in json.dumps(lines)
    # all of the journal's, none twice, with all their fields; the samples that check-rsyslog sends, one of each kind
    assert sorted(f["GIA_EVENT_ID"] for f in by_journal) == sorted(e["GIA_EVENT_ID"] for e in wanted)
    known = {e["__CURSOR"]: e for e in wanted}
    sent = {(f["GIA_EVENT_ID"], f["GIA_EVENT"]): f for f in by_journal}
    for e in known.values():
        got = sent[e["GIA_EVENT_ID"], e["GIA_EVENT"]]
        assert all(got[k] == v for k, v in e.items() if k.startswith("GIA_")), (e, got)
    assert {f["event"] for f in by_syslog} == set(kinds()) and len(by_syslog) == len(kinds())
    assert all(f["path"] == '/srv/agents/q"uo]te\\d/iam.tf' for f in by_syslog)
    return f"{len(by_journal)} by the journal, {len(by_syslog)} by syslog, none of {len(lies) + 4 * len(all_)} forgeries"


def test_nobody_else_writes_the_file_of_json_lines():
    with JournalGiad(policy=POLICY) as g:
        g.start()
        log = g.events_path
        before = os.stat(log)
        for command in (f'echo x >>"{log}"', f'rm "{log}"', f'mv "{log}" "{log}.1"', f'ln "{log}" "{g.ws}/x"', f'cat "{log}"'):
            p = subprocess.run(as_user(AGENT_UID, "sh", "-c", command), stderr=subprocess.PIPE)
            assert p.returncode != 0, command
        assert os.stat(log).st_ino == before.st_ino and before.st_mode & 0o777 == 0o640


def writer(g, name, seed, *arguments):
    """A process that writes a file and lives on; what it is given stands in its command line alone."""
    code = f"import sys,time; f = open('{g.path(name)}', 'w'); f.write(sys.stdin.read()); f.close(); time.sleep(5)"
    p = subprocess.Popen(as_user(AGENT_UID, receivers.PYTHON, "-c", code, *arguments), stdin=subprocess.PIPE, text=True)
    p.stdin.write(offending(seed))
    p.stdin.close()
    return p


def test_journald_describes_a_writer_only_where_nothing_of_it_is_secret():
    if not harness.fanotify_is_permitted():
        raise Skip("fanotify is not permitted here")
    secret = token(seed=9)
    with JournalGiad(policy=POLICY, backend="fanotify") as g:
        g.start()
        plain, hiding = writer(g, "plain.env", 11), writer(g, "hiding.env", 12, "--password", secret)
        try:
            found = wait_for(lambda: (e := entries(f"GIA_WORKSPACE={g.ws}", "GIA_EVENT=quarantined")) and len(e) == 2 and e)
        finally:
            for p in (plain, hiding):
                p.kill()
                p.wait()
        g.stop()
        by_name = {os.path.basename(e["GIA_FILE_PATH"]): e for e in found}
        assert by_name["plain.env"]["OBJECT_PID"] == by_name["plain.env"]["GIA_WRITER_PID"] == str(plain.pid)
        assert "time.sleep(5)" in by_name["plain.env"]["OBJECT_CMDLINE"] and by_name["plain.env"]["OBJECT_UID"] == str(AGENT_UID)
        assert by_name["hiding.env"]["GIA_WRITER_PID"] == str(hiding.pid) and "[...]" in by_name["hiding.env"]["GIA_WRITER_COMMAND"]
        assert not [k for k in by_name["hiding.env"] if k.startswith("OBJECT_")]
        assert secret not in json.dumps(entries(f"GIA_WORKSPACE={g.ws}"))


if __name__ == "__main__":
    receivers.enter_namespace()
    import tempfile
    with tempfile.TemporaryDirectory(prefix="giad-test-siem-") as BASE:
        os.chmod(BASE, 0o755)
        try:
            with receivers.journald(BASE):
                harness.main(sys.modules[__name__])
        except Skip as e:
            print(f"skip: {e}")
            sys.exit(77)
