"""What waits for an application."""

import asyncio
from typing import Any

import pytest

from server.mailbox import Mailbox


def message(number: int) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": str(number)}


async def test_messages_are_taken_in_order() -> None:
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put_nowait(message(number))
    assert [await mailbox.get() for _ in range(3)] == [message(0), message(1), message(2)]


async def test_mailbox_reader_waits_for_a_message() -> None:
    mailbox = Mailbox()
    reading = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put_nowait(message(1))
    mailbox.put_nowait(message(2))
    assert await reading == message(1)
    assert await mailbox.get() == message(2)


@pytest.mark.parametrize("is_put", [False, True], ids=["before it came", "after it came"])
async def test_cancelled_reader_loses_no_message(is_put: bool) -> None:
    mailbox = Mailbox()
    reading = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    if is_put:
        mailbox.put_nowait(message(1))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    if not is_put:
        mailbox.put_nowait(message(1))
    assert await mailbox.get() == message(1)


async def test_second_reader_gets_an_error() -> None:
    mailbox = Mailbox()
    reading = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="one reader"):
        await mailbox.get()
    mailbox.put_nowait(message(1))
    assert await reading == message(1)
