"""Sending gives way while the process has much to do."""

import asyncio

from chat.delivery.share import BUSY
from notifications.sending.pace import LATE_SECONDS, is_busy


async def test_it_works() -> None:
    """The machine may be busy with something else for a moment."""
    assert not all([await is_busy(lambda: 0.0) for _ in range(50)])


async def test_a_process_that_uses_a_processor_is_busy() -> None:
    loop = asyncio.get_running_loop()
    assert await is_busy(lambda: loop.time() * (BUSY + 0.1))
    assert not all([await is_busy(lambda: loop.time() * (BUSY - 0.1)) for _ in range(50)])


async def test_an_event_loop_that_comes_late_is_busy() -> None:
    loop = asyncio.get_running_loop()

    def stand_still() -> None:
        began = loop.time()
        while loop.time() < began + 2 * LATE_SECONDS:
            pass

    loop.call_later(0.005, stand_still)
    assert await is_busy(lambda: 0.0)
