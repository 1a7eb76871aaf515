"""Two processes with nothing between them but the database: they find each other's messages by polling."""

from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.calls import add, make_group, remove

POLL = {"IM66_POLL_SECONDS": "0.2"}


@pytest.fixture
def pair(make_server: MakeServer) -> Iterator[tuple[Server, Server]]:
    here = make_server(**POLL)
    there = Server(here.data_dir, **POLL)
    there.start()
    yield here, there
    there.stop()


@pytest.mark.promise("routing-6")
async def test_polling_delivers_without_a_channel_layer(pair: tuple[Server, Server]) -> None:
    here, there = pair
    group = await make_group(here, "alice", "bob")
    async with (
        Phone(here.entry, "alice") as alice,
        Phone(there.entry, "bob") as bob,
        Phone(there.entry, "charlie") as charlie,
    ):
        for number in range(100):
            await alice.text("bob", f"u{number}")
            await alice.group_text(group, f"g{number}")
        assert await bob.contents(200) == [f"{type_}{number}" for number in range(100) for type_ in "ug"]
        await add(here, group, "charlie")
        await remove(here, group, "bob")
        await alice.group_text(group, "without Bob")
        assert await charlie.contents(1) == ["without Bob"]
        assert await bob.receives_nothing()
