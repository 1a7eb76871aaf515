"""A provider is one module, and needs nothing else to get lanes, retries, dead letters, figures and the rules
for
addresses. Here it is this one: it calls a person's beacon, by a POST that says who it is for."""

import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from pytest_django import Settings

from log.models import Group
from notifications import lease, providers
from notifications.addresses import host_port_of
from notifications.erasing import erase_person
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.figures import COUNTS, FIGURES
from notifications.models import Delivery
from notifications.providers import NoticeTarget, Provider, Verdict
from notifications.sending import push_queue
from notifications.sending import pushes as module
from notifications.sending.push_queue import MAX_ATTEMPTS
from notifications.sending.pushes import Pushes
from tests.notifications.receiver import Receiver
from tests.notifications.test_worker import Threads
from tests.support.notices import HOLDER, catch_up, look_later, write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

OLDEST, NUMBER, *_ = FIGURES


class Beacons(Provider):
    """`urls`: where each beacon is, by its number. Each belongs to a person."""

    name = "beacon"

    def __init__(self) -> None:
        self.urls: dict[int, tuple[str, str]] = {}
        self.missed_ids: list[int] = []

    def is_used(self) -> bool:
        return bool(self.urls)

    def targets(self, userids: Collection[str]) -> Iterator[NoticeTarget]:
        for id_, (userid, url) in self.urls.items():
            if userid in userids:
                yield NoticeTarget(id_, userid, host_port_of(url).netloc)

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        return {
            one.pk: OutgoingRequest("POST", self.urls[one.target_id][1], body=one.key.encode())
            for one in deliveries
            if one.target_id in self.urls
        }

    def judge(self, answer: EndpointAnswer) -> Verdict:
        return Verdict.GONE if answer.status == 418 else super().judge(answer)

    def mark_missed(self, ids: Collection[int]) -> None:
        self.missed_ids += ids

    def remove_targets(self, ids: Collection[int]) -> None:
        for id_ in ids:
            del self.urls[id_]

    def erase(self, userid: str) -> None:
        self.remove_targets([id_ for id_, (whose, _) in self.urls.items() if whose == userid])


class Hosts:
    """How all answer, and what they were sent."""

    def __init__(self) -> None:
        self.status = 200
        self.sent: list[tuple[str, bytes]] = []

    async def send(
        self, request: OutgoingRequest, seconds: float, connects: Callable[[str], None]
    ) -> EndpointAnswer:
        self.sent.append((request.url, request.body))
        connects("8.8.8.8")
        return EndpointAnswer(self.status)


@pytest.fixture
def beacons(group: Group) -> Iterator[Beacons]:
    """Bob has one."""
    catch_up()
    lease.acquire(HOLDER)
    made = Beacons()
    made.urls[7] = ("bob", "https://beacon.example/bob")
    providers.register(made)
    yield made
    providers.unregister(made)


@pytest.fixture
async def pushes(beacons: Beacons, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pushes]:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr("notifications.sending.pace._BUSY_SECONDS", 0.0)
    monkeypatch.setattr("notifications.sending.push_queue.retry_delay", lambda attempts: 0.0)
    monkeypatch.setattr(module, "_rest_seconds", lambda failures: 0.0)
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


def cause_notice() -> Delivery | None:
    """Alice writes to Bob, and he is told."""
    write("alice", "bob")
    look_later()
    now = time.time()
    Delivery.objects.update(made_at=now - 5, due_at=now)
    return Delivery.objects.first()


async def turns(pushes: Pushes, number: int = 12) -> None:
    for _ in range(number):
        await pushes.turn()


async def test_provider_sends_notice_to_target(pushes: Pushes, hosts: Hosts) -> None:
    before = COUNTS.attempts["slow", "answered"]
    one = await sync_to_async(cause_notice)()
    assert one is not None
    assert (one.target_kind, one.target_id, one.lane) == ("beacon", 7, "beacon.example")
    assert (await sync_to_async(OLDEST.read)())["push",] != 0
    await turns(pushes)
    assert hosts.sent == [("https://beacon.example/bob", b"bob")]
    assert not await Delivery.objects.aexists()
    assert COUNTS.attempts["slow", "answered"] == before + 1


def test_provider_notifies_group_members_only(beacons: Beacons, group: Group) -> None:
    beacons.urls[8] = ("charlie", "https://beacon.example/charlie")
    write("alice", group.pk)
    look_later()
    assert list(Delivery.objects.values_list("key", "target_id")) == [("bob", 7)]


def test_pending_push_is_updated_not_repeated(beacons: Beacons) -> None:
    first = cause_notice()
    second = cause_notice()
    assert first is not None
    assert second is not None
    assert first.pk == second.pk
    assert first.log_id < second.log_id
    assert Delivery.objects.count() == 1


async def test_failing_push_is_retried_and_becomes_dead_letter(
    pushes: Pushes, hosts: Hosts, beacons: Beacons
) -> None:
    hosts.status = 503
    await sync_to_async(cause_notice)()
    await turns(pushes, 40)
    assert len(hosts.sent) == MAX_ATTEMPTS
    letter = await Delivery.objects.aget()
    assert (letter.is_dead, letter.attempts, letter.problem) == (True, MAX_ATTEMPTS, "answered 503")
    assert beacons.missed_ids == [7]
    assert await sync_to_async(NUMBER.read)() == {("waiting",): 0, ("dead",): 1}


async def test_dead_push_is_sent_again_from_the_admin(
    pushes: Pushes, hosts: Hosts, admin_client: Client
) -> None:
    await sync_to_async(cause_notice)()
    await Delivery.objects.aupdate(is_dead=True, problem="answered 503")
    await turns(pushes)
    assert hosts.sent == []
    deliveries = "/admin/notifications/delivery/"
    page = await sync_to_async(admin_client.get)(deliveries)
    assert "beacon" in page.content.decode()
    letter = await Delivery.objects.aget()
    await sync_to_async(admin_client.post)(deliveries, {"action": "replay", "_selected_action": letter.pk})
    await turns(pushes)
    assert len(hosts.sent) == 1


async def test_gone_push_target_is_removed(pushes: Pushes, hosts: Hosts, beacons: Beacons) -> None:
    hosts.status = 418
    await sync_to_async(cause_notice)()
    await turns(pushes)
    assert beacons.urls == {}
    assert not await Delivery.objects.aexists()


def test_erasing_person_removes_push_target(beacons: Beacons) -> None:
    cause_notice()
    erase_person("bob")
    assert beacons.urls == {}
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("may_go_inside", "requests"), [(False, 0), (True, 1)])
async def test_push_to_private_address_is_refused(
    pushes: Pushes, beacons: Beacons, settings: Settings, may_go_inside: bool, requests: int
) -> None:
    override(settings, webhook_private=may_go_inside)
    with Receiver() as receiver:
        beacons.urls[7] = ("bob", receiver.url)
        await sync_to_async(cause_notice)()
        await turns(pushes, 40)
        assert receiver.requests == requests
        assert await Delivery.objects.filter(is_dead=True).acount() == 1 - requests


async def test_push_for_unknown_provider_stays_queued(pushes: Pushes, hosts: Hosts, beacons: Beacons) -> None:
    await sync_to_async(cause_notice)()
    await Delivery.objects.aupdate(target_kind="of a later version")
    take = sync_to_async(push_queue.take_due_pushes)
    assert await take({"beacon.example": 4}, most=4, busy=[], people=[]) == []
    await turns(pushes)
    assert hosts.sent == []
    assert (await Delivery.objects.aget()).attempts == 0
