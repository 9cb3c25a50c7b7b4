"""Runs an Elasticsearch ingest pipeline, as far as ours goes: the processors drop, remove, rename, set, convert, gsub, trim,
split and append with the options that it uses, and conditions of comparisons, `.contains`, `&&`, `||`, `!` and brackets.
What it does not know is an error, so a pipeline that asks for more is noticed. Also: how Filebeat names a journal entry."""
import copy
import re


class Refused(Exception):
    """What a processor of Elasticsearch would fail with, or what this one does not know."""


class Dropped(Exception):
    pass


MISSING = object()

# --- fields ---


def get(doc, path):
    for name in path.split("."):
        if not isinstance(doc, dict) or name not in doc:
            return MISSING
        doc = doc[name]
    return doc


def put(doc, path, value):
    *above, name = path.split(".")
    for step in above:
        doc = doc.setdefault(step, {})
        if not isinstance(doc, dict):
            raise Refused(f"{path}: {step} is no object")
    doc[name] = value


def cut(doc, path):
    *above, name = path.split(".")
    for step in above:
        doc = doc[step]
    del doc[name]


# --- conditions ---

TOKEN = re.compile(r"\s*(?:(?P<ctx>ctx(?:\??\.[a-z0-9_@]+)+)|(?P<text>'[^']*')|(?P<number>\d+)|(?P<null>null)"
                   r"|(?P<op>==|!=|&&|\|\||!|\(|\)|\[|\]|,|\.contains))")


def tokens(text):
    at, out = 0, []
    while at < len(text.rstrip()):
        m = TOKEN.match(text, at)
        if not m:
            raise Refused(f"condition {text!r}: not known: {text[at:]!r}")
        out.append((m.lastgroup, m.group(m.lastgroup)))
        at = m.end()
    return out


class Condition:
    """Recursive descent: or, and, not, comparison, value."""

    def __init__(self, text):
        self.text, self.tokens, self.at = text, tokens(text), 0
        self.tree = self.any()
        if self.at != len(self.tokens):
            raise Refused(f"condition {text!r}: {self.tokens[self.at]}")

    def take(self, *wanted):
        if self.at < len(self.tokens) and self.tokens[self.at][1] in wanted and self.tokens[self.at][0] == "op":
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def need(self, wanted):
        if not self.take(wanted):
            raise Refused(f"condition {self.text!r}: {wanted} is missing")

    def any(self):
        parts = [self.all()]
        while self.take("||"):
            parts.append(self.all())
        return lambda doc: any(p(doc) for p in parts)

    def all(self):
        parts = [self.comparison()]
        while self.take("&&"):
            parts.append(self.comparison())
        return lambda doc: all(p(doc) for p in parts)

    def comparison(self):
        if self.take("!"):
            part = self.comparison()
            return lambda doc: not part(doc)
        if self.take("("):
            part = self.any()
            self.need(")")
            return part
        left = self.value()
        if self.take(".contains"):
            self.need("(")
            right = self.value()
            self.need(")")
            return lambda doc: right(doc) in left(doc)
        op = self.take("==", "!=")
        if not op:
            raise Refused(f"condition {self.text!r}: not a comparison")
        right = self.value()
        # as Painless has it: a number is no text
        same = lambda doc: type(left(doc)) is type(right(doc)) and left(doc) == right(doc)  # noqa: E731
        return same if op == "==" else lambda doc: not same(doc)

    def value(self):
        if self.take("["):
            parts = [self.value()]
            while self.take(","):
                parts.append(self.value())
            self.need("]")
            return lambda doc: [p(doc) for p in parts]
        if self.at >= len(self.tokens):
            raise Refused(f"condition {self.text!r} ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "ctx":
            return lambda doc: self.field(doc, text)
        constant = {"text": text[1:-1], "number": int(text) if kind == "number" else 0, "null": None}
        if kind not in constant:
            raise Refused(f"condition {self.text!r}: {text}")
        return lambda doc: constant[kind]

    def field(self, doc, text):
        """ctx.a?.b: what is absent is null, and null has fields only behind `?.`."""
        value = doc
        for step in re.findall(r"\??\.[a-z0-9_@]+", text):
            if value is None and not step.startswith("?"):
                raise Refused(f"condition {self.text!r}: null has no {step}")
            value = value.get(step.lstrip("?.")) if isinstance(value, dict) else None
        return value


# --- processors ---


def template(value, doc):
    def look(m):
        found = get(doc, m.group(1))
        return "" if found is MISSING else str(found)
    if isinstance(value, list):
        return [template(v, doc) for v in value]
    return re.sub(r"\{\{\{([\w.@]+)\}\}\}", look, value) if isinstance(value, str) else copy.deepcopy(value)


def needed(doc, options, key="field"):
    """The field's value, or MISSING where that is no error."""
    value = get(doc, options[key])
    if value is MISSING and not options.get("ignore_missing"):
        raise Refused(f"field {options[key]} is not present")
    return value


def text_of(doc, options):
    value = needed(doc, options)
    if value is not MISSING and not isinstance(value, str):
        raise Refused(f"field {options['field']} is no string")
    return value


def do_drop(doc, options):
    raise Dropped()


def do_remove(doc, options):
    fields = options["field"] if isinstance(options["field"], list) else [options["field"]]
    for field in fields:
        if needed(doc, {**options, "field": field}) is not MISSING:
            cut(doc, field)


def do_rename(doc, options):
    value = needed(doc, options)
    if value is MISSING:
        return
    if get(doc, options["target_field"]) is not MISSING:
        raise Refused(f"field {options['target_field']} already exists")
    put(doc, options["target_field"], value)
    cut(doc, options["field"])


def do_set(doc, options):
    if "copy_from" in options:
        value = get(doc, options["copy_from"])
        if value is MISSING:
            raise Refused(f"field {options['copy_from']} is not present")
        put(doc, options["field"], copy.deepcopy(value))
    else:
        put(doc, options["field"], template(options["value"], doc))


def do_convert(doc, options):
    value = needed(doc, options)
    if value is MISSING:
        return
    if options["type"] != "long" or not re.fullmatch(r"-?\d+", str(value)) or abs(int(value)) >= 2**63:
        raise Refused(f"unable to convert [{value}] to {options['type']}")
    put(doc, options["field"], int(value))


def do_gsub(doc, options):
    value = text_of(doc, options)
    if value is not MISSING:
        # Java's $1 is Python's \g<1>; the patterns are common to both
        with_ = re.sub(r"\$(\d)", r"\\g<\1>", options["replacement"].replace("\\", "\\\\"))
        put(doc, options.get("target_field", options["field"]), re.sub(options["pattern"], with_, value))


def do_trim(doc, options):
    value = text_of(doc, options)
    if value is not MISSING:
        put(doc, options["field"], value.strip())


def do_split(doc, options):
    value = text_of(doc, options)
    if value is not MISSING:
        put(doc, options["field"], re.split(options["separator"], value))


def do_append(doc, options):
    value = get(doc, options["field"])
    there = [] if value is MISSING else value if isinstance(value, list) else [value]
    put(doc, options["field"], there + template(options["value"], doc))


PROCESSORS = {  # with the options that each may have
    "drop": (do_drop, set()),
    "remove": (do_remove, {"field", "ignore_missing"}),
    "rename": (do_rename, {"field", "target_field", "ignore_missing"}),
    "set": (do_set, {"field", "value", "copy_from"}),
    "convert": (do_convert, {"field", "type", "ignore_missing"}),
    "gsub": (do_gsub, {"field", "pattern", "replacement", "target_field", "ignore_missing"}),
    "trim": (do_trim, {"field", "ignore_missing"}),
    "split": (do_split, {"field", "separator", "ignore_missing"}),
    "append": (do_append, {"field", "value"}),
}


class Pipeline:
    def __init__(self, description):
        unknown = set(description) - {"description", "processors", "on_failure"}
        if unknown:
            raise Refused(f"not known: {unknown}")
        self.steps = [self.compile(p) for p in description["processors"]]
        for p in description["on_failure"]:
            self.compile(p)

    @staticmethod
    def compile(processor):
        (name, options), = processor.items()
        if name not in PROCESSORS:
            raise Refused(f"processor {name} is not known")
        run, allowed = PROCESSORS[name]
        if set(options) - allowed - {"if"}:
            raise Refused(f"{name}: not known: {set(options) - allowed}")
        condition = Condition(options["if"]).tree if "if" in options else lambda doc: True
        return condition, run, options

    def run(self, doc):
        """What is indexed, or None: the document was dropped."""
        doc = copy.deepcopy(doc)
        try:
            for condition, run, options in self.steps:
                if condition(doc):
                    run(doc, options)
        except Dropped:
            return None
        return doc


# --- Filebeat ---

# Filebeat's journald input: what it knows goes to fields of their own (these are the ones that matter here), numbers as
# numbers; all else to journald.custom, in lower case, without leading underscores.
KNOWN = {
    "MESSAGE": ("message", str),
    "_HOSTNAME": ("host.hostname", str),
    "_MACHINE_ID": ("host.id", str),
    "_UID": ("journald.uid", int),
    "_GID": ("journald.gid", int),
    "_PID": ("journald.pid", int),
    "_SYSTEMD_UNIT": ("systemd.unit", str),
    "_TRANSPORT": ("systemd.transport", str),
    "PRIORITY": ("log.syslog.priority", int),
    "SYSLOG_IDENTIFIER": ("log.syslog.appname", str),
    "_EXE": ("process.executable", str),
    "_COMM": ("process.name", str),
    "_CMDLINE": ("process.command_line", str),
    # of another process, and in its place
    "OBJECT_EXE": ("process.executable", str),
    "OBJECT_COMM": ("process.name", str),
    "OBJECT_CMDLINE": ("process.command_line", str),
    "OBJECT_AUDIT_LOGINUID": ("user.id", str),
}
# what Filebeat itself adds, which no event of ours has
FILEBEAT_OWN = {"agent", "input", "journald", "log", "systemd"}


def from_journal(entry, known_message_id=False):
    """An entry of `journalctl -o json --all` as Filebeat would send it. Its versions differ in what they know."""
    doc = {"@timestamp": "1970-01-01T00:00:00.000Z", "event": {"created": "1970-01-01T00:00:00.000Z", "kind": "event"},
           "agent": {"type": "filebeat"}, "input": {"type": "journald"}}
    known = {**KNOWN, **({"MESSAGE_ID": ("message_id", str)} if known_message_id else {})}
    for name, value in entry.items():
        if name.startswith("__"):
            continue
        if name in known:
            path, kind = known[name]
            put(doc, path, kind(value) if isinstance(value, str) else value)
        else:
            put(doc, f"journald.custom.{name.lstrip('_').lower()}", value)
    host = get(doc, "host.hostname")
    put(doc, "host.name", "" if host is MISSING else host)
    return doc


def without_filebeat(doc):
    """What is left for the ECS schema."""
    doc = {k: v for k, v in doc.items() if k not in FILEBEAT_OWN}
    doc["host"] = {k: v for k, v in doc["host"].items() if k in ("hostname", "name")}
    return doc
