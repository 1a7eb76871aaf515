"""Somebody sends one text, frame or body that is as costly as can be. What others write arrives meanwhile as
if nothing was."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from tests.support.nasty import KB, TEXTS, VALUES

pytestmark = pytest.mark.alone

# The slowest text of others took from 2.5 to 9.7 s while one of these was worked on.
SECONDS = 0.4
# How long others write after it: the search index reads a text within a second.
WATCHED_SECONDS = 2.5
PAUSE_SECONDS = 0.01
# Whatever else runs on the machine may spoil a measurement.
ATTEMPTS = 3

RULES = """
from moderation.models import Rule
for pattern, effect in {"spam": "mask", "dubious": "flag"}.items():
    Rule.objects.create(pattern=pattern, effect=effect, made_by="operator")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With rules that mask and that flag."""
    server = Server(tmp_path_factory.mktemp("costly"), **WITHOUT_LIMITS)
    server.prepare()
    server.run_python(RULES)
    server.start()
    yield server
    server.stop()


async def text(server: Server, content: str) -> None:
    async with Phone(server.entry, "mallory") as mallory, Phone(server.entry, "mallet") as mallet:
        await mallory.text("mallet", TEXTS[content](60 * KB))
        await mallet.receive()


async def frame(server: Server, content: str) -> None:
    async with Device(server.entry, "mallory") as mallory:
        await mallory.send(f'{{"cmd":"send","id":{VALUES[content](1000 * KB)}}}')
        await mallory.call("ping")


Attack = Callable[[Server, str], Coroutine[Any, Any, None]]
ATTACKS: dict[str, tuple[Attack, str]] = {
    "a text of combining marks": (text, "marks"),
    "a text for the rules' expressions": (text, "unit"),
    "a text of characters that no cache has": (text, "distinct"),
    "a frame with large numbers": (frame, "numbers"),
}


async def _slowest_while(server: Server, attack: Attack, content: str) -> float:
    """What the slowest of the texts takes that two others write meanwhile."""
    slowest = 0.0
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        attacking = asyncio.create_task(attack(server, content))
        end = time.monotonic() + WATCHED_SECONDS
        while time.monotonic() < end or not attacking.done():
            began = time.perf_counter()
            await alice.text("bob", "hello")
            await bob.message()
            slowest = max(slowest, time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
        await attacking
    return slowest


@pytest.mark.parametrize(("attack", "content"), ATTACKS.values(), ids=ATTACKS)
async def test_costly_text_does_not_delay_others(server: Server, attack: Attack, content: str) -> None:
    measured: list[float] = []
    for _ in range(ATTEMPTS):
        measured.append(await _slowest_while(server, attack, content))
        if measured[-1] < SECONDS:
            return
    raise AssertionError(f"the slowest: {measured}")
