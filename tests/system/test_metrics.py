#!/usr/bin/env python3
"""giactl metrics and outputs.metrics, read by Prometheus' own client library: every metric of docs/METRICS.md is there with its type,
the numbers are those of what happened, and the file is whole whenever it is read."""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import GIACTL, TOP, Giad, Skip, main, need_root, offending, wait_for  # noqa: E402,F401

sys.path.append("/usr/lib/python3/dist-packages")
try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    print("skip: python3-prometheus-client is missing")
    sys.exit(77)

POLICY = """
  - {when: {kind: secret, severity: [critical, high]}, action: quarantine}
  - {action: report}
"""
NAME = re.compile(r"^giad_[a-z]+(_[a-z]+)*$")


def families(text):
    """{family name: (type, help, {(sample name, labels): value})}, and nothing twice."""
    out = {}
    for f in text_string_to_metric_families(text):
        samples = {}
        for s in f.samples:
            key = (s.name, tuple(sorted(s.labels.items())))
            assert key not in samples, f"{key} stands twice"
            samples[key] = s.value
        assert f.name not in out, f"{f.name} stands twice"
        out[f.name] = (f.type, f.documentation, samples)
    return out


def value(fams, name, **labels):
    family = re.sub(r"_total$", "", name)
    return fams[family][2][(name, tuple(sorted(labels.items())))]


def documented():
    with open(os.path.join(TOP, "docs/METRICS.md"), encoding="utf-8") as f:
        return dict(re.findall(r"^\| `(giad_\w+)` \| (\w+) \|", f.read(), re.M))


def test_every_metric_is_there_as_documented():
    with Giad() as g:
        g.start()
        fams = families(g.ctl("metrics").stdout)
        wanted = {re.sub(r"_total$", "", name): kind for name, kind in documented().items()}
        assert {n: f[0] for n, f in fams.items()} == wanted
        for name, kind in documented().items():
            assert NAME.match(name), name
            assert name.endswith("_total") == (kind == "counter"), name
            assert kind != "histogram" or name.endswith("_seconds"), name
            assert fams[re.sub(r"_total$", "", name)][1], f"{name} has no help"
        return f"{len(wanted)} metrics, {sum(len(f[2]) for f in fams.values())} samples"


def test_the_numbers_are_those_of_what_happened():
    with Giad(policy=POLICY) as g:
        g.start().wait_walked()
        for i in range(7):
            g.wait_gone(g.write(f"{i}.env", offending(i)))
        g.write("k8s.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\n"
                "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
                "subjects: [{kind: ServiceAccount, name: default, namespace: web}]\n")
        os.mkfifo(g.path("fifo"))
        g.wait_event("finding", path=g.path("k8s.yaml"))
        wait_for(lambda: len(g.entries()) == 7)
        status = g.idle()
        m = families(g.ctl("metrics").stdout)
        kinds = {}
        for e in g.events():
            kinds[e["event"]] = kinds.get(e["event"], 0) + 1
        for (_, labels), n in m["giad_events"][2].items():
            assert n == kinds.get(dict(labels)["event"], 0), (labels, n, kinds)
        findings = [(e["severity"], e["kind"]) for e in g.events("finding")]
        for (_, labels), n in m["giad_findings"][2].items():
            labels = dict(labels)
            assert n == findings.count((labels["severity"], labels["kind"])), (labels, n)
        assert value(m, "giad_verdicts_total", action="quarantine") == 7
        assert value(m, "giad_quarantined_total") == value(m, "giad_quarantine_entries") == 7
        assert value(m, "giad_quarantine_bytes") == status["quarantine"]["bytes"] > 0
        assert value(m, "giad_register_artefacts", state="quarantined") == 7
        assert value(m, "giad_register_artefacts", state="observed") == 1
        assert value(m, "giad_not_scanned_total", reason="not-regular") == 1
        assert value(m, "giad_workspaces", backend=g.backend) == 1
        assert value(m, "giad_event_sequence") == status["seq"]
        assert value(m, "giad_scans_total") == status["pipeline"]["scans"]
        assert value(m, "giad_sink_delivered_total", sink="jsonl") == len(g.events())
        assert value(m, "giad_sink_up", sink="jsonl") == 1
        assert value(m, "giad_ready") == 1 and value(m, "giad_config_generation") == 1
        assert abs(value(m, "giad_start_time_seconds") - time.time()) < 120
        scans = m["giad_scan_duration_seconds"][2]
        assert scans[("giad_scan_duration_seconds_count", ())] == status["pipeline"]["scans"]
        assert 0 < scans[("giad_scan_duration_seconds_sum", ())] < 60
        latency = m["giad_verdict_latency_seconds"][2]
        assert latency[("giad_verdict_latency_seconds_count", ())] >= 8
        buckets = [v for (n, _), v in latency.items() if n.endswith("_bucket")]
        assert buckets == sorted(buckets), "buckets are sums"
        g.reload()
        wait_for(lambda: value(families(g.ctl("metrics").stdout), "giad_config_generation") == 2)


def with_file(g, path, enabled="yes"):
    g.write_config()
    with open(g.config, encoding="utf-8") as f:
        text = f.read()
    return text.replace("outputs:\n", f"outputs:\n  metrics: {{enabled: {enabled}, path: {path}, interval: 1s}}\n")


def test_the_file_is_whole_and_goes_with_giad():
    with Giad(policy=POLICY) as g:
        path, stop, seen = os.path.join(g.base, "giad.prom"), threading.Event(), []

        def read():
            while not stop.is_set():
                try:
                    with open(path, encoding="utf-8") as f:
                        seen.append(f.read())
                except FileNotFoundError:
                    pass
        g.write_config(with_file(g, path))
        g.start()
        reader = threading.Thread(target=read)
        reader.start()
        wait_for(lambda: seen)
        time.sleep(2.2)
        stop.set()
        reader.join()
        texts = set(seen)
        assert 2 <= len(texts) <= 6, f"{len(texts)} texts"
        for text in texts:
            assert len(families(text)) == len(documented())
        assert os.stat(path).st_mode & 0o777 == 0o644
        assert not os.path.exists(path + ".new")
        # the name is another's doing: nothing is followed, and that is told
        g.write_config(with_file(g, g.base + "/nowhere/giad.prom"))
        g.reload()
        gap = g.wait_event("gap-opened", reason="sink-down")
        assert "metrics: " in gap["detail"] and "nowhere" in gap["detail"], gap
        wait_for(lambda: not os.path.exists(path))
        g.write_config(with_file(g, path))
        g.reload()
        g.wait_event("gap-closed", reason="sink-down")
        wait_for(lambda: os.path.exists(path))
        g.write_config(with_file(g, path, enabled="no"))
        g.reload()
        wait_for(lambda: not os.path.exists(path))
        g.write_config(with_file(g, path))
        g.reload()
        wait_for(lambda: os.path.exists(path))
        g.stop()
        assert not os.path.exists(path), "stale numbers stayed"
        return f"{len(seen)} reads of {len(texts)} texts"


if __name__ == "__main__":
    main(sys.modules[__name__])
