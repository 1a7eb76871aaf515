"""The sender of pushes fills places as they become free, and loses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from accounts.services import ensure_users
from log.models import Group
from notifications.client import NotSent, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, PushDevice
from notifications.pushing import MAX_DEVICES
from notifications.sending import push_queue
from notifications.sending import pushes as module
from notifications.sending.lanes import FAST_PLACES, QUICK_SECONDS
from notifications.sending.pushes import Pushes
from tests.notifications.test_push_queue import add
from tests.notifications.test_worker import Threads

pytestmark = pytest.mark.django_db(transaction=True)

HEALTHY = "healthy.example"


class Hosts:
    """How requests to each are answered: by a status, or not; `HANG`: for ever."""

    HANG = -1

    def __init__(self) -> None:
        self.answers: dict[str, int | Exception] = {}
        self.sent: list[str] = []

    async def send(
        self, request: OutgoingRequest, seconds: float, connects: Callable[[str], None]
    ) -> EndpointAnswer:
        host = request.url.split("/")[2]
        self.sent.append(host)
        connects(f"8.{len(self.sent)}.8.8")
        answer = self.answers.get(host, 201)
        if answer == self.HANG:
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, int)
        return EndpointAnswer(answer)


@pytest.fixture
async def pushes(group: Group, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pushes]:
    """Bob has been woken at the healthy host before."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr("notifications.sending.pace._BUSY_SECONDS", 0.0)
    await sync_to_async(add)("bob", HEALTHY)
    await Delivery.objects.all().adelete()
    await PushDevice.objects.aupdate(has_answered=True)
    threads: Any = Threads()
    pushes = Pushes(threads)
    yield pushes
    pushes.close()


@pytest.fixture
def hosts(pushes: Pushes) -> Hosts:
    hosts = Hosts()
    for client in (pushes._fast, pushes._slow):
        client.send = hosts.send  # type: ignore[assignment,method-assign]
    return hosts


async def left(pushes: Pushes, turns: int = 12) -> list[str]:
    """The lanes of what has not arrived after some turns."""
    for _ in range(turns):
        await pushes.turn()
    return [lane async for lane in Delivery.objects.order_by("pk").values_list("lane", flat=True)]


async def test_every_push_is_sent(pushes: Pushes, hosts: Hosts) -> None:
    await sync_to_async(add)("bob", HEALTHY)
    await sync_to_async(add)("charlie", "new.example")
    assert await left(pushes) == []
    assert sorted(hosts.sent) == [HEALTHY, "new.example"]


async def test_hanging_push_host_does_not_delay_other_browsers(pushes: Pushes, hosts: Hosts) -> None:
    for number in range(2 * MAX_DEVICES):
        host = f"host{number}.example{number}"
        hosts.answers[host] = Hosts.HANG
        await sync_to_async(add)(("alice", "charlie")[number % 2], host, age=1000 - number)
    await left(pushes)
    assert len(hosts.sent) == 2  # one of each person
    await sync_to_async(add)("bob", HEALTHY)
    await sync_to_async(add)("bob", "new.example")
    pending = await left(pushes)
    assert [lane for lane in pending if not lane.startswith("host")] == []
    assert len(pending) == 2 * MAX_DEVICES


async def test_slow_healthy_hosts_do_not_delay_others(
    pushes: Pushes, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them, for as many people as there are fast places, who have been served before."""
    now = 1000.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now, time=time.time))

    def add_all() -> None:
        for number in range(FAST_PLACES):
            add(f"mallory{number}", f"late{number % 2}.example{number % 2}", age=1000)

    await sync_to_async(ensure_users)(f"mallory{number}" for number in range(FAST_PLACES))
    await sync_to_async(add_all)()
    assert await left(pushes) == []
    hosts.answers = dict.fromkeys(("late0.example0", "late1.example1"), Hosts.HANG)
    await sync_to_async(add_all)()
    await pushes.turn()
    assert len(pushes._under_way) == FAST_PLACES
    now += QUICK_SECONDS
    await sync_to_async(add)("bob", HEALTHY)
    assert HEALTHY not in await left(pushes)
    assert len(pushes._under_way) == FAST_PLACES, "they still wait"


async def test_unsent_push_keeps_its_attempt_count(pushes: Pushes, hosts: Hosts) -> None:
    hosts.answers["new.example"] = NotSent("too many names are looked up")
    await sync_to_async(add)("charlie", "new.example")
    assert await left(pushes) == ["new.example"]
    assert (await Delivery.objects.aget()).attempts == 0


async def test_failing_browser_at_healthy_host_gets_its_own_lane(pushes: Pushes, hosts: Hosts) -> None:
    await sync_to_async(PushDevice.objects.create)(
        user_id="alice",
        name="x",
        provider="web",
        token=f"https://{HEALTHY}/x",
        digest="x",
        host=HEALTHY,
        has_answered=True,
    )
    hosts.answers[HEALTHY] = RequestFailed("no answer")
    await sync_to_async(add)("charlie", HEALTHY)
    assert await left(pushes) == [f"{HEALTHY} charlie"]
    hosts.answers.clear()
    await sync_to_async(add)("bob", HEALTHY)
    assert await left(pushes) == [f"{HEALTHY} charlie"]


async def test_server_error_of_push_host_counts_as_failure(pushes: Pushes, hosts: Hosts) -> None:
    hosts.answers["new.example"] = 503
    await sync_to_async(add)("charlie", "new.example")
    assert await left(pushes) == ["new.example"]
    assert pushes._lanes
    assert pushes._lanes.counts() == {"healthy": 1, "failing": 1}


async def test_push_outcome_is_stored_after_database_error(
    pushes: Pushes, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(add)("bob", HEALTHY)
    await pushes.turn()

    def be_away(*_: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(push_queue, "store", be_away)
        with pytest.raises(OperationalError):
            await left(pushes)
    assert await left(pushes) == []
    assert hosts.sent == [HEALTHY]
