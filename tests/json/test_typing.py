"""Somebody types: the others in the conversation are told at once, or never."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


@pytest.mark.promise("json-17")
async def test_typing_reaches_only_the_other_person(
    cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    assert await alice.call("typing", to=f"u:{cast.bob}") == {}
    assert await bob.event() == {"ev": "typing", "conversation": f"u:{cast.alice}", "from": cast.alice}
    assert await charlie.receives_nothing()
    assert await alice.receives_nothing()


@pytest.mark.promise("json-17")
async def test_later_login_gets_no_typing(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    await alice.call("typing", to=f"u:{cast.bob}")
    assert (await bob.event())["ev"] == "typing"
    async with Device(there.entry, cast.bob, since=0) as later:
        assert later.backlog == []
        assert await later.receives_nothing()
