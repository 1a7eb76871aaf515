"""Rules that match a host in a link, and its subdomains. Pure.

A host is found with or without `https://`: in "see a.evil.example/x", a rule for `evil.example` matches
`a.evil.example`, but it matches nothing in "notevil.example" or "evil.example.org".
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain

from moderation.rules.fold import Folded, fold

MAX_CHARACTERS = 253
# After this many names, other threads may run.
_NAMES_PER_STEP = 100
# Possessive, so that no character is read twice. Chinese follows a host without a space, so hosts in ASCII
# end before it.
_ASCII_NAMES, _NAMES = re.compile(r"[a-z0-9_.-]++"), re.compile(r"[\w.-]++")
_HOST = re.compile(r"(?:[\w-]{1,63}\.)+[\w-]{2,63}")
# Characters that browsers read as a dot.
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")


# The pattern's key, and the span in the text.
HostHit = tuple[int, tuple[int, int]]


def host_of(pattern: str) -> str | None:
    """Return the host that a rule matches, folded like texts; None if the pattern is not a host."""
    host = fold(_host_in(pattern)).spaced
    return host if len(host) <= MAX_CHARACTERS and _HOST.fullmatch(host) else None


def _host_in(pattern: str) -> str:
    """Return the host of the pattern in Unicode, without scheme and wildcard."""
    stripped = pattern.strip().removeprefix("https://").removeprefix("http://").removeprefix("*.")
    name = stripped.translate(_DOTS).strip("./")
    with suppress(UnicodeError):
        return name.encode("ascii").decode("idna")
    return name


def _idna_host(pattern: str) -> str | None:
    """Return the folded IDNA form of the host; None if it has none."""
    with suppress(UnicodeError):
        return fold(_host_in(pattern).encode("idna").decode()).spaced
    return None


class Hosts:
    def __init__(self, patterns: Mapping[int, str]) -> None:
        self._keys: dict[str, list[int]] = defaultdict(list)
        for key, pattern in patterns.items():
            if host := host_of(pattern):
                for name in {host, _idna_host(pattern) or host}:
                    self._keys[name].append(key)
        is_ascii = all(map(str.isascii, self._keys))
        self._kinds_of_names = [_ASCII_NAMES] if is_ascii else [_ASCII_NAMES, _NAMES]

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, folded: Folded) -> Iterator[HostHit | None]:
        """Yield all matches, and None between steps."""
        spaced = folded.spaced.translate(_DOTS) if self._keys else ""
        if "." not in spaced:
            return
        names = self._kinds_of_names
        for count, name in enumerate(chain.from_iterable(pattern.finditer(spaced) for pattern in names)):
            if count % _NAMES_PER_STEP == 0:
                yield None
            if keys := list(self._keys_of(name[0])):
                span = folded.span(name.start(), name.end() - 1)
                yield from ((key, span) for key in keys)

    def _keys_of(self, name: str) -> Iterator[int]:
        """Yield the keys of the rules for this host or a domain above it."""
        if "." not in name:
            return
        host = name[-MAX_CHARACTERS:].strip(".-")
        while host:
            yield from self._keys.get(host, ())
            _, _, host = host.partition(".")
