"""Within an endpoint, what takes long keeps nothing else waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from notifications.client import RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, Endpoint
from notifications.providers.webhook import EndpointProvider
from notifications.sending import endpoints as module
from notifications.sending import queue
from notifications.sending.endpoints import MAX_CONCURRENT_LANES, Worker
from tests.notifications.test_queue import add

pytestmark = pytest.mark.django_db(transaction=True)


class Threads:
    """In place of those of a server."""

    async def follow(self, call: Callable[[], Any]) -> Any:
        return await sync_to_async(call)()


class Receiver:
    """`hanging`: conversations whose events are not answered until `release`, and then fail. `is_down`: none
    is answered."""

    def __init__(self, count: int) -> None:
        self._released = asyncio.Event()
        self.release = self._released.set
        self.hanging = {f"k{number}" for number in range(count)}
        self.is_down = False
        self.tries = 0

    async def send(self, request: OutgoingRequest) -> EndpointAnswer:
        self.tries += 1
        if self.is_down:
            raise RequestFailed("nobody listens")
        if request.body.decode() in self.hanging:
            await self._released.wait()
            raise RequestFailed("no answer")
        return EndpointAnswer(200)


def requests_to(
    _provider: EndpointProvider, _: Endpoint, deliveries: list[Delivery]
) -> dict[int, OutgoingRequest]:
    return {
        one.pk: OutgoingRequest("POST", "https://push.example/", body=one.key.encode()) for one in deliveries
    }


@pytest.fixture
async def worker(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    monkeypatch.setattr(EndpointProvider, "requests_to", requests_to)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr("notifications.sending.pace._BUSY_SECONDS", 0.0)
    threads: Any = Threads()
    worker = Worker(endpoint, threads)
    yield worker
    worker.close()


def answered_by(worker: Worker, receiver: Receiver) -> Receiver:
    worker._client.send = receiver.send  # type: ignore[assignment,method-assign]
    return receiver


async def left(worker: Worker, turns: int = 10) -> list[str]:
    """The keys of what has not arrived after some turns."""
    for _ in range(turns):
        await worker.turn()
    return [
        key
        async for key in Delivery.objects.filter(arrived_at=None)
        .order_by("key")
        .values_list("key", flat=True)
    ]


async def test_every_delivery_is_sent(worker: Worker, endpoint: Endpoint) -> None:
    receiver = answered_by(worker, Receiver(0))
    await sync_to_async(add)(endpoint, "a", "b", "a")
    assert await left(worker) == []
    assert receiver.tries == 3


async def test_hanging_requests_leave_lanes_to_others(worker: Worker, endpoint: Endpoint) -> None:
    answered_by(worker, Receiver(MAX_CONCURRENT_LANES - 1))
    keys = [f"k{number}" for number in range(3 * MAX_CONCURRENT_LANES)]
    await sync_to_async(add)(endpoint, *keys)
    assert await left(worker, 40) == sorted(keys[: MAX_CONCURRENT_LANES - 1])


async def test_failure_among_arrivals_does_not_fail_endpoint(worker: Worker, endpoint: Endpoint) -> None:
    receiver = answered_by(worker, Receiver(1))
    await sync_to_async(add)(endpoint, "k0", "k1")
    assert await left(worker) == ["k0"]
    receiver.release()
    await left(worker, 3)
    assert await Delivery.objects.filter(attempts=1).acount() == 1
    keys = [f"k{number}" for number in range(1, MAX_CONCURRENT_LANES + 1)]
    await sync_to_async(add)(endpoint, *keys)
    tries = receiver.tries
    await worker.turn()
    assert receiver.tries == tries + MAX_CONCURRENT_LANES


async def test_delivery_under_way_is_not_sent_twice(worker: Worker, endpoint: Endpoint) -> None:
    receiver = answered_by(worker, Receiver(1))
    await sync_to_async(add)(endpoint, "k0", "k0")
    assert await left(worker, 5) == ["k0", "k0"]
    assert receiver.tries == 1


async def test_failing_endpoint_is_probed_by_one_request(
    worker: Worker, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.0)
    receiver = answered_by(worker, Receiver(0))
    receiver.is_down = True
    await sync_to_async(add)(endpoint, *(f"k{number}" for number in range(4 * MAX_CONCURRENT_LANES)))
    await left(worker, 1)
    tries = receiver.tries
    assert tries == MAX_CONCURRENT_LANES
    await left(worker, 2)
    assert receiver.tries <= tries + 2
    failed = receiver.tries
    receiver.is_down = False
    # What failed waits for its next attempt, and the others have arrived.
    assert len(await left(worker, 40)) == failed


def be_away(*_: Any) -> None:
    raise OperationalError("the database is away")


async def test_webhook_outcome_is_stored_after_database_error(
    worker: Worker, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = answered_by(worker, Receiver(0))
    await sync_to_async(add)(endpoint, "a")
    await worker.turn()
    with monkeypatch.context() as away:
        away.setattr(queue, "store", be_away)
        with pytest.raises(OperationalError):
            await worker.turn()
    assert await left(worker) == []
    assert receiver.tries == 1
