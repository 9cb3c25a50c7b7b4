"""Sigma rules: whether one is written as the specification (2.1) says, and whether it fires on a record. Covers what ours
use and a little more; what it does not know is an error."""
import datetime
import re
import uuid

import yaml

STATUS = {"stable", "test", "experimental", "deprecated", "unsupported"}
LEVELS = {"informational", "low", "medium", "high", "critical"}
KEYS = {  # of a rule: whether it must be there. The specification asks for three; ours have to say more.
    "title": True, "id": True, "logsource": True, "detection": True, "status": True, "description": True,
    "references": True, "author": True, "date": True, "tags": True, "falsepositives": True, "level": True, "fields": True,
    "modified": False, "related": False, "license": False,
}
TAG = re.compile(r"[a-z0-9_-]+\.[a-z0-9._-]+")
# ATT&CK v19: Defense Evasion is Stealth and Defense Impairment now, T1562 is T1685 and others
TACTICS = {"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
           "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection",
           "command-and-control", "exfiltration", "impact"}
TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?")
GONE = {"t1562", "t1562.001", "t1562.004", "defense-evasion"}


def load(path):
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


# --- whether it is one ---


def is_text(value, most=65536):
    return isinstance(value, str) and 0 < len(value.strip()) <= most


def is_texts(value):
    return isinstance(value, list) and len(value) > 0 and all(is_text(v) for v in value) and len(set(value)) == len(value)


def is_date(value):
    return isinstance(value, datetime.date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))


def is_uuid(value):
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value and uuid.UUID(value).version == 4
    except ValueError:
        return False


def tag_faults(tag):
    if not TAG.fullmatch(tag):
        yield f"tag {tag}: not namespace.word in lower case"
    space, _, word = tag.partition(".")
    if space == "attack" and (word in GONE or not (TECHNIQUE.fullmatch(word) or word in TACTICS)):
        yield f"tag {tag}: not in ATT&CK v19"


def faults(rule):
    """What is wrong with it, in words."""
    if not isinstance(rule, dict):
        return ["no map"]
    out = [f"{k} is missing" for k, must in KEYS.items() if must and k not in rule]
    out += [f"{k}: no key of a rule" for k in rule if k not in KEYS]
    if out:
        return out
    checks = {
        "title": is_text(rule["title"], 256), "id": is_uuid(rule["id"]), "status": rule["status"] in STATUS,
        "description": is_text(rule["description"]), "references": is_texts(rule["references"]),
        "author": is_text(rule["author"]), "date": is_date(rule["date"]), "level": rule["level"] in LEVELS,
        "falsepositives": is_texts(rule["falsepositives"]), "fields": is_texts(rule["fields"]), "tags": is_texts(rule["tags"]),
        "logsource": isinstance(rule["logsource"], dict) and set(rule["logsource"]) <= {"category", "product", "service", "definition"}
        and all(is_text(v) for v in rule["logsource"].values()),
        "detection": isinstance(rule["detection"], dict) and "condition" in rule["detection"],
    }
    out += [f"{k}: {rule[k]!r}" for k, good in checks.items() if not good]
    if not out:
        out += [f for tag in rule["tags"] for f in tag_faults(tag)]
        try:
            compile_rule(rule)
        except ValueError as e:
            out.append(str(e))
    return out


# --- whether it fires ---


def match_text(pattern, value, modifiers):
    """Sigma compares without regard to case; * and ? stand for anything, unless a backslash is before them."""
    out, at = "", 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\" and at + 1 < len(pattern) and pattern[at + 1] in "*?\\":
            out, at = out + re.escape(pattern[at + 1]), at + 1
        else:
            out += {"*": ".*", "?": "."}.get(c, re.escape(c))
        at += 1
    before = ".*" if {"contains", "endswith"} & modifiers else ""
    after = ".*" if {"contains", "startswith"} & modifiers else ""
    return re.fullmatch(before + out + after, value, re.DOTALL | (0 if "cased" in modifiers else re.IGNORECASE)) is not None


def compile_field(key, wanted):
    name, *modifiers = key.split("|")
    modifiers = set(modifiers)
    if modifiers - {"contains", "startswith", "endswith", "all", "cased", "exists"}:
        raise ValueError(f"{key}: modifier is not known")
    if "exists" in modifiers:
        return name, lambda record: (name in record) == wanted
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(v, (str, int)) and not isinstance(v, bool) or v is None for v in values):
        raise ValueError(f"{key}: {wanted!r}")

    def one(record, value):
        found = record.get(name)
        if value is None or found is None:
            return value is None and found is None
        return any(match_text(str(value), str(f), modifiers) for f in (found if isinstance(found, list) else [found]))

    how = all if "all" in modifiers else any
    return name, lambda record: how(one(record, v) for v in values)


def compile_search(search):
    """A map: all of its lines; a list of maps: any of them."""
    if isinstance(search, list):
        parts = [compile_search(s) for s in search]
        return set().union(*(names for names, _ in parts)), lambda record: any(p(record) for _, p in parts)
    if not isinstance(search, dict) or not search:
        raise ValueError(f"search {search!r}")
    lines = [compile_field(k, v) for k, v in search.items()]
    return {name for name, _ in lines}, lambda record: all(p(record) for _, p in lines)


class Words:
    """A condition: or, and, not, brackets, "1 of x*", "all of x*", "1 of them", the name of a search."""

    def __init__(self, condition, searches):
        self.words = re.findall(r"\(|\)|[\w*]+", condition)
        if "".join(self.words) != re.sub(r"\s", "", condition):
            raise ValueError(f"condition {condition!r}")
        self.searches, self.used, self.at = searches, set(), 0

    def next(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def take(self, word):
        if self.next() != word:
            return False
        self.at += 1
        return True

    def any(self):
        parts = [self.all()]
        while self.take("or"):
            parts.append(self.all())
        return lambda r: any(p(r) for p in parts)

    def all(self):
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return lambda r: all(p(r) for p in parts)

    def one(self):
        if self.take("not"):
            part = self.one()
            return lambda r: not part(r)
        if self.take("("):
            part = self.any()
            if not self.take(")"):
                raise ValueError("condition: a bracket is missing")
            return part
        word = self.next()
        self.at += 1
        if word in ("1", "all") and self.take("of"):
            parts = self.several()
            how = any if word == "1" else all
            return lambda r: how(p(r) for p in parts)
        if word not in self.searches:
            raise ValueError(f"condition: {word} is no search")
        self.used.add(word)
        return self.searches[word][1]

    def several(self):
        pattern = self.next()
        self.at += 1
        names = [n for n in self.searches if pattern == "them" or (pattern.endswith("*") and n.startswith(pattern[:-1]))]
        if not names:
            raise ValueError(f"condition: {pattern} is nothing")
        self.used.update(names)
        return [self.searches[n][1] for n in names]


class Rule:
    def __init__(self, names, fires):
        self.names, self.fires = names, fires  # the fields that it looks at; record → bool


def compile_rule(rule):
    searches = {k: compile_search(v) for k, v in rule["detection"].items() if k != "condition"}
    words = Words(rule["detection"]["condition"], searches)
    fires = words.any()
    if words.next() is not None:
        raise ValueError(f"condition: {words.next()} is too many")
    if set(searches) - words.used:
        raise ValueError(f"condition: {set(searches) - words.used} is not used")
    return Rule(set().union(*(names for names, _ in searches.values())), fires)
