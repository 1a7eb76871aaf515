"""PostgreSQL is away for a while: what cannot be stored is refused, and the same command does it later."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from testkit.device import Device, Error, Frame, Refused
from testkit.services import Postgres
from tests.json.places import Place
from tests.support.pair import POSTGRES, REDIS, two_processes
from tests.support.postgres import with_tables

TRY_AGAIN = Error(503, "try_again")
PAUSE_SECONDS = 0.2


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """With the tables. Tests stop it."""
    with with_tables(tmp_path_factory) as postgres:
        yield postgres


@pytest.fixture
def place(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On a database of its own."""
    database = postgres.copy("again")
    with two_processes(tmp_path_factory, (POSTGRES, REDIS), database) as (here, there):
        yield Place(here, there)


async def when_it_is_back(device: Device, cmd: str, **fields: object) -> Frame:
    """The answer to the command, which is sent again until it is not refused any more."""
    async with asyncio.timeout(30):
        while True:
            with suppress(Refused):
                return await device.call(cmd, **fields)
            await asyncio.sleep(PAUSE_SECONDS)


@pytest.mark.promise("json-41")
async def test_command_refused_during_an_outage_succeeds_later(place: Place, postgres: Postgres) -> None:
    message = {"to": "u:bob", "kind": "text", "content": "once", "cid": "mine"}
    async with Device(place.here.entry, "alice") as alice, Device(place.there.entry, "bob") as bob:
        target = await alice.text("u:bob", "before")
        assert (await bob.event())["id"] == target
        postgres.stop()
        try:
            for cmd, fields in (
                ("send", message),
                ("send", message),
                ("edit", {"target": target, "content": "x"}),
                ("react", {"target": target, "emoji": "👍"}),
                ("recall", {"target": target}),
            ):
                assert await alice.refusal(cmd, **fields) == TRY_AGAIN
            assert await alice.call("ping") == {}
            async with Device(place.there.entry) as charlie:
                assert await charlie.refusal("hello", userid="charlie") == TRY_AGAIN
        finally:
            postgres.start()
        sent = await when_it_is_back(alice, "send", **message)
        await when_it_is_back(bob, "send", to="u:alice", kind="text", content="I am back too")
        assert await alice.call("send", **message) == sent
        async with Device(place.there.entry) as browser:
            # Bob has waited until this process writes again. It reads by other connections.
            await when_it_is_back(browser, "hello", userid="alice")
            assert await browser.call("send", **message) == sent
        event = await bob.event()
        assert (event["id"], event["content"]) == (sent["id"], "once")
        assert await bob.receives_nothing()
    assert place.here.stored() == ["before", "once", "I am back too"]
