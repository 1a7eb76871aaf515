"""Alice owns the group, Bob is a member of it, Charlie is outside. Each test has its own three."""

from collections.abc import AsyncIterator
from itertools import count
from typing import NamedTuple

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.calls import make_group

_numbers = count(1)


class Cast(NamedTuple):
    """Their userids."""

    alice: str
    bob: str
    charlie: str


@pytest.fixture
def cast() -> Cast:
    number = next(_numbers)
    return Cast(f"alice{number}", f"bob{number}", f"charlie{number}")


@pytest.fixture
async def alice(server: Server, cast: Cast) -> AsyncIterator[Phone]:
    async with Phone(server.entry, cast.alice) as phone:
        yield phone


@pytest.fixture
async def bob(server: Server, cast: Cast) -> AsyncIterator[Phone]:
    async with Phone(server.entry, cast.bob) as phone:
        yield phone


@pytest.fixture
async def charlie(server: Server, cast: Cast) -> AsyncIterator[Phone]:
    async with Phone(server.entry, cast.charlie) as phone:
        yield phone


@pytest.fixture
async def group(server: Server, cast: Cast) -> str:
    """The id of the group of Alice and Bob."""
    return await make_group(server, cast.alice, cast.bob)
