"""One client does as much as it can of what is limited, while others write to each other."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.faults.limited_flooding import ACTS
from tests.support.flooding_process import flooding

pytestmark = pytest.mark.alone

MESSAGES, FIRST_MESSAGES = 100, 20
PAUSE_SECONDS = 0.01
# What others wait at most: half as much again as before, or so long.
WORSE, SECONDS = 1.5, 0.05
# Whatever else runs on the machine may spoil one measurement.
ATTEMPTS = 5
# What the server may hold more afterwards.
MEMORY = 10 * 1024 * 1024
# Those that one client does not reach within seconds are lower than usual.
SETTINGS = {
    "IM66_PEOPLE_PER_ADDRESS": "2",
    "IM66_LIMIT_MEMBERSHIPS": "500/3600",
    "IM66_LIMIT_UPLOADS": "3/3600",
    "IM66_LIMIT_UPLOAD_BYTES": "20000000/3600",
}
WITHOUT_ANOTHER = {
    "new members": {"IM66_LIMIT_USERS": "off"},
    "bytes of uploads": {"IM66_LIMIT_UPLOADS": "off"},
}
CALLED = {"connects": "connections"}


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    kind = request.node.callspec.params["kind"]
    with Server(tmp_path, **{**SETTINGS, **WITHOUT_ANOTHER.get(kind, {})}) as server:
        yield server


def flooded(server: Server, kind: str) -> AbstractAsyncContextManager[None]:
    return flooding("tests.faults.limited_flooding", str(server.port), kind)


async def _slowest(server: Server, number: int, messages: int = MESSAGES) -> float:
    """What one message in a hundred takes at least, between two who are there and write to each other."""
    took = []
    async with Phone(server.entry, f"alice{number}") as alice, Phone(server.entry, f"bob{number}") as bob:
        for content in map(str, range(messages)):
            began = time.perf_counter()
            await alice.text(bob.userid, content)
            assert (await bob.message()).content == content
            took.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return sorted(took)[-len(took) // 100]


async def _settled(server: Server, most: int) -> int:
    """The memory of the server, when it is below `most` again, or after a while."""
    deadline = time.monotonic() + 20
    while server.memory() > most and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    return server.memory()


async def _is_too_much(server: Server, what: str) -> None:
    """Return when somebody was refused. On a slow machine a flood needs some time for that, and whoever looks
    into the log must not take it from the server."""
    async with asyncio.timeout(60):
        while f"Too many {what} by" not in server.log.read_text():
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("kind", ACTS)
async def test_limited_floods_do_not_delay_others(server: Server, kind: str) -> None:
    measured = []
    await _slowest(server, 0, FIRST_MESSAGES)
    held = server.memory()
    for number in range(ATTEMPTS):
        before = await _slowest(server, 2 * number)
        async with flooded(server, kind):
            await asyncio.sleep(1)
            during = await _slowest(server, 2 * number + 1)
            await _is_too_much(server, CALLED.get(kind, kind))
        measured.append((before, during))
        if during <= max(SECONDS, WORSE * before):
            break
    else:
        raise AssertionError(f"before and during: {measured}")
    assert await _settled(server, held + MEMORY) <= held + MEMORY
