"""MATRIX.md, and the roles of docs/access.md, as the tests read them. What is not known here fails."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from testkit.server import ROOT

PAGE = "".join((ROOT / name).read_text() for name in ("tests/access/MATRIX.md", "docs/access.md"))

TOKEN, OPEN = "Token mode", "Open mode"
SOCKET, CALL, UPLOAD, PAGES = "On a socket", "Group calls", "Uploads", "On the pages"
JSON, API = "In JSON on a socket", "The API"
YES = "yes"
# A row may be about several actions. The first row of a table says what is usual.
_AND = " · "
_USUAL, _AS_USUAL, _OTHERS = "unless another row says otherwise", "as above", "all others"
_METHODS = re.compile(r"(?:`((?:[A-Z]+ )+))?(.*)")
_DOORS = ("socket", "group call", "upload", "JSON, API")
# What the pages answer is told in words there.
_ON_PAGES = {"wrong", "login page"}


class Cell(NamedTuple):
    """What comes of it if somebody does something."""

    mode: str
    door: str
    action: str
    caller: str
    outcome: str

    @property
    def name(self) -> str:
        return "-".join([self.mode, self.door, self.action, self.caller, self.outcome]).replace(" ", "_")


class Refused(NamedTuple):
    """How each door says it; empty if it never does. `json`: the JSON dialect and the API."""

    socket: str
    call: str
    upload: str
    json: str


Table = list[dict[str, str]]


def chapters(page: str = PAGE) -> dict[tuple[str, str], Table]:
    """The tables, by the headings above them: of a chapter, and of a part of it."""
    collected = {}
    for chapter in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title = chapter.partition("\n")[0]
        for part in re.split(r"^### ", chapter, flags=re.MULTILINE):
            name = part.partition("\n")[0]
            if lines := re.findall(r"^\|.*\|$", part, re.MULTILINE):
                collected[title, "" if name == title else name] = _rows(lines)
    return collected


def cells(page: str = PAGE) -> list[Cell]:
    tables = chapters(page)
    return [
        cell
        for (mode, door), table in tables.items()
        if mode in (TOKEN, OPEN)
        for cell in _cells_of(mode, door, table, callers(page))
    ]


def callers(page: str = PAGE) -> list[str]:
    return [row["caller"] for row in chapters(page)["The callers", ""]]


def legend(page: str = PAGE) -> dict[str, Refused]:
    """What each cell but `yes` stands for."""
    return {
        row["cell"]: Refused(*(row[door].strip("`") for door in _DOORS))
        for row in chapters(page)["Legend", ""]
        if row["cell"] != YES
    }


def bad_tokens(page: str = PAGE) -> dict[str, Refused]:
    return {
        token: Refused(*(row[door].strip("`") for door in _DOORS))
        for row in chapters(page)["Rejected tokens", ""]
        for token in row["token"].split(_AND)
    }


def outcomes(door: str, page: str = PAGE) -> set[str]:
    """What may stand in a cell of this door."""
    if door == PAGES:
        return {YES, *_ON_PAGES}
    field = {SOCKET: "socket", CALL: "call", UPLOAD: "upload"}.get(door, "json")
    return {YES, *(name for name, refused in legend(page).items() if getattr(refused, field))}


def plain(reason: str) -> str:
    """A reason without what distinguishes sentences from parts of them."""
    return reason.rstrip(".").lower()


def _cells_of(mode: str, door: str, table: Table, everybody: list[str]) -> Iterator[Cell]:
    first, *rows = ([*row.values()] for row in table)
    assert first[0] == _USUAL
    usual = _outcomes(first[1], everybody)
    assert set(usual) == set(everybody)
    for actions, text in rows:
        outcomes = usual | ({} if text == _AS_USUAL else _outcomes(text, everybody))
        for action in chain.from_iterable(map(_each_method, actions.split(_AND))):
            yield from (Cell(mode, door, action, *cell) for cell in outcomes.items())


def _each_method(action: str) -> list[str]:
    """`GET PUT blocks` is about two calls."""
    methods, path = _METHODS.match(action).groups()  # type: ignore[union-attr]
    return [f"`{method} {path}" for method in (methods or "").split()] or [path]


def _outcomes(text: str, everybody: Iterable[str]) -> dict[str, str]:
    """The outcome for each caller, of `nobody, forger: first; muted: yes; all others: no`."""
    parts = [part.split(": ") for part in text.split("; ")]
    outcomes_by_caller = {caller: outcome for callers, outcome in parts for caller in callers.split(", ")}
    return (
        {**dict.fromkeys(everybody, outcomes_by_caller.pop(_OTHERS)), **outcomes_by_caller}
        if _OTHERS in outcomes_by_caller
        else outcomes_by_caller
    )


def _rows(lines: list[str]) -> Table:
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(head, row, strict=True)) for row in rows]
