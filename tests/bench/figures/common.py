"""What the figures share: a fresh file system for each run, a giad on it, its counters over the control socket, the CPU time it took."""
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../system"))
from harness import GIACTL, TOP, Giad, Skip, fanotify_is_permitted, offending, wait_for  # noqa: E402,F401

QUIET = "quarantine: {note: no}\n"
WATCHES = "/proc/sys/fs/inotify/max_user_watches"
WATCHES_NEEDED = 400_000  # for trees of 100 000 directories, beside what others watch


def run(*args, check=True, timeout=900, **env):
    """What a program printed."""
    p = subprocess.run(args, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, env={**os.environ, **env})
    if check and p.returncode != 0:
        raise RuntimeError(f"{' '.join(args)} ended with {p.returncode}: {p.stdout[-500:]}")
    return p.stdout.strip()


def fields(line):
    """name=number pairs of a program's line, with what follows a number left out."""
    return {k: float(v) for k, v in re.findall(r"([A-Za-z_]\w*)=(-?\d+(?:\.\d+)?)", line)}


class Bench:
    """One run of the benchmark: where things are, and how thorough it is."""

    def __init__(self, quick, shared, tmp, log):
        self.quick, self.tmp, self.log = quick, tmp, log
        self.built = os.path.join(os.environ.get("top_builddir", os.path.join(TOP, "build/release")), "tests/bench")
        self.source = shared if os.path.exists(os.path.join(shared, "burst.c")) else None
        self.peers = os.path.join(tmp, "bin")
        if self.source:
            run("make", "-s", "-C", self.source, f"B={self.peers}")

    def program(self, name, needed=True):
        """One of tests/bench in the build tree."""
        path = os.path.join(self.built, name)
        if os.access(path, os.X_OK):
            return path
        if needed:
            raise Skip(f"{path} is not built: make tests/bench/{name}")
        return None

    def peer(self, name, needed=True):
        """One of shared/bench/watch, unchanged."""
        if self.source:
            return os.path.join(self.peers, name)
        if needed:
            raise Skip("needs the programs of shared/bench/watch, which are not here")
        return None

    @contextlib.contextmanager
    def file_system(self, size="8G", inodes=700_000):
        """A fresh ext4 image. fanotify marks whole file systems, and ext4's own cost grows with use. It is mounted below /mnt: giad watches the
        directories above a workspace, too, and /tmp is never quiet."""
        with tempfile.TemporaryDirectory(prefix="giad-bench-", dir="/mnt" if os.access("/mnt", os.W_OK) else self.tmp) as d:
            image, base = os.path.join(self.tmp, "image"), os.path.join(d, "fs")
            run("truncate", "-s", size, image)
            # nothing is to be written behind our back later
            run("mkfs.ext4", "-q", "-F", "-N", str(inodes), "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
            os.mkdir(base)
            os.chmod(d, 0o755)
            run("mount", "-o", "loop", image, base)
            try:
                os.chmod(base, 0o755)
                yield base
            finally:
                run("umount", "-l", base, check=False)
                os.unlink(image)

    @contextlib.contextmanager
    def giad(self, base, backend, extra=QUIET, start=True, **more):
        """One that watches BASE/giad/ws, with its state on the same file system."""
        home = os.path.join(base, "giad")
        os.makedirs(home, exist_ok=True)
        with Giad(base=home, backend=backend or "inotify", extra=extra, **more) as g:
            if start:
                g.start().wait_walked(600)
            yield g
            g.stop(120)


@contextlib.contextmanager
def enough_watches():
    """inotify watches are counted for each user: others of root may have used most of them."""
    with open(WATCHES, encoding="ascii") as f:
        before = int(f.read())
    if before >= WATCHES_NEEDED:
        yield
        return
    with open(WATCHES, "w", encoding="ascii") as f:
        f.write(str(WATCHES_NEEDED))
    try:
        yield
    finally:
        with open(WATCHES, "w", encoding="ascii") as f:
            f.write(str(before))


class Control:
    """The control socket, asked without starting giactl each time."""

    def __init__(self, g, seconds=60):
        self.path, self.buffer = os.path.join(g.base, "run/control"), b""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket.connect(self.path)
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.001)

    def status(self):
        self.socket.sendall(b'{"method":"io.giad.Control.Status"}\0')
        while b"\0" not in self.buffer:
            part = self.socket.recv(65536)
            if not part:
                raise RuntimeError("giad closed the connection")
            self.buffer += part
        reply, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(reply)["parameters"]["status"]

    def until_walked(self, directories, seconds=600):
        """When all watches stood and when the walk at start was over, by CLOCK_MONOTONIC. `walked` alone is also true before it begins."""
        end, ready = time.monotonic() + seconds, None
        while time.monotonic() < end:
            s = self.status()
            if s["ready"] and ready is None:
                ready = time.monotonic()
            busy = s["pipeline"]["pending"] or s["watcher"]["pending"]
            if s["ready"] and s["walked"] and not busy and s["watcher"]["directories"] > directories:
                return ready, time.monotonic(), s
            time.sleep(0.002)
        raise RuntimeError(f"not walked within {seconds} s")

    def until_quiet(self, quiet=1.0, seconds=600):
        """When the last verdict came, by CLOCK_MONOTONIC, and the counters then: nothing new for a while."""
        last, since, end = None, time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < end:
            s = self.status()
            now = (s["pipeline"]["scans"], s["watcher"]["events"], s["pipeline"]["candidates"])
            if now != last or s["pipeline"]["pending"] or s["watcher"]["pending"] or not s["walked"]:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet and not s["pipeline"]["storing"]:
                return since, s
            time.sleep(0.01)
        raise RuntimeError(f"not quiet within {seconds} s")


def processes(g):
    """The monitor and its scanners."""
    with open(f"/proc/{g.process.pid}/task/{g.process.pid}/children", encoding="ascii") as f:
        return [g.process.pid, *(int(p) for p in f.read().split())]


def cpu(g):
    """Nanoseconds that each thread has run so far."""
    out = {}
    for pid in processes(g):
        with contextlib.suppress(OSError):  # a scanner ended
            for tid in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as f:
                    out[pid, tid] = int(f.read().split()[0])
    return out


def cpu_since(g, before):
    """Seconds of CPU since then: (monitor, scanners)."""
    parts = [0, 0]
    for (pid, tid), ns in cpu(g).items():
        parts[pid != g.process.pid] += ns - before.get((pid, tid), 0)
    return parts[0] / 1e9, parts[1] / 1e9


def proc_status(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        for line in f:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    return 0


def quantile(values, p):
    ordered = sorted(values)
    return ordered[int(p / 100 * (len(ordered) - 1) + 0.5)] if ordered else None


def times(bench, mode, directory, n, gap, text=None):
    """close-to-gone's: nanoseconds of (closed, done or None) for each file, the wall clock at their beginning, the writer's seconds."""
    env = {"OFFENCE": text} if text else {}
    head, *lines = run(bench.program("close-to-gone"), mode, directory, str(n), str(gap), **env).splitlines()
    pairs = [(int(a), None if b == "-" else int(b)) for a, b in (line.split() for line in lines)]
    return pairs, int(head.split()[1]), float(head.split()[3])


def make_tree(top, files, per_directory=25, fan=100):
    """FILES small ones, PER_DIRECTORY in each directory, FAN directories in each of those above. Returns how many directories it made."""
    directories = n = 0
    for d in range((files + per_directory - 1) // per_directory):
        above = os.path.join(top, f"p{d // fan:05d}")
        if d % fan == 0:
            os.makedirs(above)
            directories += 1
        path = os.path.join(above, f"d{d:06d}")
        os.mkdir(path)
        directories += 1
        for i in range(min(per_directory, files - n)):
            fd = os.open(os.path.join(path, f"f{i:03d}.txt"), os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, b"hello, world\n")
            os.close(fd)
            n += 1
    return directories


def make_directories(top, n, fan=1000):
    for i in range(n):
        if i % fan == 0:
            os.makedirs(os.path.join(top, f"p{i // fan:04d}"))
        os.mkdir(os.path.join(top, f"p{i // fan:04d}/d{i % fan:03d}"))
