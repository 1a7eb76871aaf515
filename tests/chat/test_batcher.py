"""Many who ask at once are answered by one read."""

import asyncio
from collections.abc import Collection

import pytest

from chat.delivery import batcher
from chat.delivery.batcher import MAX_KEYS, Batcher


class Library:
    """Reads take until they are let go. Values tell in which read they were found."""

    def __init__(self) -> None:
        self.reads: list[set[str]] = []
        self.fails = False
        self._open = asyncio.Event()
        self.batcher = Batcher(self._read)

    def let_go(self) -> None:
        self._open.set()

    async def _read(self, keys: Collection[str]) -> dict[str, str]:
        self.reads.append(set(keys))
        number = len(self.reads)
        await self._open.wait()
        if self.fails:
            raise ConnectionError("away")
        return {key: f"{key}{number}" for key in keys}


async def asking(library: Library, *keys: str) -> list["asyncio.Task[str]"]:
    """Tasks that have asked."""
    tasks = [asyncio.create_task(library.batcher.ask(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_those_who_ask_together_are_answered_by_one_read() -> None:
    library = Library()
    tasks = await asking(library, "alice", "bob", "alice")
    library.let_go()
    assert await asyncio.gather(*tasks) == ["alice1", "bob1", "alice1"]
    assert library.reads == [{"alice", "bob"}]


async def test_who_asks_during_a_read_is_answered_by_the_next() -> None:
    library = Library()
    early = await asking(library, "alice")
    late = await asking(library, "alice", "bob")
    library.let_go()
    assert await asyncio.gather(*early, *late) == ["alice1", "alice2", "bob2"]


async def test_who_asks_right_after_a_read_waits_a_little_for_others() -> None:
    library = Library()
    library.let_go()
    await asyncio.gather(*await asking(library, "alice"))
    first = await asking(library, "bob")
    second = await asking(library, "charlie")
    assert await asyncio.gather(*first, *second) == ["bob2", "charlie2"]
    assert library.reads == [{"alice"}, {"bob", "charlie"}]


async def test_after_a_read_that_took_long_nobody_waits_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher, "PAUSE_SECONDS", 0)
    library = Library()
    early = await asking(library, "alice")
    await asyncio.sleep(batcher.INTERVAL_SECONDS)
    library.let_go()
    await asyncio.gather(*early)
    late = [*await asking(library, "bob"), *await asking(library, "charlie")]
    assert library.reads == [{"alice"}, {"bob"}]
    await asyncio.gather(*late)


async def test_one_read_takes_no_more_than_the_most() -> None:
    library = Library()
    library.let_go()
    tasks = await asking(library, *map(str, range(MAX_KEYS + 1)))
    await asyncio.gather(*tasks)
    assert [len(read) for read in library.reads] == [MAX_KEYS, 1]


async def test_an_error_reaches_all_who_waited_and_nobody_after_them() -> None:
    library = Library()
    library.fails = True
    tasks = await asking(library, "alice", "bob")
    library.let_go()
    for task in tasks:
        with pytest.raises(ConnectionError):
            await task
    library.fails = False
    assert await library.batcher.ask("alice") == "alice2"


async def test_one_who_gives_up_takes_no_answer_from_the_others() -> None:
    library = Library()
    alice, bob = await asking(library, "alice", "bob")
    alice.cancel()
    library.let_go()
    assert await bob == "bob1"
    assert alice.cancelled()
