"""The threads of requests: as many as are used at once, and nobody shares one."""

import asyncio
import threading
from time import sleep

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from im66.threads import MAX_IDLE, Threads


async def test_sequential_requests_reuse_one_thread() -> None:
    """The same thread for all that one request does, and for the next request."""
    threads, results = Threads(), []
    for _ in range(3):
        async with threads.reserve():
            results += [await sync_to_async(threading.get_ident)() for _ in range(2)]
    assert len(set(results)) == 1
    assert results[0] != threading.get_ident()


async def test_simultaneous_requests_have_separate_threads() -> None:
    threads = Threads()

    async def ident() -> int:
        async with threads.reserve():
            await asyncio.sleep(0.01)
            return await sync_to_async(threading.get_ident)()

    assert len(set(await asyncio.gather(*(ident() for _ in range(5))))) == 5


async def test_unused_pool_starts_no_thread() -> None:
    before = threading.active_count()
    async with Threads().reserve():
        pass
    assert threading.active_count() == before


async def test_idle_threads_end_after_a_burst() -> None:
    threads, before = Threads(), threading.active_count()

    async def use() -> None:
        async with threads.reserve():
            await sync_to_async(sleep)(0.05)

    await asyncio.gather(*(use() for _ in range(3 * MAX_IDLE)))
    async with asyncio.timeout(10):
        while threading.active_count() > before + MAX_IDLE:
            await asyncio.sleep(0.01)


async def test_thread_of_cancelled_request_is_not_shared() -> None:
    threads, go_on = Threads(), threading.Event()
    busy: list[int] = []

    def work() -> None:
        busy.append(threading.get_ident())
        go_on.wait(10)

    async def leave_early() -> None:
        async with threads.reserve():
            await sync_to_async(work)()

    leaving = asyncio.create_task(leave_early())
    while not busy:
        await asyncio.sleep(0.01)
    for _ in range(2):
        leaving.cancel()
        await asyncio.sleep(0.01)
    async with threads.reserve():
        assert await sync_to_async(threading.get_ident)() != busy[0]
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving


@pytest.mark.django_db(transaction=True)
async def test_reused_thread_has_no_old_database_connection() -> None:
    threads = Threads()

    def connect() -> bool:
        connection.ensure_connection()
        return is_connected()

    def is_connected() -> bool:
        return connection.connection is not None

    async with threads.reserve():
        assert await sync_to_async(connect)()
    async with threads.reserve():
        assert not await sync_to_async(is_connected)()
