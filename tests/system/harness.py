"""Runs a real giad on directories of its own, for the system tests. Standard library only."""
import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOT = os.environ.get("GIAD_ROOT", os.path.join(TOP, "build", "root"))
GIACTL = os.path.join(ROOT, "bin", "giactl")
BACKEND = os.environ.get("GIAD_BACKEND", "inotify")  # with which every workspace is watched
SCALE = os.environ.get("GIAD_SCALE", "small")  # small: part of ./dev test; full: the figures of the closing note

POLICY = """
  - {when: {kind: secret, severity: [critical, high], confidence: high}, action: quarantine}
  - {when: {class: [k8s-cluster-admin-binding, iam-admin-policy]}, action: quarantine}
  - {when: {artefact: [access-workflow]}, action: require-approval}
  - {action: report}
"""


def token(prefix="glpat-", n=20, seed=0):
    """An invented token, put together at run time."""
    alphabet = "Zq7Lm2Xv9Rt4Kp8Wn3Bc6Yd1Hs5Jf0GaQe2Ui9Ox4MbNvCzTrEwSkPjDlFhVgAyIuXo"
    state, out = seed * 2654435761 + 12345, []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(alphabet[(state >> 33) % len(alphabet)])
    out[3] = str(seed % 10)  # a token without any digit is rare, and not what these tests are about
    return prefix + "".join(out)


def offending(seed=0):
    return f"GITLAB_TOKEN={token(seed=seed)}\n"


def wait_for(what, seconds=20, step=0.02):
    """The first true value of what(), or a failure."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {getattr(what, '__name__', 'condition')}")
        time.sleep(step)


def new_directory():
    """One whose name giad does not take for a token: it has no digits."""
    while True:
        path = os.path.join(tempfile.gettempdir(), "giad-test-" + "".join(random.choices(string.ascii_lowercase, k=8)))
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
            return path


class Giad:
    """A daemon with everything below one temporary directory."""

    def __init__(self, policy=POLICY, extra="", workspaces=None, base=None, backend=BACKEND):
        self.backend = backend
        self.own_base = base is None
        self.base = base or new_directory()
        os.chmod(self.base, 0o755)
        self.ws = os.path.join(self.base, "ws")
        os.makedirs(self.ws, exist_ok=True)
        # as /var/log/giad: a directory of its own
        self.events_path = os.path.join(self.base, "lines/events.jsonl")
        os.makedirs(os.path.dirname(self.events_path), exist_ok=True)
        shutil.copytree(os.path.join(ROOT, "share/giad/rules"), os.path.join(self.base, "rules"), dirs_exist_ok=True)
        shutil.copy(os.path.join(ROOT, "libexec/giad/giad-scanner"), self.base)
        subprocess.run(["chmod", "-R", "a+rX", os.path.join(self.base, "rules")], check=True)
        self.config = os.path.join(self.base, "giad.yaml")
        self.policy, self.extra = policy, extra
        self.workspaces = workspaces or [self.ws]
        self.write_config()
        self.process = None

    def write_config(self, text=None):
        if text is None:
            ws = "\n".join(f"  - {{path: \"{w}\", agent: tester, backend: {self.backend}, exclude: [.git/objects, node_modules]}}" for w in self.workspaces)
            text = f"""state_directory: {self.base}/state
runtime_directory: {self.base}/run
cache_directory: {self.base}/cache
rules_directory: {self.base}/rules
local_rules_directory: {self.base}/rules.d
workspaces:
{ws}
policy:{self.policy}
outputs:
  journal: {{enabled: no}}
  jsonl: {{enabled: yes, path: {self.events_path}}}
{self.extra if 'scanner:' in self.extra else 'scanner: {user: nobody}' + chr(10) + self.extra}
"""
        with open(self.config, "w") as f:
            f.write(text)

    def start(self, wait=True, prefix=()):
        self.log = open(os.path.join(self.base, "giad.log"), "ab")
        self.process = subprocess.Popen(
            [*prefix, os.path.join(ROOT, "sbin/giad"), f"--config={self.config}", f"--scanner={self.base}/giad-scanner"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"giad ended with {self.process.returncode}: {self.log_text()[-2000:]}")
            status = self.status(check=False)
            return status and status["ready"] and status["scanner"]["ready"] > 0
        wait_for(ready, seconds)
        for ws in self.status()["workspaces"]:
            if ws["backend"] != self.backend and not any(g["reason"] == "back-end-refused" for g in ws["gaps"]):
                raise AssertionError(f"watched with {ws['backend']}")
        return self

    def wait_walked(self, seconds=60):
        wait_for(lambda: self.status()["walked"], seconds)
        return self

    def ctl(self, *args, check=True, text=True):
        p = subprocess.run([GIACTL, f"--config={self.config}", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=text)
        if check and p.returncode != 0:
            raise AssertionError(f"giactl {args}: {p.returncode}: {p.stderr}")
        return p

    def json(self, *args):
        return json.loads(self.ctl("--output=json", *args).stdout)

    def status(self, check=True):
        p = self.ctl("--output=json", "status", check=check)
        return json.loads(p.stdout) if p.returncode == 0 else None

    def idle(self, seconds=60, quiet=0.5):
        """Waits until nothing is pending and nothing new was scanned for a while."""
        last, since = None, time.monotonic()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            s = self.status()
            p, w = s["pipeline"], s["watcher"]
            now = (p["scans"], p["candidates"], w["events"], p["pending"], p["storing"], w["pending"], s["quarantine"]["held"])
            busy = p["pending"] or p["storing"] or w["pending"] or not s["walked"]
            if busy or now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet:
                return s
            time.sleep(0.05)
        raise AssertionError(f"not idle within {seconds} s: {s['pipeline']} {s['watcher']}")

    def events(self, kind=None):
        try:
            with open(self.events_path, encoding="utf-8") as f:
                events = [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [e for e in events if kind is None or e["event"] == kind]

    def entries(self):
        return self.json("quarantine", "list")

    def log_text(self):
        with open(os.path.join(self.base, "giad.log"), errors="replace") as f:
            return f.read()

    def path(self, *names):
        return os.path.join(self.ws, *names)

    def write(self, name, content, mode="w"):
        """By a process of its own: whoever descends from a writer may not decide about what it wrote."""
        return self.write_all([(name, content)], mode)[0]

    def write_all(self, files, mode="w"):
        """(name, content) of many, one after the other, by one process."""
        paths = [self.path(name) for name, _ in files]
        pid = os.fork()
        if pid == 0:
            status = 1
            with contextlib.suppress(Exception):
                for path, (_, content) in zip(paths, files):
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, mode) as f:
                        f.write(content)
                status = 0
            os._exit(status)
        if os.waitpid(pid, 0)[1] != 0:
            raise AssertionError(f"{paths[0]} or what follows it cannot be written")
        return paths

    def wait_gone(self, path, seconds=20):
        try:
            wait_for(lambda: not os.path.lexists(path), seconds)
        except AssertionError:
            raise AssertionError(f"{path} is still there after {seconds} s") from None

    def wait_event(self, kind, seconds=20, **fields):
        def there():
            return [e for e in self.events(kind) if all(str(e.get(k)) == str(v) for k, v in fields.items())]
        return wait_for(there, seconds)[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("giad did not stop")
        return self.process.returncode if self.process else None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stored_contents(self):
        """Every content that the store holds, by its bytes."""
        out = []
        store = os.path.join(self.base, "state/quarantine")
        for root, _, files in os.walk(store):
            if "content" in files and "entry.json" in files:
                with open(os.path.join(root, "content"), "rb") as f:
                    out.append(f.read())
        return out

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.own_base and not (exc[0] and os.environ.get("GIAD_KEEP")):
            for holding in ("/.giad", "/tmp/.giad"):
                with contextlib.suppress(OSError):
                    os.rmdir(holding)
            shutil.rmtree(self.base, ignore_errors=True)


def fanotify_is_permitted():
    fd = ctypes.CDLL(None).fanotify_init(0xC01, os.O_RDONLY)  # FAN_REPORT_DFID_NAME | FAN_CLOEXEC
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def main(module):
    """Runs the functions test_* of a module (or those named on the command line); prints a line each and the sums."""
    wanted = sys.argv[1:]
    if BACKEND == "fanotify" and not fanotify_is_permitted():
        print("skip: fanotify is not permitted here")
        sys.exit(77)
    passed = failed = skipped = 0
    for name, fn in list(vars(module).items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        t = time.monotonic()
        try:
            why = fn()
        except Skip as e:
            skipped += 1
            print(f"skip {name}: {e}", flush=True)
            continue
        except Exception:
            failed += 1
            print(f"FAIL {name} ({time.monotonic() - t:.1f} s)", flush=True)
            traceback.print_exc(file=sys.stdout)
            continue
        passed += 1
        print(f"ok   {name} ({time.monotonic() - t:.1f} s){': ' + str(why) if why else ''}", flush=True)
    print(f"{os.path.basename(sys.argv[0])}: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    sys.exit(1 if failed else 0)


class Skip(Exception):
    pass


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")
