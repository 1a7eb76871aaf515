"""Who is blocked by somebody may not write to them, in the dialect of the shipped apps."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.pair import Pair, two_processes
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

BLOCKED = "error_403_you are blocked"


async def change(server: Server, action: str, by: Phone, other: Phone) -> None:
    """Block or unblock somebody, in a process of its own."""
    call = f"from chat.services import blocks; blocks.{action}({by.userid!r}, {other.userid!r})"
    await asyncio.to_thread(server.run_python, call)


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(tmp_path_factory) as running:
        yield running


async def test_it_acts_in_every_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with (
        Phone(here.entry, cast.alice) as near,
        Phone(there.entry, cast.alice) as far,
        Phone(there.entry, cast.bob) as bob,
    ):
        for phone in (near, far):
            await phone.text(cast.bob, "hello")
            assert (await bob.message()).content == "hello"
        await change(here, "block", bob, near)
        for phone in (near, far):
            await phone.text(cast.bob, "too late")
            assert await phone.receive() == BLOCKED
        assert "too late" not in here.stored()
        await change(there, "unblock", bob, near)
        for phone in (near, far):
            await phone.text(cast.bob, "in time")
            assert (await bob.message()).content == "in time"
