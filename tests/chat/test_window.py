"""What one connection may have on its way into the log: so many messages, and so many bytes of them."""

import asyncio

import pytest

from chat.delivery.connection.outbox import MAX_WINDOW_BYTES, MAX_WINDOW_MESSAGES, Window


async def waits(entering: "asyncio.Task[None]") -> bool:
    await asyncio.sleep(0)
    return not entering.done()


async def test_full_window_admits_a_message_when_one_leaves() -> None:
    window = Window()
    for _ in range(MAX_WINDOW_MESSAGES):
        await window.enter(10)
    entering = asyncio.create_task(window.enter(10))
    assert await waits(entering)
    window.leave(10)
    await entering


async def test_window_admits_fewer_long_messages() -> None:
    window = Window()
    await window.enter(MAX_WINDOW_BYTES - 10)
    await window.enter(10)
    entering = asyncio.create_task(window.enter(10))
    assert await waits(entering)
    window.leave(10)
    await entering


async def test_window_entry_waits_for_enough_room() -> None:
    window = Window()
    for _ in range(4):
        await window.enter(MAX_WINDOW_BYTES // 4)
    entering = asyncio.create_task(window.enter(MAX_WINDOW_BYTES // 2))
    window.leave(MAX_WINDOW_BYTES // 4)
    assert await waits(entering)
    window.leave(MAX_WINDOW_BYTES // 4)
    await entering


async def test_message_longer_than_the_window_has_room_alone() -> None:
    window = Window()
    await window.enter(10)
    entering = asyncio.create_task(window.enter(2 * MAX_WINDOW_BYTES))
    assert await waits(entering)
    window.leave(10)
    await entering


async def test_cancelled_window_entry_takes_no_room() -> None:
    window = Window()
    await window.enter(MAX_WINDOW_BYTES)
    entering = asyncio.create_task(window.enter(MAX_WINDOW_BYTES))
    assert await waits(entering)
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    window.leave(MAX_WINDOW_BYTES)
    await window.enter(MAX_WINDOW_BYTES)


async def test_concurrent_window_entry_is_an_error() -> None:
    window = Window()
    await window.enter(MAX_WINDOW_BYTES)
    entering = asyncio.create_task(window.enter(MAX_WINDOW_BYTES))
    assert await waits(entering)
    with pytest.raises(RuntimeError):
        await window.enter(MAX_WINDOW_BYTES)
    window.leave(MAX_WINDOW_BYTES)
    await entering


async def test_message_enters_a_window_with_room_without_waiting() -> None:
    window = Window()
    assert window.enter_now(MAX_WINDOW_BYTES)
    assert not window.enter_now(1)
    window.leave(MAX_WINDOW_BYTES)
    for _ in range(MAX_WINDOW_MESSAGES):
        assert window.enter_now(1)
    assert not window.enter_now(1)
