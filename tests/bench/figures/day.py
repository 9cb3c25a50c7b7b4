"""An agent's day: it unpacks a large tree, clones a repository, goes to and fro in its history, builds a program, and writes artefacts in between."""
import base64
import collections
import glob
import gzip
import hashlib
import json
import os
import pwd
import re
import subprocess
import tarfile
import threading
import time

from .common import TOP, Control, Skip, cpu, cpu_since, run
from .rows import Row

TITLE = "An agent's day"
BACKENDS = ("inotify", "fanotify")
NEEDS = {"root", "loop"}
FULL = 3
FILES, ARTEFACTS, GAP = 20_000, 200, 0.05
TREES = ["/usr/include", "/usr/lib/node_modules", "/usr/lib/python3", "/usr/lib/python3.11", "/usr/share/perl", "/usr/share/fpcsrc", "/usr/share/doc",
         "/usr/share/vim", "/usr/share"]
OUTSIDE = {"placeholder", "identifier", "hash", "binary", "unconfirmed", "disputed"}  # as shared/tools/score.py
ROWS = [
    Row("lost", f"artefacts of which a finding is lost, of {ARTEFACTS}", "", most=0),
    Row("extra", "artefacts with a finding that an offline scan has not", "", most=0),
    Row("recall", "labelled ones found", "%", "recall_offline", "offline scan", wanted="as offline"),
    Row("precision", "of what is reported, rightly", "%", "precision_offline", "offline scan", wanted="as offline"),
    Row("share", "giad's processor time ÷ the writers'", "%", most=25),
    Row("monitor", "the monitor's", "s"),
    Row("scanners", "the scanners'", "s"),
    Row("writers", "the writers'", "s"),
    Row("wall", "the day", "s"),
    Row("last", "last write → last verdict", "s"),
    Row("files", "files in the end", ""),
    Row("scans", "scans", ""),
    Row("megabytes", "read by the scanners", "MB"),
]


def cases():
    """ARTEFACTS of the labelled ones, by the SHA-256 of their names: every run has the same."""
    out = []
    for path in sorted(glob.glob(os.path.join(TOP, "../shared/corpus/*.dev.jsonl.gz"))):
        with gzip.open(path, "rt", encoding="utf-8") as f:
            for line in f:
                case = json.loads(line)
                case["kinds"] = {"privilege", "identity", "secret"} if "check" in case else {"secret"}
                if case["label"] != "rule-negative" and not OUTSIDE & set(case.get("flags", [])):
                    out.append(case)
    out.sort(key=lambda c: hashlib.sha256(c["id"].encode()).digest())
    if not out:
        raise Skip("needs the corpora of shared/corpus, which are not here")
    return out[:ARTEFACTS]


def name_of(case):
    """As shared/tools/score.py: the last name, or three where one of them begins with a dot."""
    parts = [p for p in (case.get("eval_name") or case.get("path") or "file.txt").split("#")[0].split("/") if p not in ("", ".", "..")]
    keep = parts[-3:] if any(p.startswith(".") for p in parts[-3:]) else parts[-1:]
    return os.path.join("artefacts", case["id"], *(re.sub(r"[^A-Za-z0-9._-]", "_", p)[:80] for p in keep))


def write_case(top, case):
    path = os.path.join(top, name_of(case))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(base64.b64decode(case["content_b64"]))


def pack(path):
    """FILES small ones of this machine's packages."""
    n, seen = 0, set()
    with tarfile.open(path, "w") as tar:
        for tree in TREES:
            for top, directories, names in os.walk(tree):
                directories.sort()
                for name in sorted(names):
                    file = os.path.join(top, name)
                    if n < FILES and file not in seen and os.path.isfile(file) and not os.path.islink(file) and os.path.getsize(file) < 256 << 10:
                        seen.add(file)
                        tar.add(file, arcname=file.lstrip("/").replace("node_modules", "packages"), recursive=False)
                        n += 1
    return n


def mirror(path, user):
    """This repository with its history, for the user to clone; the revisions to go to."""
    if not os.path.exists(os.path.join(TOP, ".git")):
        return []
    run("git", "-c", "safe.directory=*", "clone", "-q", "--bare", "--single-branch", TOP, path)
    run("chown", "-R", str(user), path)
    revisions = run("git", "-c", "safe.directory=*", "-C", path, "rev-list", "--first-parent", "--reverse", "HEAD").split()
    return [revisions[i * (len(revisions) - 1) // 4] for i in (0, 2, 1, 3, 4)]


def build(project, config):
    """The C files of two folders, one after the other, as make would."""
    with open(os.path.join(project, "config.h"), "w", encoding="utf-8") as f:
        f.write(config)
    flags = subprocess.run(["pkg-config", "--cflags", "libsystemd"], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    for source in sorted(glob.glob(os.path.join(project, "common/base/*.c")) + glob.glob(os.path.join(project, "watchers/*.c"))):
        subprocess.run(["gcc", "-O2", "-g", "-std=gnu11", "-include", "config.h", "-I.", *flags, "-c", source, "-o", source[:-1] + "o"], cwd=project,
                       stderr=subprocess.DEVNULL, check=False)
    if not glob.glob(os.path.join(project, "watchers/*.o")):
        raise RuntimeError("nothing could be built")


def work(home, tar, repository, revisions, config):
    project = os.path.join(home, "project")
    subprocess.run(["tar", "xf", tar, "-C", os.path.join(home, "vendor"), "--no-same-owner"], check=True)
    if revisions:
        subprocess.run(["git", "clone", "-q", repository, project], check=True)
        for revision in revisions:
            subprocess.run(["git", "-C", project, "-c", "advice.detachedHead=false", "checkout", "-q", revision], check=True)
        build(project, config)


def agent(user, home, chosen, *what):
    """The day, as a user without privileges. Seconds it took and seconds of CPU of all its processes."""
    t, pid = time.monotonic(), os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            os.environ["HOME"] = home
            done = []
            worker = threading.Thread(target=lambda: done.append(work(home, *what)))
            worker.start()
            for case in chosen:
                write_case(home, case)
                time.sleep(GAP)
            worker.join()
            os._exit(0 if done else 1)
        finally:
            os._exit(1)
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError("the agent's day broke off")
    return time.monotonic() - t, used.ru_utime + used.ru_stime


def found_offline(g, base, chosen):
    top = os.path.join(base, "offline")
    for case in chosen:
        write_case(top, case)
    lines = g.ctl("--output=jsonl", "--no-progress", "scan", top, check=False).stdout.splitlines()
    return by_case(top, map(json.loads, lines))


def by_case(top, findings):
    out = collections.defaultdict(set)
    for f in findings:
        parts = os.path.relpath(f["path"], top).split(os.sep)
        if parts[0] == "artefacts":
            out[parts[1]].add((f["kind"], f["class"], f["rule"]))
    return out


def score(chosen, found, values, suffix=""):
    positives = right = alarms = 0
    for case in chosen:
        mine = {f for f in found[case["id"]] if f[0] in case["kinds"]}
        if "check" in case:
            mine = {f for f in mine if f[1] == case["class"]}
        positives += case["label"] == "positive"
        right += case["label"] == "positive" and bool(mine)
        alarms += case["label"] != "positive" and bool(mine)
    values["recall" + suffix] = 100 * right / max(1, positives)
    values["precision" + suffix] = 100 * right / max(1, right + alarms)


def measure(bench, backend):
    values, user, chosen = {}, pwd.getpwnam("nobody"), cases()
    with bench.file_system(inodes=400_000) as base:
        tar, repository = os.path.join(base, "tree.tar"), os.path.join(base, "repository.git")
        packed, revisions = pack(tar), mirror(repository, user.pw_uid)
        with open(os.path.join(os.path.dirname(os.path.dirname(bench.built)), "config.h"), encoding="utf-8") as f:
            config = f.read()
        with bench.giad(base, backend) as g:
            control, home = Control(g), g.path("agent")
            for d in (home, os.path.join(home, "vendor")):
                os.mkdir(d)
                os.chown(d, user.pw_uid, user.pw_gid)
            before = cpu(g)
            values["wall"], values["writers"] = agent(user, home, chosen, tar, repository, revisions, config)
            done = time.monotonic()
            last, s = control.until_quiet(3)
            values["monitor"], values["scanners"] = cpu_since(g, before)
            values.update(last=max(0.0, last - done), scans=s["pipeline"]["scans"], megabytes=s["pipeline"]["bytes"] / 1e6,
                          share=100 * (values["monitor"] + values["scanners"]) / values["writers"])
            values["files"] = sum(len(names) for _, _, names in os.walk(g.ws))
            offline, online = found_offline(g, base, chosen), by_case(home, g.events("finding"))
        values["lost"] = sum(bool(offline[c["id"]] - online[c["id"]]) for c in chosen)
        values["extra"] = sum(bool(online[c["id"]] - offline[c["id"]]) for c in chosen)
        score(chosen, online, values)
        score(chosen, offline, values, "_offline")
    differ = [f"{backend}: {c['id']}: offline only {sorted(offline[c['id']] - online[c['id']])}, giad only {sorted(online[c['id']] - offline[c['id']])}"
              for c in chosen if offline[c["id"]] != online[c["id"]]]
    return {"values": values, "raw": {"packed": packed, "revisions": len(revisions), "differ": differ}}
