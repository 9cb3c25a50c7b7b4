"""Fluent Bit's classic configuration, as far as ours goes: sections of a plugin, their keys, and what the systemd input and the
grep and record_modifier filters do to a record. A key or plugin that is not known is an error."""
import re

KEYS = {
    ("SERVICE", None): {"flush", "log_level"},
    ("INPUT", "systemd"): {"tag", "systemd_filter", "systemd_filter_type", "read_from_tail", "strip_underscores", "lowercase", "db"},
    ("FILTER", "grep"): {"match", "logical_op", "regex", "exclude"},
    ("FILTER", "record_modifier"): {"match", "remove_key"},
    ("OUTPUT", "forward"): {"match", "host", "port", "require_ack_response", "retry_limit", "tls", "tls.verify", "tls.ca_file",
                            "tls.crt_file", "tls.key_file"},
}


class Section:
    def __init__(self, kind):
        self.kind, self.keys = kind, []

    def all(self, key):
        return [v for k, v in self.keys if k == key]

    def one(self, key, default=None):
        values = self.all(key)
        if len(values) > 1:
            raise ValueError(f"[{self.kind}] {key}: more than once")
        return values[0] if values else default

    def is_on(self, key, default):
        word = self.one(key, default).lower()
        if word not in ("on", "off", "true", "false"):
            raise ValueError(f"[{self.kind}] {key}: {word}")
        return word in ("on", "true")


def parse(text):
    sections = []
    for n, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        head = re.fullmatch(r"\[([A-Z_]+)\]", line)
        if head:
            sections.append(Section(head.group(1)))
            continue
        pair = re.fullmatch(r"([A-Za-z_.]+)\s+(.+)", line)
        if not pair or not sections:
            raise ValueError(f"line {n}: {line}")
        sections[-1].keys.append((pair.group(1).lower(), pair.group(2)))
    for s in sections:
        plugin = s.one("name")
        if (s.kind, plugin) not in KEYS:
            raise ValueError(f"[{s.kind}] {plugin}: not known")
        unknown = {k for k, _ in s.keys} - KEYS[s.kind, plugin] - {"name"}
        if unknown:
            raise ValueError(f"[{s.kind}] {plugin}: {unknown}")
    return sections


def journal_lets_in(section, entry):
    """As journald matches: alternatives for one field, and (with And) all of the fields."""
    fields = {}
    for match in section.all("systemd_filter"):
        name, _, value = match.partition("=")
        fields.setdefault(name, set()).add(value)
    how = {"and": all, "or": any}[section.one("systemd_filter_type", "Or").lower()]
    return how(entry.get(name) in values for name, values in fields.items())


def as_record(section, entry):
    record = {k: v for k, v in entry.items() if not k.startswith("__")}
    if section.is_on("strip_underscores", "Off"):
        record = {k.lstrip("_"): v for k, v in record.items()}
    if section.is_on("lowercase", "Off"):
        record = {k.lower(): v for k, v in record.items()}
    return record


def grep(section, record):
    if section.one("logical_op", "legacy").lower() not in ("and", "legacy") or section.all("exclude"):
        raise ValueError("grep: not known")
    for rule in section.all("regex"):
        key, pattern = rule.split(None, 1)
        if not re.search(pattern, str(record.get(key, ""))) or key not in record:
            return None
    return record


def run(sections, entry):
    """The record that is sent for a journal entry, or None."""
    (source,) = [s for s in sections if s.kind == "INPUT"]
    if not journal_lets_in(source, entry):
        return None
    record = as_record(source, entry)
    for s in sections:
        if s.kind != "FILTER" or s.one("match") != source.one("tag"):
            continue
        if s.one("name") == "grep":
            record = grep(s, record)
            if record is None:
                return None
        else:
            record = {k: v for k, v in record.items() if k not in s.all("remove_key")}
    if not any(s.kind == "OUTPUT" and s.one("match") == source.one("tag") for s in sections):
        raise ValueError("nothing is sent")
    return record
