"""What the adversary tests share: the harness of the system tests, and reading a daemon's events as they come."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import harness  # noqa: E402

LONG = os.environ.get("GIAD_SCALE", "small") == "full"


class Tail:
    """Reads each line of events.jsonl once. A line that is no JSON object of an event fails the test."""

    def __init__(self, g):
        self.path, self.at, self.all = g.events_path, 0, []

    def read(self):
        try:
            with open(self.path, "rb") as f:
                f.seek(self.at)
                data = f.read()
        except FileNotFoundError:
            return self.all
        end = data.rfind(b"\n") + 1
        self.at += end
        for line in data[:end].splitlines():
            self.all.append(json.loads(line.decode("utf-8")))
        return self.all

    def wait(self, fits, since=0, seconds=20):
        """The first event from number `since` of the list on that fits()."""
        limit = time.monotonic() + seconds
        while True:
            for e in self.read()[since:]:
                if fits(e):
                    return e
            if time.monotonic() > limit:
                last = [f"{e['event']}: {e.get('detail', '')}"[:200] for e in self.all[since:][-6:]]
                raise AssertionError(f"no such event within {seconds} s; there were: {last}")
            time.sleep(0.005)
