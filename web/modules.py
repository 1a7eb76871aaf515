"""JavaScript modules as one script, so that a browser asks once instead of some hundred times. Pure.

Each module becomes a function that is called at once and returns what it exports; modules stand after those
that they import. What this takes for granted is how the client's modules are written, and checked: imports
and exports are static, each at the beginning of a line, and no module imports one that imports it. Lines that
hold nothing but a comment are left out, and so are types, and what lines begin with to be indented.

What is only reached through `() => import("./other.js")` is not in that script, but in one of its own, which
is loaded then: see `LATER`. What more than two of those need is in one more, and what two of them need in one
for these two.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from posixpath import dirname, join, normpath
from typing import NamedTuple

# Statements begin a line; in minified libraries, they also follow others.
_START = r"(?:^|(?<=[;}]))"
_IMPORT = re.compile(
    rf'{_START}import\b(?!\()\s*(?:(?P<names>[\w\s{{}},*$]+?)\s*from\s*)?"(?P<from>[^"]+)"\s*;', re.M
)
_EXPORT = re.compile(
    rf"{_START}(?:import|export)\b(?![\"':])\s*(?:"
    r'{(?P<names>[^}]*)}\s*(?:from\s*"(?P<from>[^"]+)")?\s*;?|(?P<default>default) |'
    r"(?=(?:const|class|function\*?|async function) (?P<declared>[\w$]+)))?",
    re.M,
)
_LATER = re.compile(r'\(\) => import\("(?P<from>\.[^"]+)"\)')
# Lines that hold only a comment, and types of values and parameters within a line.
_COMMENT = re.compile(
    r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/[ \t]*)\n|/\*\* @(?:type|param) [^\n]*?\*/ ?", re.M | re.S
)
_INDENTATION = re.compile(r"^[ \t]+", re.M)


class Unbundled(Exception):
    """A module is written in another way."""


# The folder of scripts that are loaded later, below that of the script that loads them.
LATER = "later"
_SHARED = f"{LATER}/shared.js"
# `_load` asks for the scripts that a module needs, all at once, runs each once, and gives the module.
# Browsers may remember that an address failed: when it is tried again, it is asked for under another one.
_LOADER = """const _all = {}, _requested = {}, _tries = {}, _ran = new Set();
const _ask = (script) => (_requested[script] ??= import(_address(script)).catch((error) => {
  delete _requested[script];
  throw error;
}));
const _address = (script) => {
  const tries = (_tries[script] = (_tries[script] ?? 0) + 1);
  return `./${script}${tries > 1 ? `?${tries}` : ""}`;
};
const _load = async (module, ...scripts) => {
  const loaded = await Promise.all(scripts.map(_ask));
  scripts.forEach((script, at) => _ran.has(script) || loaded[at].default(_all, _load, _ran.add(script)));
  return _all[module];
};
"""


class Scripts(NamedTuple):
    """The script of a page, and those that it loads later, by their addresses relative to its own."""

    first: str
    later: dict[str, str]


def bundled(sources: Mapping[str, str], entry: str) -> Scripts:
    """The module `entry`, with all that it imports. `sources`: by path. Raises Unbundled."""
    return _Bundle(sources, entry).scripts()


class _Bundle:
    def __init__(self, sources: Mapping[str, str], entry: str) -> None:
        self._sources = sources
        self._first = _in_order(sources, entry)
        self._needed = self._needed_later()
        times = Counter(chain.from_iterable(self._needed.values()))
        self._shared = self._shared_scripts([name for name, count in times.items() if count > 1])
        names = [*self._first, *times]
        self._numbers = {name: f"_module{number}" for number, name in enumerate(names)}

    def scripts(self) -> Scripts:
        first = self._wrapped(self._first)
        if not self._needed:
            return Scripts(first, {})
        later = {_address(name): self._part(self._own(name)) for name in self._needed if self._own(name)}
        later |= {address: self._part(names) for address, names in self._shared.items()}
        return Scripts(f"{_LOADER}{first}{self._registered(self._first)}", later)

    def _needed_later(self) -> dict[str, list[str]]:
        """By each module that is loaded later, it and those that are loaded for it."""
        needed: dict[str, list[str]] = {}
        waiting = [*self._first]
        while waiting:
            for name in _loaded_later(waiting[0], self._sources[waiting.pop(0)]):
                if name in self._first:
                    raise Unbundled(f"{name} is imported as well, so it is not loaded later")
                if name not in needed:
                    order = _in_order(self._sources, name)
                    needed[name] = [one for one in order if one not in self._first]
                    waiting += needed[name]
        return needed

    def _own(self, name: str) -> list[str]:
        shared = set(chain.from_iterable(self._shared.values()))
        return [one for one in self._needed[name] if one not in shared]

    def _shared_scripts(self, names: list[str]) -> dict[str, list[str]]:
        """By their addresses, each after those that it needs: all that need a module need what it imports."""
        users = {name: tuple(one for one, needed in self._needed.items() if name in needed) for name in names}
        scripts: dict[str, list[str]] = {_SHARED: [name for name in names if len(users[name]) > 2]}
        addresses: dict[tuple[str, ...], str] = {}
        for name in names:
            if len(users[name]) == 2:
                scripts.setdefault(addresses.setdefault(users[name], _address(f"shared/{name}")), []).append(
                    name
                )
        return {address: names for address, names in scripts.items() if names}

    def _part(self, order: list[str]) -> str:
        """A script that is loaded later: it takes what is there, and adds to it."""
        imported = chain.from_iterable(_imported(name, self._sources[name]) for name in order)
        taken = sorted({self._numbers[name] for name in imported if name not in order})
        return (
            f"export default (_all, _load) => {{\nconst {{ {', '.join(taken)} }} = _all;\n"
            f"{self._wrapped(order)}{self._registered(order)}}};\n"
        )

    def _registered(self, order: list[str]) -> str:
        return f"Object.assign(_all, {{ {', '.join(self._numbers[name] for name in order)} }});\n"

    def _wrapped(self, order: list[str]) -> str:
        return "".join(
            _wrapped(name, _LATER.sub(self._loads(name), self._sources[name]), self._numbers)
            for name in order
        )

    def _loads(self, name: str) -> Callable[[re.Match[str]], str]:
        def load(match: re.Match[str]) -> str:
            target = _path(name, match["from"])
            needed = set(self._needed[target])
            scripts = [address for address, names in self._shared.items() if needed.intersection(names)]
            scripts += [_address(target)] if self._own(target) else []
            return f"() => _load({', '.join(map(json.dumps, [self._numbers[target], *scripts]))})"

        return load


def _address(name: str) -> str:
    return f"{LATER}/{name}"


def _loaded_later(name: str, source: str) -> Iterator[str]:
    return (_path(name, match["from"]) for match in _LATER.finditer(source))


def _in_order(sources: Mapping[str, str], entry: str) -> list[str]:
    """Each after those it imports: the order in which browsers run them."""
    order: list[str] = []
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in order:
            return
        if name in begun or name not in sources:
            raise Unbundled(f"{name} is missing, or imports itself")
        begun.add(name)
        for other in _imported(name, sources[name]):
            visit(other)
        order.append(name)

    visit(entry)
    return order


def _imported(name: str, source: str) -> Iterator[str]:
    statements = [*_IMPORT.finditer(source), *_EXPORT.finditer(source)]
    for match in sorted(statements, key=re.Match.start):
        if match["from"]:
            yield _path(name, match["from"])


def _path(name: str, other: str) -> str:
    return normpath(join(dirname(name), other))


def _wrapped(name: str, source: str, numbers: Mapping[str, str]) -> str:
    exports: list[str] = []

    def take(match: re.Match[str]) -> str:
        return _taken(match["names"], numbers[_path(name, match["from"])]) if match["names"] else ""

    def export(match: re.Match[str]) -> str:
        if match["names"] is not None:
            module = f"{numbers[_path(name, match['from'])]}." if match["from"] else ""
            exports.extend(f"{public}: {module}{own}" for own, public in _pairs(match["names"]))
            return ""
        if not (match["default"] or match["declared"]):
            raise Unbundled(f"{name}: {source[match.start() :][:60]}")
        exports.append(match["declared"] or "default: _default")
        return "" if match["declared"] else "const _default = "

    code = _EXPORT.sub(export, _IMPORT.sub(take, _COMMENT.sub("", source)))
    code = _INDENTATION.sub("", code)
    return f"const {numbers[name]} = (() => {{\n{code}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _taken(names: str, module: str) -> str:
    """The declaration in place of an import of these names."""
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {module};"
    default, _, listed = names.partition("{")
    taken = [f"default: {one.strip()}" for one in default.split(",") if one.strip()]
    taken += [f"{public}: {own}" for public, own in _pairs(listed.rstrip("} \n"))]
    return f"const {{ {', '.join(taken)} }} = {module};"


def _pairs(names: str) -> list[tuple[str, str]]:
    """Of `a, b as c`, each name before and after `as`."""
    parts = [part.split(" as ") for part in names.split(",") if part.strip()]
    return [(part[0].strip(), part[-1].strip()) for part in parts]
