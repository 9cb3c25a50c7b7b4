"""Receivers of giad's events for the system tests, real ones that these start themselves: journald, rsyslogd and what else. They
live in a mount namespace of the test's own, so that those of the host see nothing of it."""
import contextlib
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import harness

JOURNALD = "/lib/systemd/systemd-journald"
JOURNAL_SOCKET = "/run/systemd/journal/socket"
AGENT_UID = 1500  # of nobody on the host
PYTHON = "/usr/bin/python3"  # that everybody may run


def enter_namespace():
    """Runs this program again in a mount namespace where /run, the journal and the catalogue are its own. Needs root."""
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    if os.environ.get("GIAD_OWN_NAMESPACE"):
        return
    os.environ["GIAD_OWN_NAMESPACE"] = "yes"
    own = ["/run", "/var/lib/systemd/catalog", "/usr/lib/systemd/catalog", *glob.glob("/var/log/journal")]
    script = "".join(f"mount -t tmpfs -o mode=0755 tmpfs {d} && " for d in own if os.path.isdir(d)) + 'exec "$@"'
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", sys.executable, *sys.argv])


def need(*programs):
    for p in programs:
        if not (os.access(p, os.X_OK) if p.startswith("/") else shutil.which(p)):
            raise harness.Skip(f"no {p}")


def need_rsyslog(*modules):
    need("rsyslogd")
    for m in modules:
        if not glob.glob(f"/usr/lib/*/rsyslog/{m}.so"):
            raise harness.Skip(f"rsyslog has no {m}")


class Daemon:
    """A process that is ended with the block."""

    def __init__(self, argv, log, **more):
        self.log = log
        with open(log, "ab") as f:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=f, **more)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def wait_for(self, what, seconds=20):
        def there():
            if self.process.poll() is not None:
                with open(self.log, errors="replace") as f:
                    raise AssertionError(f"{self.process.args[0]} ended with {self.process.returncode}: {f.read()[-2000:]}")
            return what()
        return harness.wait_for(there, seconds)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextlib.contextmanager
def journald(base):
    """A journald of this namespace, which knows our catalogue."""
    need(JOURNALD, "journalctl")
    os.makedirs("/run/systemd/journal", exist_ok=True)
    os.makedirs("/run/log/journal", exist_ok=True)
    shutil.copy(os.path.join(harness.TOP, "systemd/giad.catalog"), "/usr/lib/systemd/catalog/")
    subprocess.run(["journalctl", "--update-catalog"], check=True, stdout=subprocess.DEVNULL)
    with Daemon([JOURNALD], os.path.join(base, "journald.log")) as d:
        d.wait_for(lambda: os.path.exists("/run/systemd/journal/io.systemd.journal"))
        yield d


def entries(*matches, directory=None):
    """What the journal has, as journalctl -o json --all prints it."""
    if directory is None:
        subprocess.run(["journalctl", "--sync"], check=True)
    where = [f"--directory={directory}"] if directory else []
    p = subprocess.run(["journalctl", "-o", "json", "--all", "--no-pager", *where, *matches], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in p.stdout.splitlines()]


class Service:
    """A control group of that unit's name, from which journald tells what unit a process is of."""

    def __init__(self, name="giad.service"):
        with open("/proc/mounts") as f:
            roots = [line.split()[1] for line in f if line.split()[2] == "cgroup2"]
        if not roots:
            raise harness.Skip("no cgroup2")
        self.name, self.slice = name, os.path.join(roots[0], "system.slice")
        self.path = os.path.join(self.slice, name)
        self.made_slice = not os.path.isdir(self.slice)

    def __enter__(self):
        if os.path.exists(self.path):
            raise harness.Skip(f"{self.name} exists on this host")
        try:
            os.makedirs(self.path)
        except OSError as e:
            raise harness.Skip(f"no control group can be made: {e}") from None
        return self

    def __exit__(self, *exc):
        for path in [self.path] + [self.slice] * self.made_slice:
            with contextlib.suppress(OSError):
                os.rmdir(path)

    def prefix(self):
        """What a command is begun with to run in the unit."""
        return ["sh", "-c", f'echo $$ >"{self.path}/cgroup.procs"; exec "$@"', "sh"]

    def run(self, *argv, **more):
        return subprocess.run([*self.prefix(), *argv], check=True, **more)


def as_user(uid, *argv):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *argv]


# what runs as somebody else: sends each of a list of messages to its socket
SENDER = """
import json, socket, sys, time
for path, text in json.load(sys.stdin):
    stream = path.endswith("/stdout")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
    try:
        s.connect(path)
        s.sendall(text.encode())
    except OSError as e:
        sys.exit(f"{path}: {e}")
time.sleep(0.3)  # journald asks who we are when it reads
"""


def send(messages, prefix=()):
    """(socket, text) each, by a process of its own."""
    subprocess.run([*prefix, PYTHON, "-c", SENDER], input=json.dumps(messages), text=True, check=True)


def certificates(directory, *names):
    """A CA, and keys of hosts NAME.example.com, as NAME.key and NAME.pem; invented here and gone with the directory."""
    need("openssl")

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-days", "2", "-subj", "/CN=a CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name in names:
        host = f"{name}.example.com"
        openssl("req", *curve, "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.2", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-copy_extensions", "copy", "-out", f"{name}.pem")
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)


def free_port(address="127.0.0.2"):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def listens(port, address="127.0.0.2"):
    with socket.socket() as s:
        return s.connect_ex((address, port)) == 0


def settle(count, seconds=20, quiet=0.5):
    """The last value of count(), once it has not changed for a while."""
    last, since, end = None, time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end:
        now = count()
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > quiet:
            return now
        time.sleep(0.05)
    raise AssertionError(f"still changing after {seconds} s: {last}")
