"""A link so slow that a backlog takes longer to get through than a dead client is waited for."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import NamedTuple

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.faults.links import Link, link
from tests.faults.vanishing import ANSWERING_SECONDS, line, listening

FILLING = "x" * 2000
# How long one message takes, which is longer than a client that takes nothing is waited for.
LARGE_SECONDS = 3 * ANSWERING_SECONDS
# What the kernel and a short queue on the way may hold, in bytes.
IN_FLIGHT = 32_000


class Slow(NamedTuple):
    """A server behind a link of so many kbit/s; `messages` take twice as long and longer."""

    server: Server
    link: Link
    kilobits: int
    messages: list[str]

    @property
    def url(self) -> str:
        return f"ws://{self.link.here}:{self.server.port}/entry"

    @property
    def half(self) -> "Slow":
        """The same with so many messages as take long enough."""
        return self._replace(messages=self.messages[: len(self.messages) // 2])

    @property
    def last(self) -> int:
        return len(self.messages) - 1

    @property
    def may_repeat(self) -> int:
        """So many messages are what was in flight, and what came in two seconds: within one, there is a
        ping."""
        return (IN_FLIGHT + 2 * self.kilobits * 1000 // 8) // len(FILLING)


@pytest.fixture
def slow_links(open_server: Server) -> Iterator[list[Slow]]:
    results = []
    with ExitStack() as stack:
        for kilobits, messages in ((64, 54), (240, 160)):
            route = stack.enter_context(link())
            route.slow_down(kilobits)
            contents = [f"{number} {FILLING}" for number in range(messages)]
            results.append(Slow(open_server, route, kilobits, contents))
        yield results


async def _write_to_one_who_is_away(slow: Slow, userid: str) -> None:
    async with Phone(slow.server.entry, f"alice{slow.kilobits}") as alice:
        for content in slow.messages:
            await alice.text(userid, content)
        await alice.settle()


async def _gets_through(slow: Slow) -> list[int]:
    """What comes of all of it on one connection."""
    userid = f"bob{slow.kilobits}"
    await _write_to_one_who_is_away(slow, userid)
    async with listening(slow.url, *slow.link.prefix, userid=userid) as bob:
        return await _numbers(bob, slow.last)


async def _takes_one_large(slow: Slow) -> str:
    """What comes of one message that takes all that time by itself, so that a ping waits behind it."""
    userid, extension = f"eve{slow.kilobits}", "x" * (slow.kilobits * 1000 // 8 * LARGE_SECONDS)
    async with Phone(slow.server.entry, f"alice{slow.kilobits}") as alice:
        await alice.send(f"text_{userid}_large_unicast_{extension}")
        await alice.settle()
    async with listening(slow.url, *slow.link.prefix, userid=userid) as bob:
        return await line(bob)


async def _goes_on(slow: Slow) -> tuple[list[int], list[int]]:
    """What comes until the connection is cut after three quarters, and what at the next login."""
    userid = f"dora{slow.kilobits}"
    await _write_to_one_who_is_away(slow, userid)
    async with listening(slow.url, *slow.link.prefix, userid=userid) as bob:
        before = await _numbers(bob, 3 * slow.last // 4)
        slow.link.cut()
        before += await _rest(bob)
    slow.link.mend()
    slow.link.speed_up()
    async with listening(slow.url, *slow.link.prefix, userid=userid) as bob:
        return before, await _numbers(bob, slow.last)


async def _numbers(bob: Process, last: int) -> list[int]:
    """What it says until it has heard the last, or its connection has ended."""
    results: list[int] = []
    while last not in results[-1:] and (text := await line(bob)):
        results.append(int(text.partition(" ")[0]))
    return results


async def _rest(bob: Process) -> list[int]:
    """What it has received by now, and answered for, although it may not have said it yet."""
    assert bob.stdout
    await asyncio.sleep(1)
    with suppress(ProcessLookupError):
        bob.kill()
    return [int(line.partition(b" ")[0]) for line in (await bob.stdout.read()).splitlines()]


async def test_backlog_crosses_a_slow_link_on_one_connection(slow_links: list[Slow]) -> None:
    halves = [slow.half for slow in slow_links]
    results = await asyncio.gather(*map(_gets_through, halves))
    assert results == [list(range(len(slow.messages))) for slow in halves]


async def test_large_message_crosses_a_slow_link(slow_links: list[Slow]) -> None:
    assert await _takes_one_large(slow_links[0]) == "large"


async def test_login_on_a_slow_link_resumes_where_the_last_one_broke(slow_links: list[Slow]) -> None:
    arrived = await asyncio.gather(*map(_goes_on, slow_links))
    for slow, (before, after) in zip(slow_links, arrived, strict=True):
        repeated = len(before) - after[0]
        assert before + after[repeated:] == list(range(slow.last + 1)), slow.kilobits
        assert 0 <= repeated <= slow.may_repeat, slow.kilobits
