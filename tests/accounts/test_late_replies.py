"""Who is told late, and how many wait to be told."""

import asyncio

import pytest

from accounts import late_replies
from accounts.late_replies import wait_late

SECONDS = 0.2


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_replies, "LATE_SECONDS", SECONDS)
    monkeypatch.setattr(late_replies, "MAX_WAITING_REPLIES", 3)


async def waited(tasks: "list[asyncio.Task[None]]") -> int:
    """How many still wait after a moment."""
    await asyncio.sleep(SECONDS / 4)
    return sum(not task.done() for task in tasks)


async def test_a_reply_comes_no_sooner_than_it_should() -> None:
    began = asyncio.get_running_loop().time()
    await wait_late()
    assert asyncio.get_running_loop().time() - began >= SECONDS * 0.99


async def test_replies_above_bound_are_immediate() -> None:
    tasks = [asyncio.create_task(wait_late()) for _ in range(5)]
    assert await waited(tasks) == 3
    await asyncio.gather(*tasks)


async def test_finished_or_cancelled_wait_frees_place() -> None:
    waiting, gone = asyncio.create_task(wait_late()), [asyncio.create_task(wait_late()) for _ in range(2)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await waiting
    assert await waited([asyncio.create_task(wait_late()) for _ in range(5)]) == 3
