"""Nobody's notices wait for addresses that never answer."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.notifications.hanging import ANSWERS, Hanging
from tests.notifications.receiver import Receiver

pytestmark = pytest.mark.slow

SETTINGS = {"IM66_PUSH_AFTER_SECONDS": "0.5", "IM66_WEBHOOK_PRIVATE": "on", **WITHOUT_LIMITS}
KINDS = [*ANSWERS, "tls"]
ATTACKERS, BROWSERS = [f"mallory{number}" for number in range(8)], 10
# What a notice takes without an attack is four seconds; with all that a busy machine adds.
SOON_SECONDS = 12.0


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
        "from accounts.services import ensure_users; from notifications.pushing import subscribe\n"
        f"browsers = {browsers!r}\n"
        "ensure_users(['alice', *browsers])\n"
        "for person, urls in browsers.items():\n    for url in urls: subscribe(person, url)"
    )


async def seconds_until_woken(alice: Device, receiver: Receiver, person: str) -> float:
    before, began = len(receiver.got), time.monotonic()
    await alice.text(f"u:{person}", "hello")
    await asyncio.to_thread(receiver.wait, lambda: len(receiver.got) > before)
    return time.monotonic() - began


async def test_it_works(server: Server, hanging: Hanging, receiver: Receiver) -> None:
    """Eight accounts keep the sender waiting at eighty hosts, in every way."""
    urls = {
        mallory: [
            hanging.url(BROWSERS * number + browser, KINDS[browser % len(KINDS)])
            for browser in range(BROWSERS)
        ]
        for number, mallory in enumerate(ATTACKERS)
    }
    subscribe(server, {**urls, "bob": [receiver.url]})
    async with Device(server.entry, "alice") as alice:
        quiet = await seconds_until_woken(alice, receiver, "bob")
        for mallory in ATTACKERS:
            await alice.text(f"u:{mallory}", "hello")
        await asyncio.to_thread(receiver.wait, lambda: hanging.requests > 0)
        during = [await seconds_until_woken(alice, receiver, "bob") for _ in range(3)]
    print(f"quiet {quiet:.1f} s, during {[round(one, 1) for one in during]} s, {hanging.requests} requests")
    assert max(during) < SOON_SECONDS
