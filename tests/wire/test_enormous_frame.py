"""A frame so large that it is not even read to be refused."""

from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from tests.support.phone import Phone
from tests.support.server import Server
from tests.wire.conftest import Cast

LARGEST = 16 * 1024 * 1024


async def test_it_ends_the_connection(server: Server, bob: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.alice) as alice:
        with suppress(ConnectionClosed):
            await alice.send("x" * (LARGEST + 1))
        assert await alice.close_code() != 1000
    async with Phone(server.entry, cast.alice) as again:
        await again.text(cast.bob, "back")
        assert await bob.contents(1) == ["back"]
