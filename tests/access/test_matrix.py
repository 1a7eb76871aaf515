"""Every action by every caller in both modes, against a real server: what MATRIX.md says."""

import re
from collections import Counter
from typing import Any, NamedTuple

import pytest

from tests.access import page
from tests.access.action import Action
from tests.access.conftest import WorldOf
from tests.access.page import API, CALL, JSON, PAGES, SOCKET, YES, Cell, plain
from tests.access.playing import ACTIONS
from tests.access.stage import Stage
from tests.access.world import BOB, MONA, NINA, Caller, World

pytestmark = [pytest.mark.slow, pytest.mark.core]

LEGEND = page.legend()
CELLS = page.cells()
LINE = re.compile(r".* WARNING accounts\.refusals: Refused: (.+) by (\S+) from 127\.0\.0\.1: (.+)")
# What the log says where the socket of shipped apps knows no such refusal.
REASONS = {
    "author": "this is somebody else's message",
    "bots": "only bots do this",
    "desk": "this needs another role",
    "needs key": "this needs an API key for it",
    "hidden": "you are not in this group",
}
# What somebody is told who has not shown who they are, or may do nothing at all: whatever it is they want.
OF_THE_CALLER = ("bad proof", "unknown", "locked")
# What somebody does not find may be a mistake.
HIDDEN = ("hidden", "no group")
# Nobody is refused a right: a mistake, or a page that is not ours.
NOT_LOGGED = ("no person", "not ours")


def expected(cell: Cell) -> str:
    """The text of the refusal; empty if it is none."""
    if cell.outcome == YES or cell.door == PAGES:
        return "" if cell.outcome == YES else cell.outcome
    refused = LEGEND[cell.outcome]
    if cell.door in (JSON, API):
        return refused.json
    return refused.socket if cell.door == SOCKET else refused.call if cell.door == CALL else refused.upload


def together(cells: list[Cell]) -> dict[str, list[Cell]]:
    """What is refused to a caller at a door, or else allowed: it is tried in one play."""
    cells_by_key: dict[str, list[Cell]] = {}
    for cell in cells:
        login = "-logged-in" if ACTIONS[cell.door, cell.action].needs_login else ""
        cells_by_key.setdefault(f"{cell.mode}-{cell.door}-{cell.caller}{login}", []).append(cell)
    return cells_by_key


def at_the_border(cells: list[Cell]) -> list[Cell]:
    """Each action once for each outcome: of those who may do it by the caller who may least, of those who may
    not by the one who may most. And something by each caller at each door. tests/accounts/test_access.py and
    tests/moderation/test_matrix.py say the same of everybody."""
    may = Counter((cell.mode, cell.door, cell.caller) for cell in CELLS if not expected(cell))
    cells_by_key: dict[tuple[str, ...], Cell] = {}
    for cell in sorted(cells, key=lambda cell: may[cell[:2] + cell[3:4]], reverse=bool(expected(cells[0]))):
        if cell.outcome not in OF_THE_CALLER:
            cells_by_key.setdefault((*cell[:3], cell.outcome), cell)
    for cell in cells:
        if cell.caller not in {one.caller for one in cells_by_key.values() if one[:2] == cell[:2]}:
            cells_by_key[cell] = cell
    return list(cells_by_key.values())


def cases(cells: list[Cell]) -> list[Any]:
    """What a test plays: those at the border always, the others in the wide tier."""
    border = at_the_border(cells)
    left = {*cells} - {*border}
    others = together([cell for cell in cells if cell in left])
    return [
        *(pytest.param(some, id=name) for name, some in together(border).items()),
        *(pytest.param(some, id=f"others-{name}", marks=pytest.mark.wide) for name, some in others.items()),
    ]


@pytest.mark.promise("proof-3", "token-calls-4", "token-calls-6")
@pytest.mark.parametrize("cells", cases([cell for cell in CELLS if not expected(cell)]))
async def test_allowed_actions_take_effect(world_of: WorldOf, cells: list[Cell]) -> None:
    """Each in a group that nothing else has changed."""
    world, wrong = world_of(cells[0].mode), {}
    async with Stage(world, world.caller(cells[0].caller)) as stage:
        await log_in(stage, cells[0])
        for cell in cells:
            await stage.begin_again()
            before = world.log_size()
            try:
                assert await ACTIONS[cell.door, cell.action].play(stage) == ""
                assert refusals(world.logged_since(before)) == []
            except AssertionError as error:
                wrong[cell.name] = str(error)
    assert wrong == {}


@pytest.mark.promise(
    "proof-4",
    "token-calls-1",
    "token-calls-2",
    "token-calls-3",
    "token-calls-6",
    "token-calls-7",
    "token-calls-9",
    "token-calls-10",
    "call-37",
)
@pytest.mark.parametrize("cells", cases([cell for cell in CELLS if expected(cell)]))
async def test_forbidden_actions_are_refused_without_effect(world_of: WorldOf, cells: list[Cell]) -> None:
    world, wrong = world_of(cells[0].mode), {}
    async with Stage(world, world.caller(cells[0].caller)) as stage:
        await log_in(stage, cells[0])
        log_length = world.log_size()
        for cell in cells:
            try:
                await check_refused(stage, cell)
            except AssertionError as error:
                wrong[cell.name] = str(error)
        assert wrong == {}
        await stage.prove_silence()
        check_secrets(stage, world.logged_since(log_length))
        world.leave_untouched(stage.group)


async def log_in(stage: Stage, cell: Cell) -> None:
    if ACTIONS[cell.door, cell.action].needs_login:
        await (stage.greet() if cell.door == JSON else stage.log_in())


async def check_refused(stage: Stage, cell: Cell) -> None:
    before, action = Before.of(stage.world), ACTIONS[cell.door, cell.action]
    assert await action.play(stage) == expected(cell)
    check_nothing_came_of_it(cell, stage, action, before)


class Before(NamedTuple):
    stored: dict[str, object]
    log_length: int

    @classmethod
    def of(cls, world: World) -> "Before":
        return cls(world.stored(), world.log_size())


def check_nothing_came_of_it(cell: Cell, stage: Stage, action: Action, before: Before) -> None:
    changed = before.stored
    if action.logged == "records":  # its play has written what is asked for
        changed = {**changed, "log_message": stage.world.stored()["log_message"]}
    assert stage.world.stored() == changed
    lines = stage.world.logged_since(before.log_length)
    if not action.logged or cell.outcome in NOT_LOGGED or (cell.outcome in HIDDEN and not lines):
        assert lines == []
        return
    assert len(lines) == 1, lines
    (line,) = lines
    log_length = LINE.fullmatch(line)
    assert log_length, line
    assert log_length[1] == action.logged
    assert log_length[2] in {"somebody", repr(stage.caller.userid), repr(claimed(cell))}
    assert plain(log_length[3]) in reasons(cell)


def claimed(cell: Cell) -> str:
    """Whom the call itself names as its caller."""
    if cell.action == "`report` for another":
        return MONA
    return NINA if cell.action in ("`creategrp` for another", "`querymygrps` of another") else BOB


def reasons(cell: Cell) -> set[str]:
    """What a log says of it, for people who run servers."""
    if cell.door == PAGES:
        return {"wrong userid or password, or too many wrong ones"}
    refused = LEGEND[cell.outcome]
    answers = {
        plain(re.sub(r"^(error_\d+_|\d )", "", log_length)) for log_length in refused[:3] if log_length
    }
    return answers | {plain(REASONS[cell.outcome])} if cell.outcome in REASONS else answers


def check_secrets(stage: Stage, lines: list[str]) -> None:
    caller: Caller = stage.caller
    for secret in [stage.content, *caller.secrets]:
        assert secret not in "\n".join(lines)


def refusals(lines: list[str]) -> list[str]:
    return [line for line in lines if "refusals" in line or "Traceback" in line]
