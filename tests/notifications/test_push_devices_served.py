"""Devices of people who are away, seen from outside: a server, the services of the providers, and clients."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.notifications.push_services import APP, PushServices, Reply, push_services
from tests.support.hurried import hurried
from tests.support.waiting import SECONDS

pytestmark = pytest.mark.slow

# On a quiet machine it is 1.3 s. Who is online and does not confirm is notified after 30.
MAX_SECONDS = 10.0
PROVIDERS = ["fcm", "apns", "jpush", "getui", "huawei", "xiaomi"]


@pytest.fixture
def services() -> Iterator[PushServices]:
    with push_services() as services:
        yield services


@pytest.fixture
def server(services: PushServices, make_server: MakeServer, tmp_path: Path) -> Server:
    return make_server(
        **WITHOUT_LIMITS,
        IM66_PUSH_APPS=str(services.configure(tmp_path)),
        IM66_PUSH_PRIVATE="on",
        IM66_WEBHOOK_PRIVATE="on",
        IM66_WEBHOOK_RETRY_SECONDS="0.1",
        **hurried(notifications__lease__SECONDS=6, notifications__lease__RENEW_SECONDS=1),
    )


def register(server: Server, people: dict[str, tuple[str, str]]) -> None:
    """A device for each of these people: its provider and its token."""
    server.run_python(
        "from accounts.services import ensure_users\n"
        "from notifications.providers.devices import device_providers\n"
        "from notifications.pushing import NewDevice, register\n"
        f"people = {people!r}\n"
        "ensure_users(['alice', *people])\n"
        "for userid, (provider, token) in people.items():\n"
        f"    host = device_providers()[provider].host_for({APP!r}, token)\n"
        f"    register(userid, 'phone', NewDevice(provider, token, host, app={APP!r}))"
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


async def test_message_reaches_each_provider_at_once_and_once(server: Server, services: PushServices) -> None:
    people = {name: (name, f"good-{name}") for name in PROVIDERS}
    register(server, people)
    async with Device(server.entry, userid="alice") as alice:
        # The first push of each provider also learns that its host answers, and fetches access tokens.
        for _ in range(2):
            services.got.clear()
            began = {}
            for name in people:
                began[name] = time.time()
                await alice.text(f"u:{name}", "hello")
            await until(lambda: len(services.got) >= len(people))
            await asyncio.sleep(1.2)
        assert sorted(got.provider for got in services.got) == sorted(people)
        late = {got.provider: got.at - began[got.provider] for got in services.got}
        assert max(late.values()) < MAX_SECONDS, late


async def test_connected_device_that_confirms_is_not_pushed(server: Server, services: PushServices) -> None:
    register(server, {"bob": ("fcm", "good-bob"), "charlie": ("fcm", "good-charlie")})
    async with (
        Device(server.entry, userid="alice") as alice,
        Device(server.entry, userid="bob", device="phone") as bob,
    ):
        await alice.text("u:bob", "hello")
        event = await bob.event()
        await bob.command("ack", upto=event["id"])
        await alice.text("u:charlie", "hello")
        await until(lambda: bool(services.got))
        await asyncio.sleep(1)
    assert [got.token for got in services.got] == ["good-charlie"]


async def test_killed_sender_loses_no_push_and_repeats_it_with_the_same_collapse_id(
    server: Server, services: PushServices
) -> None:
    people = {f"p{number}": ("apns", f"good-p{number}") for number in range(30)}
    register(server, people)
    async with Device(server.entry, userid="alice") as alice:
        for name in people:
            await alice.text(f"u:{name}", "hello")
        await until(lambda: len(services.got) >= 5)
    server.kill()
    server.start()
    await until(lambda: {got.token for got in services.got} >= {token for _, token in people.values()})
    for _, token in people.values():
        same = [got.content["headers"]["apns-collapse-id"] for got in services.got if got.token == token]
        assert len(same) <= 2
        assert len(set(same)) == 1


async def test_hanging_push_provider_delays_no_other(server: Server, services: PushServices) -> None:
    slow = {f"s{number}": ("jpush", f"good-s{number}") for number in range(40)}
    register(server, {**slow, "bob": ("fcm", "good-bob")})

    def hang() -> Reply:
        time.sleep(5)
        return Reply(503, {})

    services.answers["jpush"] = hang
    async with Device(server.entry, userid="alice") as alice:
        await alice.text("u:bob", "hello")
        await until(lambda: bool(services.of("fcm")))
        for name in slow:
            await alice.text(f"u:{name}", "hello")
        await asyncio.sleep(1.5)
        began = time.time()
        await alice.text("u:bob", "hello again")
        await until(lambda: len(services.of("fcm")) == 2)
        assert services.of("fcm")[1].at - began < MAX_SECONDS
    server.signal(signal.SIGTERM)
