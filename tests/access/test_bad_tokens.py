"""Tokens that prove nothing, in every place where one may stand: what MATRIX.md says."""

import copy
import json
from typing import Any

import pytest

from testkit.uploading import Fetched, form
from tests.access import page
from tests.access.bad_tokens import MADE
from tests.access.conftest import WorldOf
from tests.access.page import API, CALL, JSON, PAGES, SOCKET, TOKEN, Refused, plain
from tests.access.pictures import picture
from tests.access.playing import ACTIONS
from tests.access.stage import Stage
from tests.access.world import BOB, NINA, Caller

pytestmark = pytest.mark.slow

TOKENS_OF_PAGE = page.bad_tokens()


def allowing_nothing() -> list[Any]:
    """Each door looks at tokens in one place, whatever is wrong with them. So one kind stands for all."""
    kinds = [kind for kind in TOKENS_OF_PAGE if kind != "for another person"]
    return [pytest.param(kind, marks=[pytest.mark.wide] if kind != kinds[0] else []) for kind in kinds]


@pytest.mark.parametrize("kind", TOKENS_OF_PAGE)
async def test_bad_token_is_rejected_at_every_door(world_of: WorldOf, kind: str) -> None:
    world, shown, expected = world_of(TOKEN), MADE[kind](BOB), TOKENS_OF_PAGE[kind]
    async with Stage(world, Caller(BOB, shown)) as stage:
        before, began = world.stored(), world.log_size()
        answers = [
            await stage.ask(stage.login),
            await stage.greet(),
            *map(_reason, await everywhere(stage, shown)),
        ]
        assert answers == [expected.socket, expected.json, *[expected.call] * 3, *[expected.upload] * 2]
        assert world.stored() == before
        lines = world.logged_since(began)
        assert len(lines) == len(answers)
        assert {plain(line.rpartition(": ")[2]) for line in lines} <= reasons(expected)
        assert shown not in "\n".join(lines)
        await stage.prove_silence()


@pytest.mark.parametrize("kind", allowing_nothing())
async def test_bad_token_allows_no_action(world_of: WorldOf, kind: str) -> None:
    world, shown = world_of(TOKEN), MADE[kind](BOB)
    async with Stage(world, Caller(BOB, shown)) as stage:
        await stage.log_in()
        await stage.greet()
        for door, name in ACTIONS:
            if door == PAGES or name in ("log in", "`hello`"):
                continue
            action, before, began = ACTIONS[door, name], world.stored(), world.log_size()
            assert await action.play(stage) == refusal(kind, door), name
            kept = {"log_message": world.stored()["log_message"]} if action.logged == "records" else {}
            assert world.stored() == {**before, **kept}
            (line,) = world.logged_since(began)
            assert f" Refused: {action.logged} by " in line
            assert shown not in line
        await stage.prove_silence()


def refusal(kind: str, door: str) -> str:
    if door == SOCKET:
        return page.legend()["first"].socket
    if door in (JSON, API):
        return TOKENS_OF_PAGE[kind].json
    return TOKENS_OF_PAGE[kind].call if door == CALL else TOKENS_OF_PAGE[kind].upload


async def test_a_good_one_is_taken_in_each_of_these_places(world_of: WorldOf) -> None:
    good = world_of(TOKEN).trusted(BOB)
    async with Stage(world_of(TOKEN), good) as stage:
        assert await stage.ask(stage.login) == ""
        assert [_reason(one)[:2] for one in await everywhere(stage, good.token)] == [*["1 "] * 3, *["0 "] * 2]


async def everywhere(stage: Stage, shown: str) -> list[Fetched]:
    """What calls are answered with the token in their head, in their query and in their body, and uploads in
    the first two of these."""
    silent = copy.copy(stage)
    silent.caller = Caller(BOB)
    content, multipart = form(picture(), filename="photo.png")
    fields = {"creator": BOB, "members": NINA, "name": "friends"}
    return [
        await stage.call("creategrp", fields),
        await silent.call("creategrp", fields, access_token=shown),
        await silent.call("creategrp", {**fields, "access_token": shown}),
        await stage.post("upload/avatar", content, multipart, userid=BOB),
        await silent.post("upload/avatar", content, multipart, userid=BOB, access_token=shown),
    ]


def reasons(expected: Refused) -> set[str]:
    """What the log says: to people who run servers, not to users."""
    texts = [text for text in expected[:3] if "Log in again." not in text]
    return {plain(text.partition("_401_")[2] or text[2:]) for text in texts}


def _reason(fetched: Fetched) -> str:
    reply = json.loads(fetched.body)
    return f"{reply['code']} {reply['message']}"
