"""What all feeds of a process hold together."""

import asyncio

from chat.delivery.loop.fanout import MemoryBudget, QueuedFrame

LIMIT = 10_000


class Feed:
    """Holds frames."""

    def __init__(self) -> None:
        self.held: list[QueuedFrame] = []

    @property
    def held_bytes(self) -> int:
        return sum(held.weight for held in self.held)

    def drop_held(self) -> None:
        self.held.clear()


async def test_shared_frame_counts_once_until_the_last_feed_drops_it() -> None:
    one, other = Feed(), Feed()
    budget = MemoryBudget(lambda: [one, other], LIMIT)
    frame = QueuedFrame(1, "x" * 1000, budget)
    assert 1000 < budget.used_bytes < 1200
    one.held.append(frame)
    other.held.append(frame)
    del frame
    one.drop_held()
    assert budget.used_bytes > 1000
    other.drop_held()
    assert budget.used_bytes == 0


async def test_budget_counts_bytes() -> None:
    budget = MemoryBudget(list)
    held = QueuedFrame(1, "x" * 999 + "😀", budget)
    assert budget.used_bytes > 4000
    del held


async def test_largest_feeds_release_rows_when_the_budget_is_exceeded() -> None:
    feeds = [Feed() for _ in range(10)]
    budget = MemoryBudget(lambda: feeds, LIMIT)
    for number, feed in enumerate(feeds):
        feed.held += [QueuedFrame(0, "x" * 100, budget) for _ in range(number)]
    assert budget.used_bytes < LIMIT
    feeds[0].held.append(QueuedFrame(0, "x" * LIMIT, budget))
    await asyncio.sleep(0)
    assert feeds[0].held == []
    assert 0 < budget.used_bytes <= LIMIT / 2 or len(feeds[1].held) == 1
