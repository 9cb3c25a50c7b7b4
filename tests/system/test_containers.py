#!/usr/bin/env python3
"""Agents in containers: what is seen of what they write, and what events say of where they are. With plain namespaces, and with
systemd-nspawn; the state files of Docker, Podman, containerd and machined are laid out by the tests. Needs root."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BACKEND, Giad, Skip, main, offending, wait_for  # noqa: E402

FANOTIFY = BACKEND == "fanotify"
ID = "3e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("no mount namespaces here")


def inside(script, *args, cgroup=None):
    """Runs a shell script in a mount namespace of its own."""
    enter = f"echo $$ > '{cgroup}/cgroup.procs' && " if cgroup else ""
    p = subprocess.run(["sh", "-c", f'{enter}exec unshare -m --propagation private sh -e -c "$0" sh "$@"', script, *args],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    assert p.returncode == 0, p.stdout


def write(path, seed):
    """What an agent does: the shell waits a little before it ends, as agents do."""
    return f"printf %s '{offending(seed).strip()}' > {path}; sleep 0.1; "


def not_in(path):
    """The end of the script if what offends can be read there."""
    return f"if grep -qs TOKEN {path}; then echo 'it is in {path}'; exit 9; fi; "


def told(g, name, **fields):
    e = g.wait_event("quarantined", path=g.path(name))
    if FANOTIFY:
        assert e["writer_source"] == "event", e
        for field, value in fields.items():
            assert e.get(field) == value, (field, value, e)
    else:
        assert e["writer_source"] == "owner" and "container_path" not in e and "container_path_missing" not in e, e
    assert not os.path.exists(g.path(name)), name
    return e


def seen_as(g, name, path):
    e = told(g, name, container_path=path)
    if FANOTIFY:
        assert "container_path_missing" not in e, e
        findings = [x for x in g.events("finding") if x["path"] == g.path(name)]
        assert findings and all(x["container_path"] == path for x in findings), findings
    return e


def test_a_bind_mount_is_seen_and_named():
    need_root()
    with Giad() as g:
        g.start()
        g.wait_walked()
        at = os.path.join(g.base, "at")
        for name in ("all", "sub", "name with  blank\\and\\040", "file.env"):
            os.makedirs(os.path.join(at, name)) if name != "file.env" else open(os.path.join(at, name), "w").close()
        os.makedirs(g.path("sub/er"))
        inside(f"mount --bind {g.ws} {at}/all; {write(f'{at}/all/sub/er/a.env', 1)}")
        seen_as(g, "sub/er/a.env", f"{at}/all/sub/er/a.env")
        inside(f"mount --bind {g.ws}/sub {at}/sub; {write(f'{at}/sub/er/b.env', 2)}")
        seen_as(g, "sub/er/b.env", f"{at}/sub/er/b.env")
        # the nearest of several
        inside(f"mount --bind {g.ws} {at}/all; mount --bind {g.ws}/sub/er {at}/sub; {write(f'{at}/all/sub/er/c.env', 3)}")
        seen_as(g, "sub/er/c.env", f"{at}/sub/c.env")
        # unless something lies over it
        inside(f"mount --bind {g.ws} {at}/all; mount --bind {g.ws}/sub/er {at}/sub; mount -t tmpfs x {at}/sub; "
               f"{write(f'{at}/all/sub/er/d.env', 4)}")
        seen_as(g, "sub/er/d.env", f"{at}/all/sub/er/d.env")
        # a name that mount tables write with escapes
        odd = "name with  blank\\and\\040"
        inside(f"mount --bind {g.ws} \"$1\"; printf %s '{offending(5).strip()}' > \"$1/e.env\"; sleep 0.1", os.path.join(at, odd))
        seen_as(g, "e.env", os.path.join(at, odd, "e.env"))
        # a file is mounted by itself; what it was is still there afterwards
        g.write("one.env", "X=1\n")
        inside(f"mount --bind {g.path('one.env')} {at}/file.env; {write(f'{at}/file.env', 6)}")
        seen_as(g, "one.env", f"{at}/file.env")
        # nothing shows it: the writer has it from before
        inside(f"exec 9<{g.ws}; mount -t tmpfs x {g.base}; cd /proc/self/fd/9; "
               f"printf %s '{offending(7).strip()}' > /proc/self/fd/9/f.env; sleep 0.1")
        told(g, "f.env", container_path=None, container_path_missing="no mount of its writer was found to show it")
        # who is where the host is, is told no other path
        subprocess.run(["sh", "-c", write(g.path("host.env"), 8)], check=True)
        told(g, "host.env", container_path=None, container_path_missing=None)


def test_mounts_that_come_later_are_seen():
    need_root()
    with Giad() as g:
        g.start()
        at = os.path.join(g.base, "at")
        os.makedirs(at)
        # one process all the time
        inside(f"printf %s '{offending(1).strip()}' > {g.path('a.env')}; sleep 0.3; mount --bind {g.ws} {at}; mount -t tmpfs x {g.ws}; "
               f"printf %s '{offending(2).strip()}' > {at}/b.env; sleep 0.1")
        seen_as(g, "a.env", g.path("a.env"))
        seen_as(g, "b.env", f"{at}/b.env")


def new_base(stack):
    base = tempfile.mkdtemp(prefix="giad-test-")
    stack.callback(shutil.rmtree, base, True)
    os.chmod(base, 0o755)  # scanners start from below it
    os.makedirs(os.path.join(base, "giad"))
    return base


@contextlib.contextmanager
def overlay(base, more=""):
    """An overlay over four directories, mounted where this process and giad see it, too."""
    for name in ("lower", "upper", "work", "merged"):
        os.makedirs(os.path.join(base, name), exist_ok=True)
    with open(os.path.join(base, "lower", "low.env"), "w") as f:
        f.write("X=1\n")
    merged = os.path.join(base, "merged")
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work{more}", merged], check=True)
    try:
        yield merged
    finally:
        subprocess.run(["umount", "-l", merged], stderr=subprocess.DEVNULL, check=False)


MANY = 40


def write_much(at, seed):
    """Each way in which a file gets its content."""
    files = "".join(f"mkdir -p {at}/d{i}/e; printf %s '{offending(seed + i).strip()}' > {at}/d{i}/e/x.env; " for i in range(MANY))
    return files + (f"printf %s '{offending(seed + 50).strip()}' > {at}/new.env; "
                    f"mkdir {at}/node_modules; printf %s '{offending(seed + 51).strip()}' > {at}/node_modules/m; mv {at}/node_modules/m {at}/moved.env; "
                    f"printf %s '{offending(seed + 52).strip()}' >> {at}/low.env; "
                    f"exec 8>{at}/open.env; printf %s '{offending(seed + 53).strip()}' >&8; sleep 1; exec 8>&-; "
                    f"python3 - {at}/mapped.env '{offending(seed + 54).strip()}' <<'P'\nimport mmap, sys\n"
                    "text = sys.argv[2].encode()\nf = open(sys.argv[1], 'w+b')\nf.truncate(len(text))\n"
                    "m = mmap.mmap(f.fileno(), len(text))\nf.close()\nm[:] = text\nm.close()\nP\nsleep 0.1")


NAMES = [f"d{i}/e/x.env" for i in range(MANY)] + ["new.env", "moved.env", "low.env", "open.env", "mapped.env"]


def all_gone(g, top):
    wait_for(lambda: not [n for n in NAMES if os.path.exists(os.path.join(top, n))], 30)
    g.idle()
    quarantined = {e["path"] for e in g.events("quarantined")}
    assert quarantined == {os.path.join(top, n) for n in NAMES}, quarantined
    return g.events("quarantined")


def test_an_upper_directory_is_seen_through_its_overlay():
    need_root()
    with contextlib.ExitStack() as stack:
        base = new_base(stack)
        try:
            merged = stack.enter_context(overlay(base))
        except subprocess.CalledProcessError:
            raise Skip("no overlay file system here") from None
        upper = os.path.join(base, "upper")
        with Giad(base=os.path.join(base, "giad"), workspaces=[upper]) as g:
            g.start()
            g.wait_walked()
            gap = [x for x in g.status()["workspaces"][0]["gaps"] if x["reason"] == "overlay-upper"]
            assert [x["detail"] for x in gap] == [merged], gap
            os.makedirs(os.path.join(base, "at"))
            inside(f"mount --bind {merged} {base}/at; umount {merged}; {write_much(f'{base}/at', 100)}")
            for e in all_gone(g, upper):
                # who has it open still is not asked, and who has ended cannot be
                if FANOTIFY and "writer_exe" in e and not e["path"].endswith("open.env"):
                    assert e.get("container_path") == e["path"].replace(upper, f"{base}/at"), e
                    assert e["writer_source"] == "event" and e["writer_comm"] in ("sh", "python3", "mv"), e
            # the overlay still leads to what it has seen there, which is empty by then
            inside(f"mount --bind {merged} {base}/at; umount {merged}; {write(f'{base}/at/seen.env', 400)} sleep 1; test ! -s {base}/at/seen.env; "
                   f"{not_in(f'{base}/at/seen.env')} test ! -e {upper}/seen.env")
            assert offending(400).strip().encode() in g.stored_contents()
            # an overlay that only the container has, and of which it shows a part
            for name in ("up2", "work2"):
                os.makedirs(os.path.join(upper, "c", name))
            inside(f"mount -t overlay overlay -o lowerdir={base}/lower,upperdir={upper}/c/up2,workdir={upper}/c/work2 {base}/at; "
                   f"mkdir {base}/at/part {base}/part; mount --bind {base}/at/part {base}/part; umount -l {base}/at; {write(f'{base}/part/y.env', 300)} "
                   f"sleep 1; test ! -s {base}/part/y.env")
            e = g.wait_event("quarantined", path=f"{upper}/c/up2/part/y.env")
            if FANOTIFY:
                assert e["container_path"] == f"{base}/part/y.env", e
            subprocess.run(["umount", merged], check=True)
            g.wait_event("gap-closed", reason="overlay-upper")
            with overlay(base):
                wait_for(lambda: len(g.events("gap-opened")) >= 2 and g.status()["workspaces"][0]["gaps"])


def test_a_merged_directory_may_be_the_workspace():
    need_root()
    with contextlib.ExitStack() as stack:
        base = new_base(stack)
        try:
            merged = stack.enter_context(overlay(base))
        except subprocess.CalledProcessError:
            raise Skip("no overlay file system here") from None
        with Giad(base=os.path.join(base, "giad"), workspaces=[merged]) as g:
            g.start()
            g.wait_walked()
            ws = g.status()["workspaces"][0]
            assert ws["backend"] == "inotify", ws
            assert FANOTIFY == any(x["reason"] == "back-end-refused" for x in ws["gaps"]), ws
            os.makedirs(os.path.join(base, "at"))
            inside(f"mount --bind {merged} {base}/at; umount {merged}; {write_much(f'{base}/at', 100)}")
            all_gone(g, merged)


def test_a_merged_directory_with_handles_has_the_back_end_that_is_wanted():
    need_root()
    with contextlib.ExitStack() as stack:
        base = new_base(stack)
        try:
            merged = stack.enter_context(overlay(base, ",index=on,nfs_export=on"))
        except subprocess.CalledProcessError:
            raise Skip("no overlay file system with handles here") from None
        with Giad(base=os.path.join(base, "giad"), workspaces=[merged]) as g:
            g.start()
            g.wait_walked()
            ws = g.status()["workspaces"][0]
            assert ws["backend"] == BACKEND and not [x for x in ws["gaps"] if x["reason"] == "back-end-refused"], ws
            os.makedirs(os.path.join(base, "at"))
            inside(f"mount --bind {merged} {base}/at; umount {merged}; {write_much(f'{base}/at', 100)}")
            for e in all_gone(g, merged):
                if FANOTIFY and "writer_exe" in e and not e["path"].endswith("open.env"):
                    assert e.get("container_path") == e["path"].replace(merged, f"{base}/at"), e


def test_a_gate_stands_before_an_overlay_too():
    need_root()
    if not FANOTIFY:
        raise Skip("a gate needs fanotify")
    with contextlib.ExitStack() as stack:
        base = new_base(stack)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", base], check=True)
        stack.callback(subprocess.run, ["umount", "-l", base], check=False)
        os.makedirs(os.path.join(base, "giad"))
        try:
            merged = stack.enter_context(overlay(base))
        except subprocess.CalledProcessError:
            raise Skip("no overlay file system here") from None
        with Giad(base=os.path.join(base, "giad"), workspaces=[os.path.join(base, "upper")]) as g:
            with open(g.config, encoding="utf-8") as f:
                text = f.read()
            g.write_config(text.replace("backend: fanotify,", "backend: fanotify, mode: gate,"))
            g.start()
            g.wait_walked()
            assert g.status()["workspaces"][0]["gated"], g.status()["workspaces"]
            for i in range(20):
                inside(f"printf %s '{offending(i).strip()}' > {merged}/{i}.env; {not_in(f'{merged}/{i}.env')} {not_in(f'{base}/upper/{i}.env')} echo hello > {merged}/{i}.txt; "
                       f"test $(cat {merged}/{i}.txt) = hello")


@contextlib.contextmanager
def control_group(path):
    """A control group of that path in the unified hierarchy; the directory."""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        tops = [line.split()[4] for line in f if " - cgroup2 " in line]
    if not tops:
        raise Skip("no unified hierarchy of control groups here")
    top, made = tops[0], []
    try:
        for name in path.strip("/").split("/"):
            top = os.path.join(top, name)
            if not os.path.isdir(top):
                os.mkdir(top)
                made.append(top)
        yield top
    except OSError as e:
        raise Skip(f"no control group can be made: {e}") from None
    finally:
        for d in reversed(made):
            with contextlib.suppress(OSError):
                wait_for(lambda d=d: open(os.path.join(d, "cgroup.procs"), encoding="utf-8").read() == "", 5)
                os.rmdir(d)


def put(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + "~", "w") as f:
        f.write(content if isinstance(content, str) else json.dumps(content))
    os.chmod(path + "~", 0o600)
    os.rename(path + "~", path)


def with_state():
    base = tempfile.mkdtemp(prefix="giad-test-")
    state = os.path.join(base, "runtimes")
    g = Giad(base=base, extra="containers: {" + ", ".join(f"{n}: {state}/{n}" for n in ("docker", "podman", "containerd", "machines")) + "}\n")
    g.own_base = True
    return g, state


def test_a_containers_image_is_told():
    need_root()
    if not FANOTIFY:
        raise Skip("inotify does not say who wrote")
    g, state = with_state()
    n = 0

    def tell(cgroup, expected):
        nonlocal n
        n += 1
        with control_group(cgroup) as d:
            subprocess.run(["sh", "-c", f"echo $$ > '{d}/cgroup.procs'; {write(g.path(f'{n}.env'), n)}"], check=True)
            e = g.wait_event("quarantined", path=g.path(f"{n}.env"))
        fields = [e.get(f"writer_container{x}") for x in ("", "_runtime", "_name", "_image", "_missing")]
        assert fields == expected, (cgroup, fields, expected)
        # and of its findings
        f = [x for x in g.events("finding") if x["path"] == g.path(f"{n}.env")][0]
        assert [f.get(f"writer_container{x}") for x in ("", "_runtime", "_name", "_image", "_missing")] == expected, f
        shown = g.json("quarantine", "show", e["quarantine_id"])["writer"]
        assert shown.get("writer_container_image") == expected[3], shown
        if expected[3]:
            assert f"container {expected[0]} ({expected[3]})" in g.ctl("quarantine", "show", e["quarantine_id"]).stdout

    with g:
        g.start()
        g.wait_walked()
        config = f"{state}/docker/containers/{ID}/config.v2.json"
        nothing = "no file of its runtime was found that speaks of it"
        tell(f"/giad-test/docker-{ID}.scope", [ID, "docker", None, None, nothing])
        put(config, {"ID": ID, "Name": "/agent-1", "Config": {"Image": "registry.example/agents/coder:1.4", "Env": ["X=1"]}, "Image": "sha256:" + "0" * 64})
        time.sleep(5.1)
        tell(f"/giad-test/docker-{ID}.scope", [ID, "docker", "agent-1", "registry.example/agents/coder:1.4", None])
        put(config, {"ID": ID, "Name": "/renamed", "Config": {"Image": "registry.example/agents/coder:1.4"}})
        tell(f"/giad-test/docker-{ID}.scope", [ID, "docker", "agent-1", "registry.example/agents/coder:1.4", None])
        time.sleep(5.1)
        tell(f"/giad-test/docker-{ID}.scope", [ID, "docker", "renamed", "registry.example/agents/coder:1.4", None])
        # Podman has all of them in two files
        other = ID[::-1]
        put(f"{state}/podman/overlay-containers/containers.json", [{"id": "0" * 64, "names": ["no"], "image": "1" * 64}])
        put(f"{state}/podman/overlay-containers/volatile-containers.json",
            [{"id": other, "names": ["tidy_agent"], "image": "2" * 64, "metadata": json.dumps({"image-name": "localhost/agent:latest"})}])
        tell(f"/giad-test/libpod-{other}.scope/container", [other, "podman", "tidy_agent", "localhost/agent:latest", None])
        third = "ab" * 32
        tell(f"/giad-test/libpod-{third}.scope", [third, "podman", None, None, "its runtime's files do not speak of it"])
        put(f"{state}/containerd/io.containerd.runtime.v2.task/k8s.io/{third[::-1]}/config.json",
            {"ociVersion": "1.1.0", "annotations": {"io.kubernetes.cri.image-name": "docker.io/library/agent:3", "io.kubernetes.cri.container-name": "coder"}})
        tell(f"/giad-test/kubepods/pod1/{third[::-1]}", [third[::-1], "containerd", "coder", "docker.io/library/agent:3", None])
        put(f"{state}/machines/agent-box", "# This is private data. Do not parse.\nNAME=agent-box\nSCOPE=machine-agent\\x2dbox.scope\nSERVICE=systemd-nspawn\n"
            "ROOT=/var/lib/machines/agent-box\nLEADER=1\nCLASS=container\n")
        tell("/giad-test/machine-agent\\x2dbox.scope/payload", ["agent-box", "systemd-nspawn", "agent-box", "/var/lib/machines/agent-box", None])
        # names that lead elsewhere, files that are none
        put(f"{state}/secret", "NAME=../secret\nROOT=/x\n")
        tell("/giad-test/machine-..\\x2fsecret.scope", [None] * 5)
        os.makedirs(f"{state}/machines/directory")
        tell("/giad-test/machine-directory.scope", ["directory", None, None, None, nothing])
        os.mkfifo(f"{state}/machines/fifo")
        tell("/giad-test/machine-fifo.scope", ["fifo", None, None, None, nothing])
        os.symlink(f"{state}/machines/agent-box", f"{state}/machines/link")
        tell("/giad-test/machine-link.scope", ["link", None, None, None, nothing])
        # what does not parse, is too large, or holds a secret
        for i, content in enumerate(("", "{", "[" * 100000, "\0" * 100, "NAME=bad", '{"ID": "' + "f" * 63 + '"}')):
            bad = f"{i:064x}"
            put(f"{state}/docker/containers/{bad}/config.v2.json", content)
            tell(f"/giad-test/docker-{bad}.scope", [bad, "docker", None, None, "its runtime's files do not speak of it"])
        huge = "cd" * 32
        put(f"{state}/docker/containers/{huge}/config.v2.json", {"ID": huge, "Name": "/huge", "X": "x" * (5 << 20)})
        tell(f"/giad-test/docker-{huge}.scope", [huge, "docker", None, None, "its runtime's files do not speak of it"])
        secret = offending(900).split("=")[1].strip()
        leaky = "ef" * 32
        put(f"{state}/docker/containers/{leaky}/config.v2.json", {"ID": leaky, "Name": f"/{secret}", "Config": {"Image": f"https://u:{secret}@registry.example/x"}})
        with control_group(f"/giad-test/docker-{leaky}.scope") as d:
            subprocess.run(["sh", "-c", f"echo $$ > '{d}/cgroup.procs'; {write(g.path('leaky.env'), 901)}"], check=True)
            e = g.wait_event("quarantined", path=g.path("leaky.env"))
        assert e["writer_container"] == leaky and e["writer_container_runtime"] == "docker", e
        with open(g.events_path, encoding="utf-8") as f:
            assert secret not in f.read()
        # a user's own control groups cannot be any container's of root
        tell(f"/user.slice/user-65533.slice/user@65533.service/docker-{ID}.scope", [ID, "docker", None, None, nothing])
        assert not g.events("scanner-died")


def test_short_lived_writers_in_containers_are_known():
    need_root()
    if not FANOTIFY:
        raise Skip("inotify does not say who wrote")
    with Giad() as g:
        g.start()
        g.wait_walked()
        at = os.path.join(g.base, "at")
        os.makedirs(at)
        inside(f"mount --bind {g.ws} {at}; i=0; while [ $i -lt 300 ]; do "
               f"sh -c 'printf %s \"{offending(1).strip()}\" > {at}/'$i.env'; sleep 0.005'; i=$((i + 1)); done")
        g.idle()
        events = g.events("quarantined")
        assert len(events) == 300, len(events)
        right = [e for e in events if e.get("container_path") == e["path"].replace(g.ws, at)]
        wrong = [e for e in events if "container_path" in e and e not in right]
        assert not wrong, wrong[:3]
        assert len(right) >= 285, (len(right), [e for e in events if e not in right][:3])
        return f"{len(right)} of 300"


def test_a_long_mount_table_is_said():
    need_root()
    if not FANOTIFY:
        raise Skip("inotify does not say who wrote")
    with Giad() as g:
        g.start()
        at = os.path.join(g.base, "a" * 200)
        os.makedirs(at)
        inside(f"i=0; while [ $i -lt 250 ]; do mount --bind {g.ws} {at}; i=$((i + 1)); done; {write(f'{at}/a.env', 1)}")
        told(g, "a.env", container_path=None, container_path_missing="its mount table is longer than is read")


def test_a_machine_of_systemd_nspawn():
    need_root()
    if not shutil.which("systemd-nspawn"):
        raise Skip("no systemd-nspawn")
    tree = tempfile.mkdtemp(prefix="giad-tree-", dir="/var/tmp")
    try:
        for name in ("usr", "etc", "proc", "sys", "dev", "run", "tmp", "work", "var"):
            os.makedirs(os.path.join(tree, name))
        for name in ("bin", "sbin", "lib", "lib64"):
            os.symlink(f"usr/{name}", os.path.join(tree, name))
        shutil.copy("/etc/os-release", os.path.join(tree, "etc/os-release"))
        with Giad(workspaces=None) as g:
            g.start()
            g.wait_walked()
            p = subprocess.run(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--machine=giad-agent", f"--directory={tree}",
                                "--bind-ro=/usr", f"--bind={g.ws}:/work", "--pipe", "/bin/sh", "-c",
                                f"mkdir /work/deep; {write('/work/deep/a.env', 1)} {write('/work/b.env', 2)}"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            if p.returncode != 0:
                raise Skip(f"systemd-nspawn does not run here: {p.stdout.strip()[-200:]}")
            seen_as(g, "deep/a.env", "/work/deep/a.env")
            e = seen_as(g, "b.env", "/work/b.env")
            if FANOTIFY:
                assert e["writer_exe"].startswith("/usr/bin/"), e
    finally:
        shutil.rmtree(tree, ignore_errors=True)


if __name__ == "__main__":
    main(sys.modules[__name__])
