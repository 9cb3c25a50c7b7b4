"""What the register says of an artefact: its versions, what each added, who wrote it, what was decided."""
import json
import sys
import time

import harness
from harness import Giad, wait_for

REPORT = "\n  - {action: report}\n"

ROLE = """resource "aws_iam_role_policy" "ci" {
  policy = jsonencode({Statement = [{Effect = "Allow", Action = %s, Resource = "*"}]})
}
"""


def show(g, what):
    """What is known of it, or None."""
    p = g.ctl("--output=json", "show", what, check=False)
    return json.loads(p.stdout) if p.returncode == 0 else None


def versions(g, path, n, last=None):
    """The artefact, once it has n versions, and the last one has that number."""
    def there():
        a = show(g, path)
        return a and len(a["versions"]) == n and (last is None or a["versions"][-1]["version"] == last) and a

    return wait_for(there)


def texts(list_):
    return [a["kind"] + " " + a["text"] for a in list_]


def test_a_version_says_what_it_adds():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '["s3:GetObject", "s3:ListBucket"]')
        first = versions(g, path, 1)
        assert texts(first["versions"][0]["adds"]) == ["grant aws_iam_role_policy.ci: s3:GetObject on *",
                                                      "grant aws_iam_role_policy.ci: s3:ListBucket on *"], first
        g.write("main.tf", ROLE % '["s3:GetObject", "iam:PassRole"]')
        a = versions(g, path, 2)
        assert a["id"] == first["id"] and a["state"] == "observed", a
        old, new = a["versions"]
        assert old["state"] == "superseded" and new["state"] == "observed", a
        assert texts(new["adds"]) == ["grant aws_iam_role_policy.ci: iam:PassRole on *"], new
        assert texts(new["drops"]) == ["grant aws_iam_role_policy.ci: s3:ListBucket on *"], new
        assert old["sha256"] != new["sha256"] == a["sha256"], a
        assert [h["by"] for h in a["history"]] == ["giad", "giad"] and [h["version"] for h in a["history"]] == [1, 2], a
        text = g.ctl("show", path).stdout
        assert "+ grant" in text and "iam:PassRole on *" in text and "- grant" in text, text
        assert g.ctl("show", a["id"]).stdout == text


def test_what_is_unchanged_is_no_new_version():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        path = g.write("main.tf", ROLE % '"s3:GetObject"')
        versions(g, path, 1)
        time.sleep(0.1)
        g.write("main.tf", ROLE % '"s3:GetObject"')
        g.idle()
        a = versions(g, path, 1)
        assert a["versions"][0]["last_seen"] > a["versions"][0]["first_seen"], a


def test_only_so_many_versions_are_kept():
    with Giad(policy=REPORT, extra="limits: {versions_kept: 3}\n") as g:
        g.start().wait_walked()
        for i in range(6):
            path = g.write("main.tf", ROLE % f'"s3:Get{i}"')
            a = versions(g, path, min(i + 1, 3), i + 1)
        assert [v["version"] for v in a["versions"]] == [4, 5, 6], a
        assert len(a["history"]) == 6, a["history"]


def test_a_release_is_in_the_history_with_who_and_why():
    with Giad() as g:
        g.start().wait_walked()
        path = g.write("token.env", harness.offending(3))
        g.wait_gone(path)
        a = wait_for(lambda: show(g, path))
        assert a["state"] == "quarantined" and a["history"][0]["state"] == "quarantined" and a["history"][0]["reason"], a
        assert any(t.startswith("secret ") for t in texts(a["versions"][0]["assertions"])), a
        entry = wait_for(g.entries)[0]
        wait_for(lambda: g.ctl("quarantine", "release", entry["id"], "--reason=a test needs it", check=False).returncode == 0)
        a = wait_for(lambda: (lambda a: a["state"] in ("released", "approved") and a)(show(g, path)))
        last = [h for h in a["history"] if h["state"] == "released"][-1]
        assert last["by"] == "root" and last["uid"] == 0 and last["reason"] == "a test needs it", a["history"]


def test_what_is_not_known_is_said():
    with Giad(policy=REPORT) as g:
        g.start().wait_walked()
        p = g.ctl("show", "nothing.tf", check=False)
        assert p.returncode == 2 and "no artefact" in p.stderr, p
        p = g.ctl("show", check=False)
        assert p.returncode == 2, p


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
