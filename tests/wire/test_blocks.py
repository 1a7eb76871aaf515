"""Who is blocked by somebody may not write to them, in the dialect of the shipped apps."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.axes import PROGRAMS
from tests.support.pair import POSTGRES, REDIS, Pair, two_processes
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

BLOCKED = "error_403_you are blocked"


@pytest.fixture(scope="module", params=PROGRAMS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that finds nothing by polling."""
    with Server(tmp_path_factory.mktemp("blocks"), request.param, IM66_POLL_SECONDS="60") as running:
        yield running


async def change(server: Server, action: str, by: Phone, other: Phone) -> None:
    """Block or unblock somebody, in a process of its own."""
    call = f"from chat.services import blocks; blocks.{action}({by.userid!r}, {other.userid!r})"
    await asyncio.to_thread(server.run_python, call)


async def test_somebody_who_is_blocked_cannot_write_until_unblocked(
    server: Server, alice: Phone, bob: Phone
) -> None:
    await alice.text(bob.userid, "hello")
    assert (await bob.message()).content == "hello"
    await change(server, "block", bob, alice)
    await alice.text(bob.userid, "are you angry?")
    assert await alice.receive() == BLOCKED
    assert await bob.hears_nothing()
    assert "are you angry?" not in server.stored()
    await change(server, "unblock", bob, alice)
    await alice.text(bob.userid, "sorry")
    assert (await bob.message()).content == "sorry"


@pytest.fixture(
    params=[(), (POSTGRES, REDIS)],
    ids=["sqlite", "postgres-redis"],
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(tmp_path_factory, request.param) as running:
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
        await change(there, "unblock", bob, near)
        for phone in (near, far):
            await phone.text(cast.bob, "in time")
            assert (await bob.message()).content == "in time"
