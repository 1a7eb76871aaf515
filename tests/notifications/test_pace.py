"""Sending gives way while the process has much to do."""

import asyncio

from chat.delivery.loop.processor import MIN_BUSY_USE
from notifications.sending.pace import LATE_SECONDS, is_busy, wait_for_outcomes


async def test_idle_process_is_not_busy() -> None:
    """The machine may be busy with something else for a moment."""
    assert not all([await is_busy(lambda: 0.0) for _ in range(50)])


async def test_process_with_high_cpu_use_is_busy() -> None:
    loop = asyncio.get_running_loop()
    assert await is_busy(lambda: loop.time() * (MIN_BUSY_USE + 0.1))
    assert not all([await is_busy(lambda: loop.time() * (MIN_BUSY_USE - 0.1)) for _ in range(50)])


async def test_late_event_loop_is_busy() -> None:
    loop = asyncio.get_running_loop()

    def stand_still() -> None:
        began = loop.time()
        while loop.time() < began + 2 * LATE_SECONDS:
            pass

    loop.call_later(0.005, stand_still)
    assert await is_busy(lambda: 0.0)


async def test_wait_for_outcomes_ignores_long_task() -> None:
    long, short = (asyncio.create_task(asyncio.sleep(seconds)) for seconds in (3600, 0.01))
    async with asyncio.timeout(30):
        await wait_for_outcomes([long, short], 3600)
    assert short.done()
    long.cancel()


async def test_wait_for_outcomes_collects_tasks_ending_together() -> None:
    tasks = [asyncio.create_task(asyncio.sleep(0.001 * number)) for number in range(10)]
    await wait_for_outcomes(tasks, 3600)
    assert all(task.done() for task in tasks)


async def test_wait_for_outcomes_has_timeout() -> None:
    long = asyncio.create_task(asyncio.sleep(3600))
    await wait_for_outcomes([long], 0.01)
    long.cancel()
