#!/usr/bin/env python3
"""giactl scan --output=sarif: what SARIF 2.1.0 requires of the parts that we emit, and nothing that it does not know; results lead to
their rules and to their files; no secret."""
import json
import os
import subprocess
import sys
import tempfile
from urllib.parse import unquote

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is missing")
    sys.exit(77)

SRC = os.path.abspath(os.environ.get("top_srcdir", "."))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))


def exactly(required, **properties):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def many(items):
    return {"type": "array", "items": items}


# The property names, types and limits are the specification's (OASIS SARIF 2.1.0, sections 3.13 to 3.58).
TEXT = {"type": "string", "minLength": 1}
MESSAGE = exactly(["text"], text=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
REGION = exactly(["startLine"], startLine={"type": "integer", "minimum": 1}, startColumn={"type": "integer", "minimum": 1})
LOCATION = exactly(["physicalLocation"], physicalLocation=exactly(
    ["artifactLocation"], artifactLocation=exactly(["uri"], uri={"type": "string", "pattern": r"^(file:///)?[A-Za-z0-9._~%/-]+$"}), region=REGION))
RULE = exactly(["id", "shortDescription", "help"], id=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
               defaultConfiguration=exactly(["level"], level=LEVEL),
               properties=exactly(["tags", "security-severity"], tags={**many(TEXT), "uniqueItems": True},
                                  **{"security-severity": {"type": "string", "pattern": r"^\d+\.\d$"}}))
RESULT = exactly(["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "suppressions"], ruleId=TEXT,
                 ruleIndex={"type": "integer", "minimum": 0}, level=LEVEL, message=MESSAGE, locations=many(LOCATION),
                 partialFingerprints=exactly(["giadFingerprint/v1"], **{"giadFingerprint/v1": TEXT}), properties={"type": "object"},
                 suppressions=many(exactly(["kind", "status", "justification"], kind={"enum": ["inSource", "external"]},
                                           status={"enum": ["accepted", "underReview", "rejected"]}, justification=TEXT)))
NOTIFICATION = exactly(["message"], level=LEVEL, message=MESSAGE, locations=many(LOCATION))
RUN = exactly(["tool", "results"], columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]}, results=many(RESULT),
              tool=exactly(["driver"], driver=exactly(["name"], name=TEXT, fullName=TEXT, semanticVersion=TEXT, rules=many(RULE))),
              invocations=many(exactly(["executionSuccessful"], executionSuccessful={"type": "boolean"},
                                       toolExecutionNotifications=many(NOTIFICATION))))
LOG = exactly(["version", "runs"], version={"const": "2.1.0"}, runs=many(RUN), **{"$schema": TEXT})


def scan(*paths):
    p = subprocess.run([os.path.join(BUILD, "giactl"), "--output=sarif", f"--rules={SRC}/detectors/rules", "scan", *paths],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    log = json.loads(p.stdout)
    jsonschema.Draft7Validator(LOG).validate(log)
    return p.returncode, log["runs"][0]


def main():
    with tempfile.TemporaryDirectory() as tmp:
        tree = os.path.join(tmp, 'a b&"c')
        subprocess.run([os.path.join(SRC, "tests/system/write-artefacts"), tree], check=True)
        status, run = scan(tree)
        rules = run["tool"]["driver"]["rules"]
        assert status == 1 and len(run["results"]) > 10, (status, len(run["results"]))
        assert len({r["id"] for r in rules}) == len(rules), "a rule stands twice"
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"], result
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert os.path.isfile(unquote(uri.removeprefix("file://"))), uri
        with open(os.path.join(tree, ".env"), encoding="utf-8") as f:
            assert f.read().split("=", 1)[1].strip() not in json.dumps(run)
        status, run = scan(os.path.join(tree, "README.md"))
        assert status == 0 and run["results"] == [] and run["invocations"][0]["executionSuccessful"]
        p = subprocess.run([os.path.join(BUILD, "giactl"), "--output=sarif", "classify", tree], stderr=subprocess.PIPE, check=False)
        assert p.returncode == 2 and b"only scan" in p.stderr
    print("sarif: the log holds to the format")


main()
