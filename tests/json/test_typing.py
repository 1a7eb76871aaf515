"""Somebody types: the others in the conversation are told at once, or never."""

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.calls import put

pytestmark = anywhere


async def test_only_the_other_in_the_conversation_is_told(
    cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    assert await alice.call("typing", to=f"u:{cast.bob}") == {}
    assert await bob.event() == {"ev": "typing", "conversation": f"u:{cast.alice}", "from": cast.alice}
    assert await charlie.hears_nothing()
    assert await alice.hears_nothing()


async def test_in_a_group_the_other_members_are_told(
    cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    assert await alice.call("typing", to=f"g:{group}") == {}
    assert await bob.event() == {"ev": "typing", "conversation": f"g:{group}", "from": cast.alice}
    assert await charlie.hears_nothing()
    assert await alice.hears_nothing()


async def test_who_is_outside_may_not(group: str, bob: Device, charlie: Device) -> None:
    assert await charlie.refusal("typing", to=f"g:{group}") == Error(403, "not_allowed")
    assert await charlie.refusal("typing", to="g:123456789") == Error(404, "not_found")
    assert await bob.hears_nothing()


async def test_whoever_is_blocked_may_not(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    await put(there, cast.bob, f"blocks/{cast.alice}")
    assert await alice.refusal("typing", to=f"u:{cast.bob}") == Error(403, "blocked")
    assert await bob.hears_nothing()
    await bob.call("typing", to=f"u:{cast.alice}")
    assert (await alice.event())["ev"] == "typing"


async def test_it_is_told_once_in_two_seconds(cast: Cast, alice: Device, bob: Device) -> None:
    for _ in range(20):
        assert await alice.call("typing", to=f"u:{cast.bob}") == {}
    assert (await bob.event())["ev"] == "typing"
    await alice.text(f"u:{cast.bob}", "done")
    assert (await bob.event())["ev"] == "message"


async def test_who_comes_later_is_not_told(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    await alice.call("typing", to=f"u:{cast.bob}")
    assert (await bob.event())["ev"] == "typing"
    async with Device(there.entry, cast.bob, since=0) as later:
        assert later.backlog == []
        assert await later.hears_nothing()


async def test_shipped_apps_are_not_told(there: Server, cast: Cast, alice: Device) -> None:
    async with Phone(there.entry, cast.bob) as bob:
        await alice.call("typing", to=f"u:{cast.bob}")
        assert await bob.hears_nothing()


async def test_nonsense_is_refused(alice: Device) -> None:
    for to in ("bob", "g:", "g:ten", "u:", "x:bob", 7, None):
        assert await alice.refusal("typing", to=to) == Error(400, "invalid"), to
