#!/usr/bin/env python3
"""Examples of each kind of event, in each shape, hold to the schema that is shipped for it; the
schemas are strict: an attribute too many or a required one too few is refused. What OCSF calls the
fate of a file is what giad means by it."""
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is missing")
    sys.exit(77)

SRC = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")


def examples(shape):
    out = subprocess.run([os.path.join(BUILD, "tools/generate"), "samples", shape],
                         check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    return [json.loads(line) for line in out.splitlines()]


def check(shape):
    with open(os.path.join(SRC, f"etc/schema/event-{shape}.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    bad = 0
    events = examples(shape)
    for event in events:
        for error in validator.iter_errors(event):
            print(f"{shape}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
            bad += 1
        if validator.is_valid({**event, "surprise": 1}):
            print(f"{shape}: an unknown attribute passes")
            bad += 1
        for name in schema["required"]:
            if validator.is_valid({k: v for k, v in event.items() if k != name}):
                print(f"{shape}: {name} is not required")
                bad += 1
    if len(events) < 100:
        print(f"{shape}: only {len(events)} examples")
        bad += 1
    print(f"{shape}: {len(events)} events")
    return bad


# what became of the file, as OCSF 1.8 counts it (profile security_control)
DISPOSITIONS = {
    "finding": 15,  # Detected
    "verdict": 19,  # Alert
    "verdict/report": 17,  # Logged: nothing was done
    "finding/suppressed": 10,  # Exonerated
    "quarantined": 3,
    "released": 9,  # Restored
    "approved": 8,
    "rejected": 2,  # Blocked
    "revoked": 17,
    "approval-expired": 17,
    "orphaned": 15,
    "rolled-back": 11,  # Corrected
    "purged": 5,  # Deleted
    "response-failed": 27,  # Error
    "access-denied": 2,
    "open-denied": 2,
}


def check_dispositions():
    """Both classes are used; each kind has the disposition that the table says, and no other kind has any."""
    bad, seen, classes = 0, set(), set()
    for native, ocsf in zip(examples("native"), examples("ocsf")):
        kind, action = native["event"], native.get("action", "")
        key = f"{kind}/{action}" if f"{kind}/{action}" in DISPOSITIONS else kind
        got, want = ocsf.get("disposition_id"), DISPOSITIONS.get(key)
        seen.add(key)
        classes.add(ocsf["class_uid"])
        if got != want:
            print(f"ocsf: {key}: disposition {got}, not {want}")
            bad += 1
        if want and ocsf["class_uid"] != (2006 if native.get("kind") == "secret" else 2004):
            print(f"ocsf: {key}: class {ocsf['class_uid']}")
            bad += 1
    for key in sorted(set(DISPOSITIONS) - seen):
        print(f"ocsf: there is no example of {key}")
        bad += 1
    if classes != {0, 2004, 2006}:
        print(f"ocsf: classes {classes}")
        bad += 1
    return bad


sys.exit(1 if check_dispositions() + sum([check(shape) for shape in ("native", "ocsf", "ecs")]) else 0)
