#!/usr/bin/env python3
"""One example of each kind of event, in each shape, holds to the schema that is shipped for it; and
the schemas are strict: an attribute too many or a required one too few is refused."""
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
    if len(events) < 40:
        print(f"{shape}: only {len(events)} examples")
        bad += 1
    print(f"{shape}: {len(events)} events")
    return bad


sys.exit(1 if sum([check(shape) for shape in ("native", "ocsf", "ecs")]) else 0)
