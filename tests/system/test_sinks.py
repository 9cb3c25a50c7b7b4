#!/usr/bin/env python3
"""Outputs whose receivers are stopped, stalled and full, whose disk is full or stands still, and a giad that is killed meanwhile: no verdict
is later than without, nothing is lost, what comes twice is marked, and the spool keeps its bound. In a mount namespace of its own, with a
journald of its own."""
import calendar
import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import harness
from harness import Giad, Skip, need_root, token, wait_for

JOURNALD = "/lib/systemd/systemd-journald"
SECRETS = 4  # in each file
FILES = 5000 // SECRETS
BOUND = 16 << 20  # of each spool
ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n'
POLICY = "\n  - {action: report}\n"


def run(*args, **kw):
    return subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw)


# --- receivers ------------------------------------------------------------------------------------------------------------
# Each can be stopped, stalled or filled, and come back; got() is all it ever had: {sequence number: [marked or not, ...]}.

def count(pairs):
    got = {}
    for seq, marked in pairs:
        got.setdefault(int(seq), []).append(bool(marked))
    return got


class Syslog:
    """A socket that this process serves."""
    name = "syslog"
    troubles = ("stop", "stall")

    def __init__(self, base):
        self.path = os.path.join(base, "log")
        self.messages, self.reads = [], threading.Event()
        self.socket = self.thread = None
        self.back()

    def config(self):
        return f"  syslog: {{enabled: yes, path: {self.path}}}\n"

    def serve(self, s):
        while True:
            self.reads.wait()
            try:
                m = s.recv(65536)
            except OSError:
                return
            if not m:
                return  # shut down, and empty
            self.messages.append(m)

    def back(self):
        if not self.socket:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(self.path)
            self.thread = threading.Thread(target=self.serve, args=(self.socket,), daemon=True)
            self.thread.start()
        self.reads.set()

    def stall(self):
        self.reads.clear()

    def stop(self):
        """What its queue holds is read first: a receiver that dies with it takes it along."""
        self.reads.set()
        self.socket.shutdown(socket.SHUT_RD)
        self.thread.join(20)
        self.socket.close()
        self.socket = None
        os.unlink(self.path)

    def got(self):
        return count((re.search(rb' seq="(\d+)"', m).group(1), b' redelivered="1"' in m) for m in list(self.messages))

    def close(self):
        if self.socket:
            self.stop()


class Journal:
    """A journald whose socket somebody holds for it, as systemd does."""
    name = "journal"
    troubles = ("stop", "stall")

    def __init__(self, base):
        self.process = None
        shutil.rmtree("/run/log/journal", ignore_errors=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        os.makedirs("/run/systemd/journal", exist_ok=True)
        os.makedirs("/run/systemd/journald.conf.d", exist_ok=True)
        with open("/run/systemd/journald.conf.d/giad-test.conf", "w") as f:
            f.write("[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nRuntimeMaxUse=500M\nRuntimeKeepFree=1M\nAudit=\nReadKMsg=no\n")
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/run/systemd/journal/socket")
        self.socket.bind("/run/systemd/journal/socket")
        self.back()

    def config(self):
        return "  journal: {enabled: yes}\n"

    def back(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            return
        fd = self.socket.fileno()
        self.process = subprocess.Popen(["sh", "-c", f"exec 3<&{fd}; LISTEN_PID=$$ LISTEN_FDS=1 exec {JOURNALD}"], pass_fds=[fd],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stall(self):
        self.process.send_signal(signal.SIGSTOP)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process = None

    def got(self):
        out = []
        # it serves its socket first, and then those who want it to be on disk
        wait_for(lambda: subprocess.run(["journalctl", "--sync"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0)
        p = subprocess.Popen(["journalctl", "-q", "--directory=" + glob.glob("/run/log/journal/*")[0], "-o", "json", "--all",
                              "--output-fields=GIA_SEQ,GIA_REDELIVERED", "SYSLOG_IDENTIFIER=giad"], stdout=subprocess.PIPE)
        for line in p.stdout:
            entry = json.loads(line)
            if "GIA_SEQ" in entry:
                out.append((entry["GIA_SEQ"], entry.get("GIA_REDELIVERED")))
        p.wait()
        return count(out)

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.socket.close()


class Jsonl:
    """A file on a small file system of its own."""
    name = "jsonl"

    def __init__(self, base, size="48M"):
        self.top = os.path.join(base, "out")
        self.dir = os.path.join(self.top, "giad")
        self.frozen = False
        image = os.path.join(base, "image")
        run("truncate", "-s", size, image)
        run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image)
        os.makedirs(self.top)
        self.disk = subprocess.run(["mount", "-o", "loop", image, self.top], stderr=subprocess.DEVNULL).returncode == 0
        os.makedirs(self.dir, exist_ok=True)
        self.troubles = ("stop", "fill", "stall") if self.disk else ("stop",)

    def config(self):
        return f"  jsonl: {{enabled: yes, path: {self.dir}/events.jsonl}}\n"

    def stop(self):
        os.rename(self.dir, self.dir + ".away")

    def fill(self):
        with open(os.path.join(self.top, "filler"), "wb", buffering=0) as f, contextlib.suppress(OSError):
            n = 1 << 20
            while n:
                try:
                    f.write(b"x" * n)
                except OSError:
                    n //= 2

    def stall(self):
        run("fsfreeze", "-f", self.top)
        self.frozen = True

    def back(self):
        if self.frozen:
            run("fsfreeze", "-u", self.top)
            self.frozen = False
        if os.path.exists(self.dir + ".away"):
            os.rename(self.dir + ".away", self.dir)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.top, "filler"))

    def got(self):
        out = []
        for path in glob.glob(self.dir + "*/events.jsonl*"):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    e = json.loads(line)
                    out.append((e["seq"], e.get("redelivered")))
        return count(out)

    def close(self):
        self.back()
        if self.disk:
            run("umount", "-l", self.top)


class Audit:
    """An auditd of our own. Who sends to it is made to sleep by the kernel while its backlog is full; what the kernel took is its to keep."""
    name = "audit"
    troubles = ("stall",)

    def __init__(self, base):
        if not all(map(shutil.which, ("auditd", "auditctl"))):
            raise Skip("no auditd")
        before = dict(line.split(maxsplit=1) for line in self.ctl("-s").splitlines() if " " in line)
        if before.get("pid", "0") != "0":
            raise Skip("an auditd runs already, or the kernel has no audit here")
        self.before = ["-e", before["enabled"][0], "-b", before["backlog_limit"], "--backlog_wait_time", before["backlog_wait_time"]]
        self.log, etc = os.path.join(base, "audit.log"), os.path.join(base, "auditd")
        os.makedirs(os.path.join(etc, "plugins.d"))
        with open(os.path.join(etc, "auditd.conf"), "w", opener=lambda p, f: os.open(p, f, 0o640)) as f:
            f.write(f"log_file = {self.log}\nlog_format = RAW\nflush = NONE\nnum_logs = 0\nmax_log_file_action = IGNORE\nspace_left = 1\n"
                    "space_left_action = IGNORE\nadmin_space_left = 0\nadmin_space_left_action = IGNORE\ndisk_full_action = IGNORE\n"
                    f"disk_error_action = IGNORE\nplugin_dir = {etc}/plugins.d\nname_format = NONE\n")
        self.process = subprocess.Popen(["auditd", "-n", "-c", etc], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: f"pid {self.process.pid}\n" in self.ctl("-s"))
        self.ctl("-b", "64", "--backlog_wait_time", "2000")

    @staticmethod
    def ctl(*args):
        return subprocess.run(["auditctl", *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def config(self):
        return "  audit: {enabled: yes}\n"

    def stall(self):
        self.process.send_signal(signal.SIGSTOP)

    def back(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.back()
        self.process.terminate()
        self.process.wait(20)
        self.ctl(*self.before)


# --- a giad with all of them, and what it is given ------------------------------------------------------------------------

class Watched:
    """Samples what the spools take on disk."""

    def __init__(self, spools):
        self.spools, self.most, self.ends = spools, {}, threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sample(self):
        while not self.ends.wait(0.02):
            for path in glob.glob(self.spools + "/*"):
                size = 0
                for f in glob.glob(path + "/[0-9]*"):
                    with contextlib.suppress(FileNotFoundError):
                        size += os.stat(f).st_size
                name = os.path.basename(path)
                self.most[name] = max(self.most.get(name, 0), size)

    def end(self):
        self.ends.set()
        self.thread.join()
        return self.most


@contextlib.contextmanager
def all_outputs(kinds=(Syslog, Journal, Jsonl), bound=BOUND, more=""):
    if Journal in kinds and not os.path.exists(JOURNALD):
        raise Skip("no journald")
    base = tempfile.mkdtemp(prefix="giad-sinks-")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, base, True)
        receivers = []
        for kind in kinds:
            r = kind(base)
            stack.callback(r.close)
            receivers.append(r)
        g = stack.enter_context(Giad(policy=POLICY, base=base))
        with open(g.config) as f:
            text = f.read()
        outputs = f"outputs:\n  spool_size: {bound}\n" + "".join(r.config() for r in receivers)
        if Journal not in kinds:
            outputs += "  journal: {enabled: no}\n"
        g.write_config(re.sub(r"outputs:\n(  .*\n)*", outputs, text) + more)
        g.start().wait_walked()
        yield g, receivers


def stats(g):
    return {s["name"]: s for s in g.status()["sinks"]}


def register(g, since=0):
    """All events that giad had to tell, from where no receiver has a say: [event, ...] in their order."""
    p = g.ctl("--output=jsonl", "events", "--limit=1000000")
    return sorted((e for e in map(json.loads, p.stdout.splitlines()) if e["seq"] > since), key=lambda e: e["seq"])


def seconds_of(e):
    return calendar.timegm(time.strptime(e["time"][:19], "%Y-%m-%dT%H:%M:%S")) + float("0" + e["time"][19:26])


def secrets(i):
    return "".join(f"TOKEN_{k}={token(seed=i * SECRETS + k)}\n" for k in range(SECRETS))


def cookies(i):
    return f"app.use(session({{ secret: process.env.S{i}, cookie: {{ secure: false, httpOnly: false }} }}));\n"


def write_findings(g, name, n, pause=0.0025, text=secrets, suffix=".env"):
    """n files, evenly; {path: when it was closed}."""
    at, begin = {}, time.monotonic()
    os.makedirs(g.path(name), exist_ok=True)
    for i in range(n):
        path = g.path(name, f"{i}{suffix}")
        with open(path, "w") as f:
            f.write(text(i))
        at[path] = time.time()
        time.sleep(max(0, begin + i * pause - time.monotonic()))
    return at


def wait_verdicts(g, since, n, seconds=60):
    """The verdicts on n files, by their paths."""
    wait_for(lambda: g.status()["pipeline"]["pending"] == 0, seconds)

    def verdicts():
        found = {e["path"]: e for e in register(g, since) if e["event"] == "verdict"}
        return found if len(found) >= n else None
    return wait_for(verdicts, seconds, 0.3)


class Latency:
    def __init__(self, at, verdicts):
        all_of = sorted(seconds_of(verdicts[p]) - t for p, t in at.items())
        self.median = statistics.median(all_of)
        self.p99 = all_of[int(len(all_of) * 0.99)]
        self.most = all_of[-1]
        self.total = max(seconds_of(verdicts[p]) for p in at) - min(at.values())

    def __str__(self):
        return f"median {self.median * 1000:.1f} ms, 99 % {self.p99 * 1000:.0f} ms, worst {self.most * 1000:.0f} ms"


def not_later(sick, well):
    """With a wide margin: what is looked for is a loop that waits for somebody, for seconds."""
    assert sick.total < 2 * well.total + 2, (str(sick), str(well))
    assert sick.most < 2 * well.most + 1, (str(sick), str(well))


def wait_delivered(g, receivers, seconds=40):
    """Whoever was away is asked again at once."""
    g.process.send_signal(signal.SIGUSR1)

    def done():
        return all(s["queued"] == 0 and not s["down"] for s in stats(g).values())
    try:
        wait_for(done, seconds, 0.1)
    except AssertionError:
        raise AssertionError(f"not delivered within {seconds} s: {stats(g)}") from None


def has_all(got, told):
    return got if not set(told) - set(got) else None


def nothing_is_missing(g, receivers, since, marks=0):
    """Every event came to every receiver, once, or marked."""
    told = [e["seq"] for e in register(g, since)]
    for r in receivers:
        got = wait_for(lambda r=r: has_all(r.got(), told), 30, 0.3)
        unmarked = [seq for seq, m in got.items() if sum(not x for x in m) > 1]
        assert not unmarked, (r.name, len(unmarked), unmarked[:20])
        marked = sum(sum(m) for m in got.values())
        assert marked <= marks, (r.name, marked)
    return len(told)


def test_receivers_one_after_another_and_together():
    need_root()
    with all_outputs() as (g, receivers):
        seen = Watched(os.path.join(g.base, "state/spool"))
        since = g.status()["seq"]
        at = write_findings(g, "well", FILES)
        verdicts = wait_verdicts(g, since, FILES)
        well = Latency(at, verdicts)
        assert sum(int(v["findings"]) for v in verdicts.values()) >= 5000
        assert all(s["spooled"] == 0 for s in stats(g).values()), stats(g)  # who is well never touches the disk

        # one after another, each for its share of the 5000
        since_one = g.status()["seq"]
        plan = [(r, t) for r in receivers for t in r.troubles]
        at = {}
        for i, (r, trouble) in enumerate(plan):
            getattr(r, trouble)()
            at.update(write_findings(g, f"one-{i}-{r.name}-{trouble}", FILES // len(plan) + 1))
            r.back()
        one = Latency(at, wait_verdicts(g, since_one, len(at)))
        wait_delivered(g, receivers)

        # together: stopped, then stalled, then full
        since_all = g.status()["seq"]
        at = {}
        for i, trouble in enumerate(("stop", "stall", "fill")):
            for r in receivers:
                if trouble in r.troubles:
                    getattr(r, trouble)()
                elif trouble == "fill":
                    r.stall()  # a socket that nobody reads is full after a few messages
            at.update(write_findings(g, f"all-{i}", FILES // 3 + 1))
            waiting = {n: s["queued"] for n, s in stats(g).items()}
            if trouble != "fill":
                for r in receivers:
                    r.back()
        together = Latency(at, wait_verdicts(g, since_all, len(at)))
        assert all(waiting.values()), waiting
        for r in receivers:
            r.back()
        wait_delivered(g, receivers)
        most = seen.end()
        n = nothing_is_missing(g, receivers, since)
        assert all(s["lost"] == 0 for s in stats(g).values()), stats(g)
        assert all(m <= BOUND * 33 / 32 for m in most.values()) and any(m > 0 for m in most.values()), most
        for sick in (one, together):
            not_later(sick, well)
        return (f"{n} events to each of {', '.join(r.name for r in receivers)}, none lost, none twice; well: {well}; one after another ({one.median / well.median:.2f}): {one}; "
                f"together ({together.median / well.median:.2f}): {together}; spools at most {max(most.values()) // 1024} KiB")


def test_killed_while_all_are_down():
    need_root()
    with all_outputs() as (g, receivers):
        since, rounds = g.status()["seq"], 2
        at = {}
        for i in range(rounds):
            if i == 0:
                for r in receivers:
                    r.stop()
            writer = threading.Thread(target=lambda i=i: at.update(write_findings(g, f"k{i}", 200)))
            writer.start()
            time.sleep(0.25 + 0.1 * i)
            g.kill()
            writer.join()
            g.start().wait_walked()
        wait_verdicts(g, since, len(at))
        for r in receivers:
            r.back()
        wait_delivered(g, receivers)
        n = nothing_is_missing(g, receivers, since, marks=20 * rounds)
        # once more, killed while it is delivering what had waited
        for r in receivers:
            r.stop()
        at = write_findings(g, "last", 300)
        wait_verdicts(g, since, len(at))
        for r in receivers:
            r.back()
        g.process.send_signal(signal.SIGUSR1)
        time.sleep(0.02)
        g.kill()
        g.start().wait_walked()
        wait_delivered(g, receivers)
        n = nothing_is_missing(g, receivers, since, marks=20 * (rounds + 1))
        marked = sum(sum(m) for r in receivers for m in r.got().values())
        return f"{n} events, {rounds + 1} kills, none lost, {marked} marked"


def test_a_full_spool_keeps_its_bound_and_what_matters():
    need_root()
    with all_outputs(kinds=(Syslog,), bound=1 << 20) as (g, receivers):
        syslog = receivers[0]
        seen = Watched(os.path.join(g.base, "state/spool"))
        since = g.status()["seq"]
        syslog.stop()
        g.write("iam/admin.json", ADMIN)
        wait_verdicts(g, since, 1)
        at = write_findings(g, "flood", 700, 0.001, cookies, ".js")  # of medium severity
        wait_verdicts(g, since, len(at))
        told = register(g, since)
        syslog.back()
        wait_delivered(g, receivers)
        assert seen.end()["syslog"] <= (1 << 20) * 33 / 32  # a file may be counted that has gone for the next one
        lost = stats(g)["syslog"]["lost"]
        wait_for(lambda: len(syslog.got()) >= len(told) - lost)
        missing = {e["seq"] for e in told} - set(syslog.got())
        assert 0 < len(missing) <= lost, (len(missing), lost, stats(g), len(told))
        # who is told of the losses, at most once a second, knows which numbers
        def ranges():
            said = [e["detail"] for e in register(g, since) if e.get("reason") == "events-lost"]
            return [tuple(map(int, re.fullmatch(r"syslog lost (\d+) events, (?:out of the )?numbers (\d+) to (\d+)", d).groups())) for d in said]
        wait_for(lambda: sum(r[0] for r in ranges()) == stats(g)["syslog"]["lost"])
        said = ranges()
        assert all(any(r[1] <= seq <= r[2] for r in said) for seq in missing), said
        critical = [e["seq"] for e in told if e.get("severity") == "critical"]
        assert 2 <= len(critical) < 10 and not missing & set(critical), (critical[:20], len(missing))
        return f"{len(told)} events into 1 MiB: {lost} lost, all told by number, of {len(critical)} critical ones none"


def test_an_audit_daemon_that_stands_still():
    need_root()
    with all_outputs(kinds=(Audit, Syslog), more="limits: {sink_queue: 200}\n") as (g, receivers):
        audit = receivers[0]
        since = g.status()["seq"]
        at = write_findings(g, "well", 200)
        well = Latency(at, wait_verdicts(g, since, len(at)))
        audit.stall()
        since_stalled = g.status()["seq"]
        at = write_findings(g, "stalled", 400)
        stalled = Latency(at, wait_verdicts(g, since_stalled, len(at)))
        waiting = stats(g)["audit"]
        assert waiting["queued"] > 400 and waiting["queued_disk"] >= waiting["queued"] - 200, waiting
        wait_for(lambda: stats(g)["syslog"]["queued"] == 0, 5)  # nor another output
        audit.back()
        wait_delivered(g, receivers)
        assert all(s["lost"] == 0 for s in stats(g).values()), stats(g)
        not_later(stalled, well)
        nothing_is_missing(g, receivers[1:], since)
        return f"well: {well}; stalled: {stalled}; {waiting['queued']} events waited for the kernel's backlog, none lost"


def test_a_flood_beside_busy_loops():
    """Telling has its share of the processors, whatever else there is to do: nothing that is told waits for a disk."""
    with Giad(policy="\n  - {action: quarantine}\n", extra="quarantine: {note: no}\nlimits: {sink_queue: 2000}\n") as g:
        g.start()
        # made before: whoever works out texts beside busy loops makes no flood
        texts = [f"TOKEN={token(seed=i)}\n" for i in range(3000)]
        loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(3 * os.cpu_count())]
        try:
            for i, text in enumerate(texts):
                if i % 1000 == 0:
                    os.mkdir(g.path(f"d{i // 1000}"))
                with open(g.path(f"d{i // 1000}/{i}.env"), "w") as f:
                    f.write(text)
            g.idle(seconds=120)
            wait_for(lambda: stats(g)["jsonl"]["queued"] == 0, 60)
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()
        s = stats(g)["jsonl"]
        assert s["spooled"] == s["lost"] == 0, s
        assert len(g.events("quarantined")) == len(texts), s
        return f"{s['delivered']} events of {len(texts)} files"


@contextlib.contextmanager
def spool_on(g_base, mount):
    path = os.path.join(g_base, "state/spool")
    os.makedirs(path, exist_ok=True)
    mount(path)
    try:
        yield path
    finally:
        subprocess.run(["fsfreeze", "-u", path], stderr=subprocess.DEVNULL)
        run("umount", "-l", path)


def test_a_spool_whose_disk_is_full_or_stands_still():
    need_root()
    with all_outputs(kinds=(Syslog,)) as (g, receivers):
        syslog = receivers[0]
        since = g.status()["seq"]
        at = write_findings(g, "well", 300)
        well = Latency(at, wait_verdicts(g, since, len(at)))
        g.stop()
        image = os.path.join(g.base, "spool-image")
        run("truncate", "-s", "2M", image)
        run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image)
        with contextlib.ExitStack() as stack:
            try:
                path = stack.enter_context(spool_on(g.base, lambda p: run("mount", "-o", "loop", image, p)))
            except subprocess.CalledProcessError:
                raise Skip("no loop device here") from None
            stack.callback(g.kill)
            g.start().wait_walked()
            since = g.status()["seq"]
            syslog.stop()
            at = write_findings(g, "full", 500)
            full = Latency(at, wait_verdicts(g, since, len(at)))
            s = stats(g)["syslog"]
            assert s["queued"] > s["queued_disk"] > 0 and s["lost"] == 0 and "No space" in s["spool_error"], s
            assert any(e.get("reason") == "spool-failed" for e in register(g, since))
            run("fsfreeze", "-f", path)
            since_frozen = g.status()["seq"]
            at = write_findings(g, "frozen", 300)
            frozen = Latency(at, wait_verdicts(g, since_frozen, len(at)))
            run("fsfreeze", "-u", path)
            syslog.back()
            wait_delivered(g, receivers)
            nothing_is_missing(g, receivers, since)
            for sick in (full, frozen):
                not_later(sick, well)
            assert stats(g)["syslog"]["lost"] == 0
            g.stop()
        return f"well: {well}; full: {full}; frozen: {frozen}; none lost"


def test_logrotate():
    if not shutil.which("logrotate"):
        raise Skip("no logrotate")
    with Giad(policy=POLICY) as g:
        conf = os.path.join(g.base, "logrotate.conf")
        path = g.events_path
        with open(os.path.join(harness.TOP, "etc/giad.logrotate")) as f:
            shipped = f.read()
        assert "/var/log/giad/events.jsonl" in shipped
        ours = shipped.replace("/var/log/giad/events.jsonl", path)
        g.start()
        signalled = re.sub(r"systemctl kill[^\n]*", f"kill -USR1 {g.process.pid}", ours)
        assert signalled != ours
        seqs = lambda *names: [json.loads(line)["seq"] for n in names for line in open(n)]
        # by its signal; and where nobody can send it, giad notices
        for i, text in enumerate((signalled, ours)):
            with open(conf, "w") as f:
                f.write(text)
            os.chmod(conf, 0o644)
            os.chmod(g.base, 0o755)
            g.write(f"a{i}.env", f"TOKEN={token(seed=i)}\n")
            g.wait_event("finding")
            p = subprocess.run(["logrotate", "-f", "-s", conf + ".state", conf], capture_output=True, text=True)
            assert p.returncode == 0, p.stderr
            assert os.path.exists(path + ".1")
            before = os.stat(path + ".1").st_size
            if i == 1:
                time.sleep(1.1)
            g.write(f"b{i}.env", f"TOKEN={token(seed=i + 10)}\n")
            wait_for(lambda: os.path.exists(path) and g.events("finding"))
            g.idle()
            assert os.stat(path + ".1").st_size == before
        assert os.path.exists(path + ".2.gz")
        run("gunzip", path + ".2.gz")
        all_seqs = seqs(path + ".2", path + ".1", path)
        assert all_seqs == sorted(set(all_seqs)) and all_seqs == list(range(all_seqs[0], all_seqs[-1] + 1)), all_seqs
        return f"{len(all_seqs)} events in three files, none lost, none twice"


def enter_namespace():
    """What is mounted here, and journald's places, are this program's alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(0x20000) != 0:  # CLONE_NEWNS
        return
    run("mount", "--make-rprivate", "/")
    for path in ("/run/systemd", "/run/log"):
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", path)


if __name__ == "__main__":
    enter_namespace()
    harness.main(sys.modules[__name__])
