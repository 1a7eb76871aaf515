"""A message is taken back. Nobody gets it any more, in no dialect."""

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


@pytest.mark.promise("json-11")
async def test_recall_event_has_its_target(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    recalled = await alice.call("recall", target=target)
    assert set(recalled) == {"id"}
    assert (await bob.event())["id"] == target
    event = await bob.event()
    assert isinstance(event.pop("time"), int)
    assert event == {
        "ev": "recalled",
        "id": recalled["id"],
        "conversation": f"u:{cast.alice}",
        "target": target,
        "from": cast.alice,
    }
    assert await alice.receives_nothing()


async def test_simultaneous_recalls_from_two_devices_agree(
    there: Server, cast: Cast, alice: Device, bob: Device
) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    async with Device(there.entry, cast.alice) as browser:
        commands = [await device.command("recall", target=target) for device in (alice, browser)]
        for device, command in zip((alice, browser), commands, strict=True):
            assert (await device.reply(command))["id"] > target
    assert (await bob.event())["id"] == target
    assert (await bob.event())["ev"] == "recalled"


class TestLegacyClients:
    @pytest.mark.promise("delivery-14")
    async def test_offline_legacy_client_never_gets_a_recalled_message(
        self, there: Server, cast: Cast, alice: Device
    ) -> None:
        await alice.text(f"u:{cast.bob}", "before")
        target = await alice.text(f"u:{cast.bob}", "oh no")
        await alice.text(f"u:{cast.bob}", "after")
        await alice.call("recall", target=target)
        async with Phone(there.entry, cast.bob) as phone:
            assert await phone.contents(2) == ["before", "after"]
            assert await phone.receives_nothing()
