#!/usr/bin/env python3
"""What file systems report of themselves, and what giad can do on each kind of them."""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import harness
from harness import Giad, Skip, fanotify_is_permitted, need_root, offending, wait_for
from test_gate import ANOTHER, read_as, set_workspace

INTERVALS = "quarantine: {note: no}\nsweep: {interval: 6h}\n"


def run(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


@contextlib.contextmanager
def image(mkfs=("mkfs.ext4", "-q", "-F"), options="", size="64M", damage=None):
    """A file system of its own. damage(image): what is done to it after it was made and filled by fill(), unmounted."""
    need_root()
    if not fanotify_is_permitted():
        raise Skip("fanotify is not permitted here")
    with tempfile.TemporaryDirectory(prefix="giad-fs-") as tmp:
        os.chmod(tmp, 0o755)
        path, base = os.path.join(tmp, "image"), os.path.join(tmp, "fs")
        os.mkdir(base)
        run("truncate", "-s", size, path)
        run(*mkfs, path)
        with mounted(path, base, options):
            if damage:
                damage(path, base)
            os.makedirs(os.path.join(base, "giad"), exist_ok=True)
            yield base


@contextlib.contextmanager
def mounted(path, base, options=""):
    mount(path, base, options)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", base], check=True)


def mount(path, base, options=""):
    if subprocess.run(["mount", "-o", f"loop{options}", path, base], stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("no loop device here, or the kernel does not have this file system")
    os.chmod(base, 0o755)


def device_of(base):
    return os.path.basename(run("findmnt", "-no", "SOURCE", base).strip())


def giad_on(base, **more):
    return Giad(base=os.path.join(base, "giad"), backend="fanotify", extra=INTERVALS, **more)


def gaps(g):
    return [x for w in g.status()["workspaces"] for x in w["gaps"] if x["reason"] == "file-system-error"]


def ignored(g):
    """Inodes of which the daemon's queues make no events, as the kernel says."""
    found = set()
    for fd in os.listdir(f"/proc/{g.process.pid}/fdinfo"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{g.process.pid}/fdinfo/{fd}") as f:
            found |= {int(m[1], 16) for m in re.finditer(r"^fanotify ino:([0-9a-f]+) .*ignored_mask:([0-9a-f]+)", f.read(), re.M) if int(m[2], 16)}
    return found


def test_own_directories_make_no_events():
    with image() as base, giad_on(base) as g:
        g.start().wait_walked()
        log = os.path.dirname(g.events_path)
        own = [log, *(os.path.join(g.base, d) for d in ("state", "state/quarantine", "state/versions", "state/spool/jsonl"))]
        assert {os.stat(d).st_ino for d in own} <= ignored(g), (own, ignored(g))
        assert os.stat(g.ws).st_ino not in ignored(g)
        # what becomes a workspace is watched all the same
        g.workspaces.append(log)
        g.write_config()
        g.reload()
        wait_for(lambda: len(g.status()["workspaces"]) == 2)
        g.wait_walked()
        assert os.stat(log).st_ino not in ignored(g)
        path = os.path.join(log, "a.env")
        with open(path, "w") as f:
            f.write(offending(1))
        g.wait_gone(path)


def test_an_error_of_the_file_system_is_told_and_looked_into():
    with image(options=",errors=continue") as base, giad_on(base) as g:
        g.start().wait_walked()
        swept = g.status()["workspaces"][0]["swept"]
        assert "errors of its file system" not in g.status()["workspaces"][0]["blind_to"]
        trigger = f"/sys/fs/ext4/{device_of(base)}/trigger_fs_error"
        if not os.path.exists(trigger):
            raise Skip("the kernel cannot be asked for an error")
        with open(trigger, "w") as f:
            f.write("1\n")
        e = g.wait_event("gap-opened", reason="file-system-error")
        assert e["workspace"] == g.ws and re.search(r"error 117\b", e["detail"]), e
        # the sweep met no error: that was all
        g.wait_event("gap-closed", reason="file-system-error")
        assert g.status()["workspaces"][0]["swept"] > swept and not gaps(g)


def test_a_damaged_file_is_named_and_the_gap_stays():
    def damage(path, base):
        ws = os.path.join(base, "giad/ws/below")
        os.makedirs(ws)
        for name in ("good.txt", "broken.txt"):
            with open(os.path.join(ws, name), "w") as f:
                f.write("harmless\n")
        ino = os.stat(os.path.join(ws, "broken.txt")).st_ino
        run("umount", base)
        # its checksum does not fit any more
        run("debugfs", "-w", "-R", f"sif <{ino}> checksum 0x1234", path)
        mount(path, base, ",errors=continue")

    with image(options=",errors=continue", damage=damage) as base, giad_on(base) as g:
        g.start().wait_walked()
        e = g.wait_event("gap-opened", reason="file-system-error")
        assert "inode " in e["detail"], e
        e = g.wait_event("not-scanned", reason="file-system-error")
        assert e["path"] == g.path("below/broken.txt") and e["inode"], e
        e = g.wait_event("not-scanned", reason="unreadable")
        assert e["path"] == g.path("below/broken.txt"), e
        wait_for(lambda: not g.status()["workspaces"][0]["sweeping"])
        g.idle()
        # the sweep met it once more
        [gap] = gaps(g)
        assert "inode " in gap["detail"], gap
        sweeps = g.status()["workspaces"][0]["swept"]
        subprocess.run(["cat", g.path("below/broken.txt")], stderr=subprocess.DEVNULL)
        g.idle(quiet=1)
        # nothing new: no other sweep, no other event
        assert g.status()["workspaces"][0]["swept"] == sweeps
        assert len([e for e in g.events("gap-opened") if e["reason"] == "file-system-error"]) == 1
        assert len([e for e in g.events("not-scanned") if e["reason"] == "file-system-error"]) == 1
        # what is whole goes on as ever
        g.wait_gone(g.write("below/a.env", offending(1)))
        return gap["detail"]


def test_a_file_system_that_tells_no_errors_is_said_to():
    need_root()
    with tempfile.TemporaryDirectory(prefix="giad-fs-") as base:
        os.chmod(base, 0o755)
        run("mount", "-t", "tmpfs", "-o", "mode=755,size=64m", "tmpfs", base)
        try:
            os.mkdir(os.path.join(base, "giad"))
            with giad_on(base) as g:
                g.start().wait_walked()
                assert "errors of its file system" in g.status()["workspaces"][0]["blind_to"]
                assert "errors of its file system" in g.ctl("status").stdout
        finally:
            subprocess.run(["umount", "-l", base], check=True)


# --- each kind of file system -------------------------------------------------------------------


def there_is(file_system, program=None):
    """Skips the test where the kernel or the machine does not have it."""
    need_root()
    if not fanotify_is_permitted():
        raise Skip("fanotify is not permitted here")
    subprocess.run(["modprobe", "-q", file_system], stderr=subprocess.DEVNULL) if shutil.which("modprobe") else None
    if file_system not in open("/proc/filesystems").read().split():
        raise Skip(f"this kernel has no {file_system}")
    if program and not shutil.which(program):
        raise Skip(f"there is no {program}")


@contextlib.contextmanager
def mounted_as(file_system, options):
    with tempfile.TemporaryDirectory(prefix="giad-fs-") as base:
        os.chmod(base, 0o755)
        run("mount", "-t", file_system, "-o", options, file_system, base)
        try:
            os.chmod(base, 0o755)
            os.mkdir(os.path.join(base, "giad"))
            yield base
        finally:
            subprocess.run(["umount", "-l", base], check=True)


@contextlib.contextmanager
def overlay(more=""):
    there_is("overlay")
    with image(size="128M") as base:
        for name in ("lower/giad/ws/old", "upper", "work"):
            os.makedirs(os.path.join(base, name))
        with open(os.path.join(base, "lower/giad/ws/old/a.txt"), "w") as f:
            f.write("A=1\n")
        os.chmod(os.path.join(base, "lower"), 0o755)
        with tempfile.TemporaryDirectory(prefix="giad-fs-") as at:
            run("mount", "-t", "overlay", "-o", f"lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work{more}", "overlay", at)
            try:
                yield at
            finally:
                subprocess.run(["umount", "-l", at], check=True)


def essentials(g, backend, before=None):
    """What a workspace must be able to do anywhere; g is not started. Returns how it is watched."""
    os.makedirs(g.path("sub"), exist_ok=True)
    old = g.write("sub/before.env", offending(1))
    g.start().wait_walked()
    [ws] = g.status()["workspaces"]
    assert ws["backend"] == backend, ws
    assert (backend == "inotify") == any(x["reason"] == "back-end-refused" for x in ws["gaps"]), ws
    g.wait_gone(old)
    entry = [e for e in g.entries() if e["path"] == "sub/before.env"][0]
    # in it, in fresh directories, and by a rename from outside
    with open(os.path.join(g.base, "aside"), "w") as f:
        f.write(offending(2))
    os.rename(os.path.join(g.base, "aside"), g.path("moved.env"))
    paths = [g.path("moved.env"), g.write("a.env", offending(3))]
    paths += [g.write(f"fresh/{i}/{i}/b.env", offending(4)) for i in range(8)]
    for path in paths:
        g.wait_gone(path)
    os.rename(g.path("fresh"), g.path("renamed"))
    g.wait_gone(g.write("renamed/1/1/c.env", offending(5)))
    if backend == "fanotify":
        e = g.wait_event("finding", path=g.path("a.env"))
        assert e["writer_source"] == "event" and f"({os.getpid()})" in e["writer_ancestors"].split()[0], e
    g.idle()
    g.ctl("quarantine", "release", entry["id"], "--reason=test")
    assert open(g.path("sub/before.env")).read() == offending(1)
    # what no event shows
    os.link(g.write("linked.txt", "A=1\n"), os.path.join(g.base, "outside"))
    g.idle()
    with open(os.path.join(g.base, "outside"), "w") as f:
        f.write(offending(6))
    g.idle()
    g.ctl("sweep")
    g.wait_gone(g.path("linked.txt"))
    s = g.idle()["pipeline"]
    g.ctl("sweep")
    wait_for(lambda: not g.status()["workspaces"][0]["sweeping"])
    assert g.idle()["pipeline"]["scans"] == s["scans"], "what has not changed was read"
    weaker = {e["message"].rsplit(", ", 1)[1] for e in g.events("quarantined") if ", by" in e["message"]}
    return backend + (f", {', '.join(weaker)}" if weaker else "")


def gate_of(g):
    """A gate in the place of the watch, and that it keeps somebody out."""
    g.stop()
    set_workspace(g, "mode: gate")
    os.chmod(g.ws, 0o777)
    g.start().wait_walked()
    [ws] = g.status()["workspaces"]
    if not ws["gated"]:
        return [x["detail"] for x in ws["gaps"] if x["reason"] == "gate-refused"][0]
    assert read_as(ANOTHER, g.write("gated.txt", "hello\n")) == "hello\n"
    path = g.path("sub/gated.env")
    with open(path, "w") as f:
        f.write(offending(7))
        f.flush()
        said = read_as(ANOTHER, path)
        assert said in ("Operation not permitted", "No such file or directory"), said
    g.wait_gone(path)
    s = g.status()["gate"]
    assert s["passed"] == 0, s
    return "gate"


def on(base, backend="fanotify"):
    with giad_on(base) as g:
        watched = essentials(g, backend)
        gate = gate_of(g)
        assert (gate == "gate") == (backend == "fanotify"), gate
        return f"{watched}; {gate}"


def test_on_ext4():
    with image() as base:
        return on(base)


def test_on_xfs():
    there_is("xfs", "mkfs.xfs")
    with image(mkfs=("mkfs.xfs", "-q", "-f"), size="400M") as base:
        return on(base)


def test_on_tmpfs():
    there_is("tmpfs")
    with mounted_as("tmpfs", "size=128m,mode=755") as base:
        return on(base)


def test_on_btrfs():
    there_is("btrfs", "mkfs.btrfs")
    with image(mkfs=("mkfs.btrfs", "-q", "-f"), size="200M") as base:
        return on(base)


@contextlib.contextmanager
def subvolume():
    there_is("btrfs", "mkfs.btrfs")
    with image(mkfs=("mkfs.btrfs", "-q", "-f"), size="200M") as base:
        os.rmdir(os.path.join(base, "giad"))
        run("btrfs", "subvolume", "create", os.path.join(base, "giad"))
        yield base


def test_on_a_subvolume_of_btrfs():
    with subvolume() as base:
        with giad_on(base) as g:
            g.start().wait_walked()
            [gap] = [x for x in g.status()["workspaces"][0]["gaps"] if x["reason"] == "back-end-refused"]
            assert "subvolume" in gap["detail"], gap
        return on(base, "inotify")


def test_fresh_directories_on_a_subvolume_of_btrfs():
    """btrfs lists what was there when the directory was opened: what comes between that and the watch is in neither."""
    with subvolume() as base, giad_on(base) as g:
        g.start().wait_walked()
        assert g.status()["workspaces"][0]["backend"] == "inotify"
        paths = [g.path(f"fresh{i}/a.env") for i in range(1500)]
        for i, path in enumerate(paths):
            os.mkdir(os.path.dirname(path))
            time.sleep(i % 100 * 2e-6)  # it comes at any moment of giad's answer to its directory
            with open(path, "w") as f:
                f.write(offending(1))
        g.idle(seconds=60)
        left = [p for p in paths if os.path.exists(p)]
        assert not left, f"{len(left)} of {len(paths)} are still there, {left[0]} among them"
        return f"{len(paths)} files"


def test_subvolumes_below_a_workspace_of_btrfs():
    """They have device numbers and file system ids of their own, and events have those of the whole."""
    there_is("btrfs", "mkfs.btrfs")
    with image(mkfs=("mkfs.btrfs", "-q", "-f"), size="200M") as base, giad_on(base) as g:
        run("btrfs", "subvolume", "create", g.path("early"))
        g.start().wait_walked()
        assert g.status()["workspaces"][0]["backend"] == "fanotify"
        run("btrfs", "subvolume", "create", g.path("late"))
        for name in ("early", "late"):
            g.wait_gone(g.write(f"{name}/a.env", offending(1)))
            g.wait_gone(g.write(f"{name}/below/b.env", offending(2)))
        g.idle()
        assert not [x for x in g.status()["workspaces"][0]["gaps"]], g.status()["workspaces"][0]["gaps"]
        return gate_in_subvolume(g)


def test_a_snapshot_of_btrfs_is_full_when_it_is_made():
    there_is("btrfs", "mkfs.btrfs")
    with image(mkfs=("mkfs.btrfs", "-q", "-f"), size="200M") as base, giad_on(base) as g:
        outside = os.path.join(base, "outside")
        run("btrfs", "subvolume", "create", outside)
        os.mkdir(os.path.join(outside, "below"))
        for name in ("a.env", "below/b.env"):
            with open(os.path.join(outside, name), "w") as f:
                f.write(offending(1))
        g.start().wait_walked()
        run("btrfs", "subvolume", "snapshot", outside, g.path("copy"))
        for name in ("a.env", "below/b.env"):
            g.wait_gone(g.path("copy", name))


def gate_in_subvolume(g):
    g.stop()
    set_workspace(g, "mode: gate")
    g.start().wait_walked()
    assert g.status()["workspaces"][0]["gated"]
    os.chmod(g.path("late"), 0o777)
    path = g.path("late/gated.env")
    with open(path, "w") as f:
        f.write(offending(7))
        f.flush()
        said = read_as(ANOTHER, path)
        assert said in ("Operation not permitted", "No such file or directory"), said
    g.wait_gone(path)


def test_on_overlay():
    with overlay() as base:
        return on(base, "inotify")


def test_on_overlay_with_handles():
    with overlay(",index=on,nfs_export=on") as base:
        return on(base)


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
