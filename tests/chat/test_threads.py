"""Where the database is spoken to on behalf of sockets."""

import asyncio
import threading
import time
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from chat import selectors
from chat.delivery import threads
from chat.delivery.runtime import Runtime
from chat.delivery.threads import DatabaseThreads

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    """A read that takes until it is let go, as of a database that does not answer."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def read(self) -> int:
        self.began.set()
        self.may_end.wait(10)
        return 0


async def test_closing_waits_for_nobody() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    reading = asyncio.create_task(speaking.read(reader.read))
    await asyncio.to_thread(reader.began.wait)
    started = time.monotonic()
    closed = asyncio.wrap_future(speaking.close())
    assert time.monotonic() - started < 5
    assert not closed.done()
    reader.may_end.set()
    await closed
    assert await reading == 0


async def test_a_start_that_is_cancelled_does_not_stop_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader()
    monkeypatch.setattr(selectors, "last_id", reader.read)
    starting = asyncio.create_task(Runtime(asyncio.get_running_loop()).start())
    await asyncio.to_thread(reader.began.wait)
    starting.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert time.monotonic() - started < 5
    monkeypatch.undo()
    reader.may_end.set()


async def test_a_connection_is_kept_and_is_no_pools() -> None:
    def mine() -> tuple[dict[str, Any], object]:
        selectors.last_id()
        return connection.settings_dict["OPTIONS"], connection.connection

    speaking = DatabaseThreads()
    try:
        options, opened = await speaking.write(mine)
        assert "pool" not in options
        assert (await speaking.write(mine))[1] is opened
        await speaking.write(lambda: setattr(threads._thread, "fresh_until", 0.0))
        assert (await speaking.write(mine))[1] is opened
    finally:
        await asyncio.wrap_future(speaking.close())


@pytest.mark.slow
async def test_a_database_that_is_away_is_not_tried_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[float] = []

    def away(_: BaseDatabaseWrapper) -> None:
        attempts.append(time.monotonic())
        raise OperationalError("away")

    speaking = DatabaseThreads()
    try:
        monkeypatch.setattr(BaseDatabaseWrapper, "connect", away)
        for _ in range(100):
            with pytest.raises(DatabaseError):
                await speaking.read(selectors.last_id)
        assert len(attempts) <= threads.READERS * 2
        attempts.clear()
        for _ in range(3):
            with pytest.raises(DatabaseError):
                await speaking.write(selectors.last_id)
        assert attempts[2] - attempts[0] >= 2 * threads.RETRY_SECONDS * 0.9
        monkeypatch.undo()
        assert await speaking.write(selectors.last_id) == 0
    finally:
        await asyncio.wrap_future(speaking.close())


async def test_pages_are_read_by_turns_of_people() -> None:
    speaking, came = DatabaseThreads(), []

    def ask(userid: str) -> "asyncio.Task[None]":
        return asyncio.create_task(speaking.read_page(userid, lambda: came.append(userid)))

    await asyncio.gather(*(ask("alice") for _ in range(5)), ask("bob"), ask("bob"))
    assert came == ["alice", "alice", "bob", "alice", "bob", "alice", "alice"]
    await asyncio.wrap_future(speaking.close())


@pytest.mark.slow
async def test_after_a_page_that_took_long_its_place_stays_empty_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "PAGES_AT_ONCE", 1)
    speaking, ended, began = DatabaseThreads(), [], []

    def read() -> None:
        time.sleep(0.09)
        ended.append(time.monotonic())

    await speaking.read_page("alice", read)
    await speaking.read_page("bob", lambda: began.append(time.monotonic()))
    assert began[0] - ended[0] >= 0.09 - threads.BREAKS.short
    await asyncio.wrap_future(speaking.close())


async def test_a_page_that_takes_long_keeps_no_other_read_waiting() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    pages = [asyncio.create_task(speaking.read_page("alice", reader.read)) for _ in range(10)]
    await asyncio.to_thread(reader.began.wait)
    assert await asyncio.wait_for(speaking.read(lambda: 1), 5) == 1
    reader.may_end.set()
    assert await asyncio.gather(*pages) == [0] * 10
    await asyncio.wrap_future(speaking.close())


async def test_a_page_that_nobody_waits_for_any_more_keeps_its_turn_until_it_is_read() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    given_up = [asyncio.create_task(speaking.read_page("alice", reader.read)) for _ in range(10)]
    await asyncio.to_thread(reader.began.wait)
    for reading in given_up:
        reading.cancel()
    waiting = asyncio.create_task(speaking.read_page("bob", lambda: "bob's"))
    assert await asyncio.wait_for(speaking.read(lambda: 1), 5) == 1
    assert not waiting.done()
    reader.may_end.set()
    assert await waiting == "bob's"
    await asyncio.wrap_future(speaking.close())
