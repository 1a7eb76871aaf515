"""The threads of the database: turns, and what a refused read leaves behind."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from accounts.codes import Cause
from chat.failures import CommandRefused
from tests.support.stage import Stage


class Large:
    """Stands for megabytes that were read."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the garbage collector, which is rare in a server."""
    gc.disable()
    yield
    gc.enable()


async def test_refused_read_leaves_nothing_to_the_collector(stage: Stage, uncollected: None) -> None:
    kept: list[ref[Large]] = []

    def read_and_refuse() -> None:
        large = Large()
        kept.append(ref(large))
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)

    with contextlib.suppress(CommandRefused):
        await stage.run.threads.read_page("alice", read_and_refuse)
    # The thread may still be leaving the call.
    async with asyncio.timeout(5):
        while kept[0]() is not None:
            await asyncio.sleep(0.001)


async def test_questions_of_one_person_leave_turns_to_others(stage: Stage) -> None:
    answered: list[str] = []

    async def ask(userid: str) -> None:
        await stage.run.threads.read_in_turn(userid, lambda: None)
        answered.append(userid)

    await asyncio.gather(*(ask("alice") for _ in range(20)), ask("bob"))
    assert answered.index("bob") < 5
