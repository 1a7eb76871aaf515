"""The database is asked in a thread of its own, by one thread at a time."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from im66.operating.inquiry import Inquiry

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """Answers when it is told to, with how often it was asked."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.inquiries = 0

    def __call__(self) -> int:
        self.inquiries += 1
        self.may_answer.wait(20)
        return self.inquiries


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.may_answer.set()


def _one() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


async def test_inquiry_returns_the_result() -> None:
    assert await Inquiry(_one).answer(10.0) == 1


async def test_hanging_inquiry_times_out(slow: Slow) -> None:
    with pytest.raises(TimeoutError):
        await Inquiry(slow).answer(0.01)


async def test_hanging_inquiry_is_not_repeated(slow: Slow) -> None:
    inquiry = Inquiry(slow)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await inquiry.answer(0.01)
    slow.may_answer.set()
    assert await inquiry.answer(10.0) == 1


async def test_concurrent_inquiries_share_one_answer(slow: Slow) -> None:
    inquiry = Inquiry(slow)
    asking = asyncio.gather(inquiry.answer(10.0), inquiry.answer(10.0))
    await asyncio.sleep(0)
    slow.may_answer.set()
    assert list(await asking) == [1, 1]
    assert await inquiry.answer(10.0) == 2


async def test_exception_of_the_inquiry_reaches_the_caller() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Inquiry(fail).answer(10.0)


async def test_inquiry_thread_opens_and_closes_its_own_connection() -> None:
    used = []

    def ask() -> None:
        _one()
        used.append(connection.connection)
        mine.append(connection)

    mine: list[object] = []
    await Inquiry(ask).answer(10.0)
    assert mine[0].connection is None  # type: ignore[attr-defined]
    assert used[0] is not connection.connection
