"""Nobody's notices wait for hosts that never answer. Eight accounts keep the sender waiting at eighty hosts,
in every way."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.notifications.hanging import ANSWERS, Hanging
from tests.notifications.receiver import Receiver
from tests.support.hurried import NOTICES_AT_ONCE, hurried

pytestmark = pytest.mark.slow

SETTINGS = {
    "IM66_PUSH_AFTER_SECONDS": "0.5",
    "IM66_PUSH_PRIVATE": "on",
    "IM66_WEBHOOK_PRIVATE": "on",
    **WITHOUT_LIMITS,
    **hurried(notifications__lease__SECONDS=6, notifications__lease__RENEW_SECONDS=1, **NOTICES_AT_ONCE),
}
KINDS = [*ANSWERS, "tls"]
ATTACKERS, BROWSERS = [f"mallory{number}" for number in range(8)], 10
# Eight of them are tried at a time, each for ten seconds.
HOSTS = len(ATTACKERS) * BROWSERS


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server(**SETTINGS)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    with Hanging() as hanging:
        yield hanging


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def subscribe(server: Server, browsers: dict[str, list[str]]) -> None:
    server.run_python(
        "from accounts.services import ensure_users; from tests.support.notices import subscribe\n"
        f"browsers = {browsers!r}\n"
        "ensure_users(['alice', *browsers])\n"
        "for person, urls in browsers.items():\n    for url in urls: subscribe(person, url)"
    )


def attackers(hanging: Hanging) -> dict[str, list[str]]:
    """Each with browsers at hosts of their own."""
    return {
        mallory: [
            hanging.url(BROWSERS * number + browser, KINDS[browser % len(KINDS)])
            for browser in range(BROWSERS)
        ]
        for number, mallory in enumerate(ATTACKERS)
    }


async def write_to_attackers(alice: Device) -> None:
    for mallory in ATTACKERS:
        await alice.text(f"u:{mallory}", "hello")


async def is_woken(alice: Device, receiver: Receiver, person: str) -> None:
    before = len(receiver.got)
    await alice.text(f"u:{person}", "hello")
    await asyncio.to_thread(receiver.wait, lambda: len(receiver.got) > before)


async def test_hanging_push_hosts_delay_no_push(server: Server, hanging: Hanging, receiver: Receiver) -> None:
    """For Bob, at a host that has answered, and for Charlie, at one that nobody has tried."""
    with Receiver() as new:
        browsers = {"bob": [receiver.url], "charlie": [new.url]}
        subscribe(server, attackers(hanging) | browsers)
        async with Device(server.entry, "alice") as alice:
            await is_woken(alice, receiver, "bob")
            await write_to_attackers(alice)
            await asyncio.to_thread(receiver.wait, lambda: hanging.requests > 0)
            for person, their in (("bob", receiver), ("bob", receiver), ("charlie", new)):
                await is_woken(alice, their, person)
    # Who waited with the others would have come after all of these.
    assert hanging.requests < HOSTS * 3 / 4
