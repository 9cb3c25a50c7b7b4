"""Ways to spoil a YAML text: each yields (what was done, bytes or a function that makes a path, words the answer must hold or None)."""
import os
import re
import socket


def lines_with_keys(text):
    """(number, indentation, key, rest) of each line that sets a key."""
    for i, line in enumerate(text.split("\n")):
        m = re.match(r"^(\s*(?:- )?)([a-z][a-z_-]*):(.*)$", line)
        if m:
            yield i, m.group(1), m.group(2), m.group(3)


def replaced(text, number, line):
    lines = text.split("\n")
    lines[number] = line
    return "\n".join(lines).encode()


def misspell(rng, word):
    i = rng.randrange(len(word))
    kind = rng.randrange(3)
    if kind == 0 and len(word) > 2:
        return word[:i] + word[i + 1:]
    if kind == 1 and i + 1 < len(word) and word[i] != word[i + 1]:
        return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    return word[:i] + "q" + word[i:]


def keys(text, rng):
    """Each key misspelt, given twice, and with values of other types."""
    for i, before, key, rest in lines_with_keys(text):
        plain = before.replace("-", " ")
        value = rest.strip()
        yield f"{key} misspelt", replaced(text, i, f"{before}{misspell(rng, key)}:{rest}"), None
        yield f"unknown key before {key}", replaced(text, i, f"{before}zzz-unknown: 1\n{plain}{key}:{rest}"), None
        if value and value[0] not in "|>":
            yield f"{key} given twice", replaced(text, i, f"{before}{key}:{rest}\n{plain}{key}:{rest}"), None
            for what, bad in (("a mapping", "{surprise: {deep: [1]}}"), ("a list of lists", "[[[]]]"), ("empty", ""), ("null", "~"),
                              ("a tag", "!!python/object:os.system x"), ("an alias of nothing", "*nowhere"), ("NUL", '"a\\0b"'),
                              ("a control character", '"\\e[2J\\x07"'), ("an open quote", '"open'), ("an open bracket", "[open")):
                yield f"{key} is {what}", replaced(text, i, f"{before}{key}: {bad}"), None
        yield f"tab before {key}", replaced(text, i, f"\t{before}{key}:{rest}"), None
        yield f"{key} without a colon", replaced(text, i, f"{before}{key}{rest}"), None
        yield f"{key} indented oddly", replaced(text, i, f"   {before}{key}:{rest}"), None


def whole(text, rng):
    """The file as a whole: encodings, sizes, kinds of file."""
    data = text.encode()
    for i in range(12):
        n = rng.randrange(20, len(data) - 1)
        yield f"cut at byte {n}", data[:n], None
    for i in range(6):
        n = rng.randrange(len(data))
        yield f"NUL at byte {n}", data[:n] + b"\0" + data[n:], None
        yield f"invalid UTF-8 at byte {n}", data[:n] + b"\xc3\x28\xff" + data[n:], None
        yield f"escape at byte {n}", data[:n] + b"\x1b[31m" + data[n:], None
    yield "UTF-16 cut in half", text.encode("utf-16")[:-1], None
    yield "CP1252", data + "# caf\u00e9\n".encode("cp1252"), None
    yield "two documents", data + b"---\nx: 1\n", None
    yield "a list", b"- a\n- b\n", None
    yield "a scalar", b"just words\n", None
    yield "an anchor that holds itself", data + b"zzz: &a [*a, *a]\n", None
    yield "a mapping that is its own key", b"&a {*a : 1}\n", None
    laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
    yield "a billion laughs", laughs.encode(), None
    yield "nested flow lists", data + b"zzz: " + b"[" * 20000 + b"]" * 20000 + b"\n", None
    yield "nested flow lists, open", b"zzz: " + b"[" * 100000, None
    yield "nested mappings", b"{a: " * 20000, None
    yield "nested block lists", b"- " * 20000 + b"x\n", None
    yield "nested blocks", b"".join(b" " * i + b"a:\n" for i in range(1000)) + b" " * 1000 + b"x: [\n", None
    yield "a huge scalar", data + b"zzz: " + b"x" * (9 << 20) + b"\n", None
    yield "a huge key", data + b"k" * 500000 + b": 1\n", None
    yield "many keys", data + b"".join(b"k%d: 1\n" % i for i in range(50000)), None
    yield "a directive", b"%YAML 9.9\n---\n" + data, None
    yield "random bytes", rng.randbytes(5000), None
    yield "random printable bytes", bytes(rng.randrange(32, 127) for _ in range(3000)), None

    def directory(path):
        os.mkdir(path)

    def fifo(path):
        os.mkfifo(path)

    def unix_socket(path):
        here = os.getcwd()
        os.chdir(os.path.dirname(path))
        s = socket.socket(socket.AF_UNIX)
        s.bind(os.path.basename(path))
        s.close()
        os.chdir(here)

    def loop(path):
        os.symlink(os.path.basename(path), path)

    def dangling(path):
        os.symlink("/nonexistent/file", path)

    def device(path):
        os.symlink("/dev/zero", path)

    for fn in (directory, fifo, unix_socket, loop, dangling, device):
        yield fn.__name__, fn, None


def noise(text, rng):
    """For ever: a few random changes of characters that matter in YAML, and of lines."""
    marks = "{}[]:,&*#?|-<>=!%@\\\"'`\t\n 0"
    while True:
        kind = rng.randrange(4)
        chars = list(text)
        if kind < 2:
            for _ in range(rng.randrange(1, 4)):
                i = rng.randrange(len(chars))
                if kind:
                    chars[i] = rng.choice(marks)
                else:
                    chars.insert(i, rng.choice(marks))
            yield "random characters", "".join(chars).encode(), None
        elif kind == 2:
            lines = text.split("\n")
            i = rng.randrange(len(lines))
            del lines[i:i + rng.randrange(1, 4)]
            j = rng.randrange(len(lines))
            lines.insert(j, lines[rng.randrange(len(lines))])
            yield "lines deleted and repeated", "\n".join(lines).encode(), None
        else:
            data = bytearray(text.encode())
            for _ in range(rng.randrange(1, 6)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            yield "flipped bits", bytes(data), None
