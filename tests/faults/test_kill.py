"""The server process is killed under load and started again."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.calls import make_group

MEMBERS = [f"member{number}" for number in range(8)]
# More than anybody can send before the server dies.
MOST = 1_000_000


class Ledger:
    """What a person sent, and what it got before the end."""

    def __init__(self, userid: str) -> None:
        self.userid = userid
        self.got: list[str] = []


async def _talk(phone: Phone, group: str) -> None:
    try:
        for number in range(MOST):
            await phone.group_text(group, f"{phone.userid}-{number}")
            await asyncio.sleep(0.005)  # so that what is under way is not all that there is
    except ConnectionClosed:
        return
    raise AssertionError("The server outlived the load; it was to be killed in the middle of it.")


async def _listen(phone: Phone, ledger: Ledger) -> None:
    try:
        while True:
            ledger.got.append((await phone.message()).content)
    except ConnectionClosed:
        return


@pytest.mark.promise("delivery-19")
@pytest.mark.core
async def test_server_kill_loses_no_stored_message(
    make_server: MakeServer,
) -> None:
    server = make_server()
    group = await make_group(server, *MEMBERS)
    ledgers = [Ledger(userid) for userid in MEMBERS]
    async with AsyncExitStack() as connected, asyncio.TaskGroup() as tasks:
        for ledger in ledgers:
            phone = await connected.enter_async_context(Phone(server.entry, ledger.userid))
            tasks.create_task(_listen(phone, ledger))
            tasks.create_task(_talk(phone, group))
        while not all(len(ledger.got) > 100 for ledger in ledgers):
            await asyncio.sleep(0.01)
        server.kill()
    server.start()
    stored = server.stored()
    assert len(stored) == len(set(stored))
    for ledger in ledgers:
        await _check(server, ledger, stored)


async def _check(server: Server, ledger: Ledger, stored: list[str]) -> None:
    mine = [content for content in stored if not content.startswith(f"{ledger.userid}-")]
    assert ledger.got == mine[: len(ledger.got)], "seen and not stored, or out of order"
    async with Phone(server.entry, ledger.userid) as again:
        rest = await again.contents_until(mine[-1])
        assert await again.receives_nothing()
    assert rest == mine[mine.index(rest[0]) :], "stored and not delivered, or out of order"
    assert mine.index(rest[0]) <= len(ledger.got), "between the two, something was lost"


@pytest.mark.promise("delivery-19")
async def test_sent_messages_are_stored_without_a_hole_before_a_kill(make_server: MakeServer) -> None:
    """What one connection sent is stored up to some message, with none missing before it."""
    server = make_server()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        talking = asyncio.create_task(_stream(alice))
        await bob.contents(500)
        server.kill()
        await talking
        with suppress(ConnectionClosed):
            await bob.contents(MOST)
    stored = server.stored()
    assert stored == [str(number) for number in range(len(stored))]


async def _stream(alice: Phone) -> None:
    try:
        for number in range(MOST):
            await alice.text("bob", str(number))
            await asyncio.sleep(0.005)  # so that what is under way is not all that there is
    except ConnectionClosed:
        return
    raise AssertionError("The server outlived the load; it was to be killed in the middle of it.")
