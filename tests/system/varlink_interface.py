"""Reads an interface definition in varlink's language and says what is wrong in a reply. Knows of it what varlink.org lays down, and
nothing of giad. Standard library only."""
import json
import re
import socket

TOKEN = re.compile(r"\s+|#[^\n]*|->|\[\]|\[string\]|[A-Za-z][A-Za-z0-9_.-]*|[():,?]")
FIELD = re.compile(r"^[A-Za-z](_?[A-Za-z0-9])*$")
NAME = re.compile(r"^[A-Z][A-Za-z0-9]*$")
BASIC = {"bool", "int", "float", "string", "object"}


class Interface:
    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError(f"no varlink: {text[at:at + 40]!r}")
            at = m.end()
            if not m[0].isspace() and not m[0].startswith("#"):
                self.tokens.append(m[0])
        self.types, self.methods, self.errors = {}, {}, {}
        self.take("interface")
        self.name = self.take()
        while self.tokens:
            word, name = self.take(), self.take()
            if not NAME.match(name) or name in {**self.types, **self.methods, **self.errors}:
                raise ValueError(f"{name} is no name, or stands twice")
            if word == "method":
                self.methods[name] = (self.struct(), self.take("->") and self.struct())
            else:
                {"type": self.types, "error": self.errors}[word][name] = self.struct()
        for struct in [*self.types.values(), *self.errors.values(), *(s for m in self.methods.values() for s in m)]:
            for kind in struct.values():
                base = re.sub(r"^\??(\[\]|\[string\])?", "", kind)
                if base not in BASIC and base not in self.types:
                    raise ValueError(f"no type {base}")

    def take(self, wanted=None):
        token = self.tokens.pop(0)
        if wanted and token != wanted:
            raise ValueError(f"{token} where {wanted} should stand")
        return token

    def struct(self):
        members = {}
        self.take("(")
        while self.tokens[0] != ")":
            name = self.take()
            if not FIELD.match(name) or name in members:
                raise ValueError(f"{name} is no member, or stands twice")
            self.take(":")
            kind = ""
            while self.tokens[0] in ("?", "[]", "[string]"):
                kind += self.take()
            members[name] = kind + self.take()
            if self.tokens[0] != ")":
                self.take(",")
        self.take(")")
        return members

    def wrong(self, kind, value, where):
        if kind.startswith("?"):
            if value is None:
                return None
            kind = kind[1:]
        for prefix, container in (("[]", list), ("[string]", dict)):
            if kind.startswith(prefix):
                if not isinstance(value, container):
                    return f"{where} is no {kind}"
                items = value.items() if container is dict else enumerate(value)
                return next((w for k, v in items if (w := self.wrong(kind[len(prefix):], v, f"{where}.{k}"))), None)
        if kind in self.types:
            return self.wrong_in(self.types[kind], value, where)
        right = {"bool": lambda: isinstance(value, bool), "string": lambda: isinstance(value, str), "object": lambda: isinstance(value, dict),
                 "int": lambda: isinstance(value, int) and not isinstance(value, bool),
                 "float": lambda: isinstance(value, (int, float)) and not isinstance(value, bool)}[kind]()
        return None if right else f"{where} is no {kind}: {value!r}"

    def wrong_in(self, struct, value, where):
        if not isinstance(value, dict):
            return f"{where} is no object"
        unknown = set(value) - set(struct)
        if unknown:
            return f"{where} has {sorted(unknown)}, which the interface has not"
        return next((w for name, kind in struct.items() if (w := self.wrong(kind, value.get(name), f"{where}.{name}"))), None)

    def wrong_in_reply(self, method, parameters):
        """None, or what is wrong in the parameters of a reply."""
        return self.wrong_in(self.methods[method][1], parameters, method)

    def wrong_in_error(self, error, parameters):
        return self.wrong_in(self.errors[error], parameters, error)


def of_service(path, name):
    """The interface as the service at this socket tells it."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(path)
        s.sendall(json.dumps({"method": "org.varlink.service.GetInterfaceDescription", "parameters": {"interface": name}}).encode() + b"\0")
        data = b""
        while not data.endswith(b"\0"):
            more = s.recv(65536)
            if not more:
                raise AssertionError("closed")
            data += more
    return Interface(json.loads(data[:-1])["parameters"]["description"])
