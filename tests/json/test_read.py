"""Somebody has read: it is stored, and told to those whom it concerns."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.conftest import MakeServer
from tests.json.conftest import Cast


@pytest.mark.promise("json-15")
async def test_a_mark_is_told_to_ones_own_devices_and_the_other_person(
    here: Server, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    async with Device(here.entry, cast.bob) as browser:
        ids = [await alice.text(f"u:{cast.bob}", content) for content in ("one", "two", "three")]
        await bob.events(3)
        await browser.events(3)
        assert await bob.call("read", to=f"u:{cast.alice}", upto=ids[1]) == {"unread": 1}
        told = {"ev": "read", "user": cast.bob, "upto": ids[1]}
        assert await browser.event() == told | {"conversation": f"u:{cast.alice}"}
        assert await alice.event() == told | {"conversation": f"u:{cast.bob}"}
        assert await bob.hears_nothing()
        assert await charlie.hears_nothing()


@pytest.mark.promise("json-15")
async def test_beyond_the_last_message_is_the_last_message(cast: Cast, alice: Device, bob: Device) -> None:
    last = await alice.text(f"u:{cast.bob}", "one")
    assert await bob.call("read", to=f"u:{cast.alice}", upto=10**12) == {"unread": 0}
    assert (await alice.event())["upto"] == last
    await alice.text(f"u:{cast.bob}", "two")
    assert await bob.call("read", to=f"u:{cast.alice}", upto=0) == {"unread": 1}


@pytest.mark.promise("json-15")
async def test_a_mark_never_falls(cast: Cast, alice: Device, bob: Device) -> None:
    first, second = [await alice.text(f"u:{cast.bob}", content) for content in ("one", "two")]
    await bob.call("read", to=f"u:{cast.alice}", upto=second)
    assert (await alice.event())["upto"] == second
    assert await bob.call("read", to=f"u:{cast.alice}", upto=first) == {"unread": 0}
    assert await alice.hears_nothing()


@pytest.mark.promise("json-16")
async def test_in_a_group_only_ones_own_devices_are_told(
    here: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    async with Device(here.entry, cast.bob) as browser:
        upto = await alice.text(f"g:{group}", "one")
        await bob.event()
        await browser.event()
        assert await bob.call("read", to=f"g:{group}", upto=upto) == {"unread": 0}
        told = {"ev": "read", "conversation": f"g:{group}", "user": cast.bob, "upto": upto}
        assert await browser.event() == told
        assert await alice.hears_nothing()


@pytest.mark.promise("json-16")
@pytest.mark.slow
async def test_without_receipts_the_other_person_is_not_told(
    make_server: MakeServer, command: list[str]
) -> None:
    server = make_server(command, IM66_READ_RECEIPTS="false")
    async with (
        Device(server.entry, "alice") as alice,
        Device(server.entry, "bob") as bob,
        Device(server.entry, "bob") as browser,
    ):
        upto = await alice.text("u:bob", "one")
        assert [(await device.event())["ev"] for device in (bob, browser)] == ["message"] * 2
        await bob.call("read", to="u:alice", upto=upto)
        assert (await browser.event())["ev"] == "read"
        assert await alice.hears_nothing()
