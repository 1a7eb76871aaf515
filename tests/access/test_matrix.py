"""Every action by every caller in both modes, against a real server: what docs/access.md says comes of it."""

import re
from typing import NamedTuple

import pytest

from tests.access import page
from tests.access.action import Action
from tests.access.conftest import WorldOf
from tests.access.page import API, CALL, JSON, PAGES, SOCKET, YES, Cell, plain
from tests.access.playing import ACTIONS
from tests.access.stage import Stage
from tests.access.world import BOB, MONA, NINA, Caller, World

pytestmark = pytest.mark.slow

LEGEND = page.legend()
CELLS = page.cells()
LINE = re.compile(r".* WARNING accounts\.refusals: Refused: (.+) by (\S+) from 127\.0\.0\.1: (.+)")
# What the log says where the socket of shipped apps knows no such refusal.
REASONS = {
    "author": "this is somebody else's message",
    "desk": "this needs another role at the desk",
    "hidden": "you are not in this group",
}
# Nobody is refused a right: a mistake, or a page that is not ours.
# What somebody does not find may be a mistake as well.
HIDDEN = ("hidden", "no group")
NOT_LOGGED = ("for whom", "not ours")


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
async def test_it_is_as_the_page_says(world_of: WorldOf, cell: Cell) -> None:
    world, action = world_of(cell.mode), ACTIONS[cell.door, cell.action]
    async with Stage(world, world.caller(cell.caller)) as stage:
        if action.needs_login:
            await (stage.greet() if cell.door == JSON else stage.log_in())
        before = Before.of(world, is_refused=bool(expected(cell)))
        answer = await action.play(stage)
        assert answer == expected(cell)
        if answer:
            check_nothing_came_of_it(cell, stage, action, before)
            await stage.prove_silence()
            check_secrets(stage, world.said_since(before.said))
            world.leave_untouched(stage.group)
        else:
            assert refusals(world.said_since(before.said)) == []


class Before(NamedTuple):
    stored: dict[str, object]
    said: int

    @classmethod
    def of(cls, world: World, *, is_refused: bool) -> "Before":
        return cls(world.stored() if is_refused else {}, world.said())


def expected(cell: Cell) -> str:
    """The text of the refusal; empty if it is none."""
    if cell.outcome == YES or cell.door == PAGES:
        return "" if cell.outcome == YES else cell.outcome
    refused = LEGEND[cell.outcome]
    if cell.door in (JSON, API):
        return refused.json
    return refused.socket if cell.door == SOCKET else refused.call if cell.door == CALL else refused.upload


def check_nothing_came_of_it(cell: Cell, stage: Stage, action: Action, before: Before) -> None:
    changed = before.stored
    if action.logged == "records":  # its play has written what is asked for
        changed = {**changed, "chat_message": stage.world.stored()["chat_message"]}
    assert stage.world.stored() == changed
    lines = stage.world.said_since(before.said)
    if not action.logged or cell.outcome in NOT_LOGGED or (cell.outcome in HIDDEN and not lines):
        assert lines == []
        return
    (line,) = lines
    said = LINE.fullmatch(line)
    assert said, line
    assert said[1] == action.logged
    assert said[2] in {"somebody", repr(stage.caller.userid), repr(claimed(cell))}
    assert plain(said[3]) in reasons(cell)


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
    told = {plain(re.sub(r"^(error_\d+_|\d )", "", said)) for said in refused[:3] if said}
    return told | {plain(REASONS[cell.outcome])} if cell.outcome in REASONS else told


def check_secrets(stage: Stage, lines: list[str]) -> None:
    caller: Caller = stage.caller
    for secret in [stage.content, *caller.secrets]:
        assert secret not in "\n".join(lines)


def refusals(lines: list[str]) -> list[str]:
    return [line for line in lines if "refusals" in line or "Traceback" in line]
