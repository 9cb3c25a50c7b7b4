#!/usr/bin/env python3
"""What file systems report of themselves, and what giad can do on each kind of them."""
import contextlib
import os
import re
import subprocess
import sys
import tempfile

import harness
from harness import Giad, Skip, fanotify_is_permitted, need_root, offending, wait_for

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


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
