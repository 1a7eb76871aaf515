"""JavaScript modules as one script, so that a browser asks once instead of some hundred times. Pure.

Each module becomes a function that is called at once and returns what it exports; modules stand after those
that they import. What this takes for granted is how the client's modules are written, and checked: imports
and exports are static, each at the beginning of a line, and no module imports one that imports it. Lines that
hold nothing but a comment are left out.
"""

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from typing import NamedTuple

_FROM = r'from\s*"(?P<from>[^"]+)"\s*;?'
_IMPORT = re.compile(
    rf"(?:^|(?<=;))import\s*(?:(?P<names>[\w\s{{}},*$]+?)\s*{_FROM}|\"(?P<for>[^\"]+)\"\s*;)", re.M
)
_PASSED_ON = re.compile(rf"(?:^|(?<=[;}}]))export\s*{{(?P<names>[^}}]*)}}\s*{_FROM}", re.M)
_LISTED = re.compile(r"(?:^|(?<=[;}]))export\s*{(?P<names>[^}]*)}\s*;?", re.M)
_DECLARED = re.compile(r"^export (?=(?:const|class|function\*?|async function) (?P<name>[\w$]+))", re.M)
_DEFAULT = re.compile(r"(?:^|(?<=[;}]))export default ", re.M)
_ANY = re.compile(r"(?:^|(?<=[;}]))(?:export|import)\b(?![\"':])[^\n]*", re.M)
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/[ \t]*)\n", re.M | re.S)


class Unbundled(Exception):
    """A module is written in another way."""


class _Module(NamedTuple):
    imports: list[str]
    code: str


def bundled(sources: Mapping[str, str], entry: str) -> str:
    """The module `entry`, with all that it imports. `sources`: by path. Raises Unbundled."""
    order = _in_order(sources, entry)
    numbers = {name: f"_module{number}" for number, name in enumerate(order)}
    return "".join(_wrapped(name, sources[name], numbers) for name in order)


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
    found = [*_IMPORT.finditer(source), *_PASSED_ON.finditer(source)]
    for match in sorted(found, key=re.Match.start):
        yield _path(name, match["from"] or match["for"])


def _path(name: str, other: str) -> str:
    return normpath(join(dirname(name), other))


def _wrapped(name: str, source: str, numbers: Mapping[str, str]) -> str:
    exports: list[str] = []

    def number(match: re.Match[str]) -> str:
        return numbers[_path(name, match["from"])]

    def pass_on(match: re.Match[str]) -> str:
        exports.extend(_renamed(match["names"], f"{number(match)}."))
        return ""

    def declared(match: re.Match[str]) -> str:
        exports.append(match["name"])
        return ""

    def listed(match: re.Match[str]) -> str:
        exports.extend(_renamed(match["names"]))
        return ""

    def default(_: re.Match[str]) -> str:
        exports.append("default: _default")
        return "const _default = "

    def taken(match: re.Match[str]) -> str:
        return _taken(match["names"], number(match)) if match["names"] else ""

    code = _COMMENT.sub("", source)
    code = _PASSED_ON.sub(pass_on, code)
    code = _LISTED.sub(listed, code)
    code = _DECLARED.sub(declared, code)
    code = _DEFAULT.sub(default, code)
    code = _IMPORT.sub(taken, code)
    if left := _ANY.search(code):
        raise Unbundled(f"{name}: {left[0]}")
    result = numbers[name]
    return f"// {name}\nconst {result} = (() => {{\n{code}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _taken(names: str, module: str) -> str:
    """What stands for an import of these names."""
    whole = re.fullmatch(r"\*\s*as\s+([\w$]+)", names.strip())
    if whole:
        return f"const {whole[1]} = {module};"
    default, brace, listed = names.partition("{")
    taken = [f"default: {one.strip()}" for one in default.split(",") if one.strip()]
    taken += [f"{was}: {name}" for was, name in _pairs(listed.rstrip("} \n"))] if brace else []
    return f"const {{ {', '.join(taken)} }} = {module};"


def _renamed(names: str, before: str = "") -> list[str]:
    return [f"{name}: {before}{was}" for was, name in _pairs(names)]


def _pairs(names: str) -> list[tuple[str, str]]:
    """Of `a, b as c`, what each was called, and is."""
    parts = [part.split(" as ") for part in names.split(",") if part.strip()]
    return [(part[0].strip(), part[-1].strip()) for part in parts]
