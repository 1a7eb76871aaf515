"""Worst-case texts for each operation on texts."""

import base64
import json
import random
import unicodedata
from collections.abc import Callable

KB = 1024

Make = Callable[[int], str]


def filled(piece: str, size: int) -> str:
    """Return `piece`, repeated up to `size` bytes of UTF-8."""
    return piece * max(1, size // len(piece.encode("utf-8", "surrogatepass")))


def _marks(size: int) -> str:
    """Return combining marks, each of which must be sorted before all earlier ones."""
    half = size // 4
    return "word a" + "\u0315" * (half - 4) + "\u0334" * (half - 4)


def _longest_runs(size: int) -> str:
    """Return combining sequences of the maximum length, each in the slowest order."""
    marks = [mark for mark in map(chr, range(0x300, 0x800)) if unicodedata.combining(mark)]
    marks.sort(key=unicodedata.combining, reverse=True)
    return filled("a" + "".join(marks[:: len(marks) // 30][:30]), size)


def _distinct(size: int) -> str:
    """Return distinct characters, which no cache contains."""
    odd = [character for character in map(chr, range(0xA0, 0x3000)) if character.isprintable()]
    return ("".join(odd) + "".join(map(chr, range(0x20000, 0x28000))))[: size // 4]


def _words(size: int) -> str:
    """Return as many different words as fit."""
    picked = random.Random(1)
    return " ".join("".join(picked.choices("abcdefgh", k=4)) for _ in range(size // 5))


TEXTS: dict[str, Make] = {
    "marks": _marks,
    "longest runs": _longest_runs,
    "marks from compatibility": lambda size: "\u0f73" * (size // 6) + "\uff9e" * (size // 6),
    "composed": lambda size: filled("が", size - 3) + "a\u0301",
    "composable kana": lambda size: filled("か\u3099", size),
    "composable with unseen": lambda size: filled("か" + "\u00ad" * 8 + "\u3099", size),
    "unit": lambda size: "\u3099" + filled("\u00ad", size - 3),
    "jamo": lambda size: filled("\u1112\u1161\u11ab", size),
    "compatibility jamo": lambda size: filled("ㅋㅠ", size),
    "latin with marks": lambda size: filled("e\u0301", size),
    "mark now and then": lambda size: filled("a\u0301b", size),
    "marks on letters that expand": lambda size: filled("ゟ\u0301", size),
    "expanding to 18": lambda size: filled("\ufdfa", size),
    "expanding to 18, with marks": lambda size: filled("\ufdfa\u0301", size),
    "expanding to 6": lambda size: filled("\u3316", size),
    "latin among greek": lambda size: filled("a\u03bd", size),
    "greek and then latin": lambda size: filled("\u03bd", size - 1) + "a",
    "traditional": lambda size: filled("\u9f8d\u767c", size),
    "casefolding to 3": lambda size: filled("\u0390", size),
    "casefolding to 3, with marks": lambda size: filled("\u0390\u0301", size),
    "zero width": lambda size: filled("a\u200b", size),
    "ZWJ emoji": lambda size: filled("👨\u200d👩\u200d👧\u200d👦", size),
    "joiners": lambda size: filled("\u200d", size),
    "variation selectors": lambda size: filled("\U000e0100", size),
    "distinct": _distinct,
    "distinct words": _words,
    "short words": lambda size: filled("a b ", size),
    "one word": lambda size: filled("h", size),
    "chinese": lambda size: filled("我们今天去吃饭，吧好不好。", size),
    "chinese and latin": lambda size: filled("我a", size),
    "scripts in turn": lambda size: filled("aя我ก가", size),
    "accents and chinese": lambda size: filled("坏é蛋", size),
    "arabic with vowels": lambda size: filled("مَرْحَبًا ", size),
    "thai": lambda size: filled("สวัสดี ครับ", size),
    "signs": lambda size: filled("a.", size),
    "wide signs": lambda size: filled("a，", size),
    "emoji": lambda size: filled("😀", size),
    "matched": lambda size: filled("spam", size),
    "matched apart": lambda size: filled("s.p.a.m ", size),
    "matched, and odd": lambda size: filled("坏蛋", size - 2) + "é",
    "matched at the end": lambda size: filled("é", size - 4) + "spam",
    "matched far apart": lambda size: "s" + " " * (size - 4) + "pam",
    "matched before marks": lambda size: filled("spam\u0301\u0302\u0303\u0304\u0305\u0306\u0307", size),
    "matched by an expression": lambda size: filled("http://x ", size),
    "markers": lambda size: filled("_unicast_", size),
    "markers almost": lambda size: filled("_unicas", size),
    "underscores": lambda size: filled("_", size),
    "addresses": lambda size: filled("http://_ ", size),
    "punctuation": lambda size: "http://x" + filled("?!.,", size - 8),
    "brackets": lambda size: "http://x" + "(" * (size // 2 - 8) + ")" * (size // 2 - 8),
    "newlines": lambda size: filled("\n", size),
    "spaces": lambda size: filled(" ", size),
    "quotes": lambda size: filled('"', size),
    "backslashes": lambda size: filled("\\", size),
    "control characters": lambda size: filled("\x01", size),
    "hyphens with accents": lambda size: filled("-\u0301", size),
    "paths": lambda size: filled("a/b/", size),
}


def _packed(content: bytes, size: int) -> str:
    return base64.b64encode(content[: size // 4 * 3]).decode()


# Encoded texts, such as extensions.
EXTENSIONS: dict[str, Make] = {
    **TEXTS,
    "plain Base64": lambda size: _packed(b"a" * size, size),
    "Base64 in lines": lambda size: filled("YWJj\r\n", size),
    "Base64 with one byte too many": lambda size: _packed(b"a" * size, size)[:-2] + "=",
    "deep lists": lambda size: _packed(b"[" * size, size),
    "deep objects": lambda size: _packed(b'{"a":' * size, size),
    "many members": lambda size: _packed(_members(size // 2), size),
    "many lists": lambda size: _packed(b'{"a":[' + b"[]," * (size // 4 - 8) + b"[]]}", size),
    "many numbers": lambda size: _packed(b'{"a":[' + b"1e300," * (size // 8 - 8) + b"1]}", size),
    "a long number": lambda size: _packed(b'{"a":' + b"1" * (size // 4 * 3 - 8) + b"}", size),
    "escapes": lambda size: _packed(b'{"a":"' + b"\\u0041" * (size // 8 - 8) + b'"}', size),
}


def _members(size: int) -> bytes:
    return json.dumps({f"{number:06}": 1 for number in range(size // 13)}).encode()


# JSON values that expand from a few bytes.
VALUES: dict[str, Make] = {
    "lists": lambda size: "[" + "[]," * (size // 3 - 3) + "[]]",
    "objects": lambda size: "[" + "{}," * (size // 3 - 3) + "{}]",
    "numbers": lambda size: "[" + "1e300," * (size // 6 - 3) + "1]",
    "texts": lambda size: "[" + '"",' * (size // 3 - 3) + '""]',
    "members": lambda size: "{" + ",".join(f'"{number:07}":1' for number in range(size // 12)) + "}",
    "a long number": lambda size: "1" * size,
    "deep lists": lambda size: "[" * size,
    "deep and closed": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "escapes": lambda size: '"' + "\\u0041" * (size // 6) + '"',
    "pairs": lambda size: '"' + "\\ud83d\\ude00" * (size // 12) + '"',
    "half pairs": lambda size: '"' + "\\ud83d" * (size // 6) + '"',
    "escaped quotes": lambda size: '"' + '\\"' * (size // 2) + '"',
    "line breaks": lambda size: '"' + "\\n" * (size // 2) + '"',
    "a text": lambda size: '"' + "x" * size + '"',
    "a chinese text": lambda size: '"' + "中" * (size // 3) + '"',
}
