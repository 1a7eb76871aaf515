"""Bundles JavaScript modules into one script, so that a browser sends one request instead of some hundred.
Pure.

Each module becomes an immediately called function that returns its exports. A module comes after the modules
that it imports. The bundler relies on the style of the client's modules, which is checked: imports and
exports are static, each begins a line, and there are no import cycles. Lines with only a comment, type
annotations, and indentation are removed.

Modules reached only through `() => import("./other.js")` go into separate scripts, which are loaded on
demand: see `LATER`. Modules that more than two of these scripts need go into a common script. Modules that
exactly two of them need go into a script for these two.
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


class CannotBundle(Exception):
    """A module is not written in the style that the bundler needs."""


# The folder of the scripts that are loaded on demand, below the folder of the main script.
LATER = "later"
_SHARED = f"{LATER}/shared.js"
# `_load` requests the scripts that a module needs concurrently, runs each once, and returns the module.
# Browsers may remember that an address failed, so a retry uses another address.
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
    """A page's main script, and the scripts that it loads on demand, by their addresses relative to it."""

    first: str
    later: dict[str, str]


def bundle(sources: Mapping[str, str], entry: str) -> Scripts:
    """Bundle the module `entry` with all modules that it imports. `sources` is by path. Raises
    CannotBundle."""
    return _Bundle(sources, entry).scripts()


class _Bundle:
    def __init__(self, sources: Mapping[str, str], entry: str) -> None:
        self._sources = sources
        self._first = _in_order(sources, entry)
        self._needed = self._find_needed_later()
        times = Counter(chain.from_iterable(self._needed.values()))
        self._shared = self._shared_scripts([name for name, count in times.items() if count > 1])
        names = [*self._first, *times]
        self._numbers = {name: f"_module{number}" for number, name in enumerate(names)}

    def scripts(self) -> Scripts:
        first = self._wrapped(self._first)
        if not self._needed:
            return Scripts(first, {})
        later = {
            _address(name): self._later_script(self._unshared(name))
            for name in self._needed
            if self._unshared(name)
        }
        later |= {address: self._later_script(names) for address, names in self._shared.items()}
        return Scripts(f"{_LOADER}{first}{self._registration(self._first)}", later)

    def _find_needed_later(self) -> dict[str, list[str]]:
        """Return each module that is loaded on demand, with all modules to be loaded for it and itself."""
        needed: dict[str, list[str]] = {}
        waiting = [*self._first]
        while waiting:
            for name in _loaded_later(waiting[0], self._sources[waiting.pop(0)]):
                if name in self._first:
                    raise CannotBundle(f"{name} is imported as well, so it is not loaded later")
                if name not in needed:
                    order = _in_order(self._sources, name)
                    needed[name] = [module for module in order if module not in self._first]
                    waiting += needed[name]
        return needed

    def _unshared(self, name: str) -> list[str]:
        shared = set(chain.from_iterable(self._shared.values()))
        return [module for module in self._needed[name] if module not in shared]

    def _shared_scripts(self, names: list[str]) -> dict[str, list[str]]:
        """Return the modules of the shared scripts by their addresses.

        A script comes after those that it needs: every user of a module also needs the module's imports.
        """
        users = {
            name: tuple(user for user, needed in self._needed.items() if name in needed) for name in names
        }
        scripts: dict[str, list[str]] = {_SHARED: [name for name in names if len(users[name]) > 2]}
        addresses: dict[tuple[str, ...], str] = {}
        for name in names:
            if len(users[name]) == 2:
                scripts.setdefault(addresses.setdefault(users[name], _address(f"shared/{name}")), []).append(
                    name
                )
        return {address: names for address, names in scripts.items() if names}

    def _later_script(self, order: list[str]) -> str:
        """Return a script that is loaded on demand: it uses the loaded modules, and registers its own."""
        imported = chain.from_iterable(_imported(name, self._sources[name]) for name in order)
        used = sorted({self._numbers[name] for name in imported if name not in order})
        return (
            f"export default (_all, _load) => {{\nconst {{ {', '.join(used)} }} = _all;\n"
            f"{self._wrapped(order)}{self._registration(order)}}};\n"
        )

    def _registration(self, order: list[str]) -> str:
        return f"Object.assign(_all, {{ {', '.join(self._numbers[name] for name in order)} }});\n"

    def _wrapped(self, order: list[str]) -> str:
        return "".join(
            _wrapped(name, _LATER.sub(self._loader_of(name), self._sources[name]), self._numbers)
            for name in order
        )

    def _loader_of(self, name: str) -> Callable[[re.Match[str]], str]:
        def load(match: re.Match[str]) -> str:
            target = _path(name, match["from"])
            needed = set(self._needed[target])
            scripts = [address for address, names in self._shared.items() if needed.intersection(names)]
            scripts += [_address(target)] if self._unshared(target) else []
            return f"() => _load({', '.join(map(json.dumps, [self._numbers[target], *scripts]))})"

        return load


def _address(name: str) -> str:
    return f"{LATER}/{name}"


def _loaded_later(name: str, source: str) -> Iterator[str]:
    return (_path(name, match["from"]) for match in _LATER.finditer(source))


def _in_order(sources: Mapping[str, str], entry: str) -> list[str]:
    """Return `entry` and its imports, each module after those that it imports, as browsers run them."""
    order: list[str] = []
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in order:
            return
        if name in visited or name not in sources:
            raise CannotBundle(f"{name} is missing, or imports itself")
        visited.add(name)
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

    def replace_import(match: re.Match[str]) -> str:
        return (
            _import_declaration(match["names"], numbers[_path(name, match["from"])]) if match["names"] else ""
        )

    def replace_export(match: re.Match[str]) -> str:
        if match["names"] is not None:
            module = f"{numbers[_path(name, match['from'])]}." if match["from"] else ""
            exports.extend(f"{public}: {module}{own}" for own, public in _pairs(match["names"]))
            return ""
        if not (match["default"] or match["declared"]):
            raise CannotBundle(f"{name}: {source[match.start() :][:60]}")
        exports.append(match["declared"] or "default: _default")
        return "" if match["declared"] else "const _default = "

    code = _EXPORT.sub(replace_export, _IMPORT.sub(replace_import, _COMMENT.sub("", source)))
    code = _INDENTATION.sub("", code)
    return f"const {numbers[name]} = (() => {{\n{code}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _import_declaration(names: str, module: str) -> str:
    """Return the declaration that replaces an import of these names."""
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {module};"
    default, _, braced = names.partition("{")
    bindings = [f"default: {name.strip()}" for name in default.split(",") if name.strip()]
    bindings += [f"{public}: {own}" for public, own in _pairs(braced.rstrip("} \n"))]
    return f"const {{ {', '.join(bindings)} }} = {module};"


def _pairs(names: str) -> list[tuple[str, str]]:
    """Split `a, b as c` into pairs of the name before and the name after `as`."""
    parts = [part.split(" as ") for part in names.split(",") if part.strip()]
    return [(part[0].strip(), part[-1].strip()) for part in parts]
