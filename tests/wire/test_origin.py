"""The Origin header."""

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.support.phone import Phone
from tests.support.server import Server
from tests.wire.conftest import Cast


@pytest.mark.parametrize("origin", [None, "https://elsewhere.example", "null"])
async def test_it_is_neither_needed_nor_looked_at(
    server: Server, bob: Phone, cast: Cast, origin: str | None
) -> None:
    async with connect(server.entry, origin=Origin(origin) if origin else None) as socket:
        await socket.send(f"login_{cast.alice}")
        await socket.send(f"text_{cast.bob}_from {origin}_unicast_")
        assert (await bob.message()).content == f"from {origin}"
