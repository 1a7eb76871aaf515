"""A message is taken back. Nobody gets it any more, in no dialect."""

import base64

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.calls import remove

pytestmark = anywhere

NOT_ALLOWED = Error(403, "not_allowed")
NOT_FOUND = Error(404, "not_found")


async def test_a_recall_is_told_with_its_target(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    recalled = await alice.call("recall", target=target)
    assert set(recalled) == {"id"}
    assert (await bob.event())["id"] == target
    told = await bob.event()
    assert isinstance(told.pop("time"), int)
    assert told == {
        "ev": "recalled",
        "id": recalled["id"],
        "conversation": f"u:{cast.alice}",
        "target": target,
        "from": cast.alice,
    }
    assert await alice.hears_nothing()


async def test_again_is_answered_as_before(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    first = await alice.call("recall", target=target)
    assert await alice.call("recall", target=target) == first
    assert [event["ev"] for event in await bob.events(2)] == ["message", "recalled"]
    assert await bob.hears_nothing()


async def test_at_once_from_two_devices(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    async with Device(there.entry, cast.alice) as browser:
        commands = [await device.command("recall", target=target) for device in (alice, browser)]
        for device, command in zip((alice, browser), commands, strict=True):
            assert (await device.reply(command))["id"] > target
    assert (await bob.event())["id"] == target
    assert (await bob.event())["ev"] == "recalled"


async def test_who_owns_the_group_may(group: str, alice: Device, bob: Device) -> None:
    target = await bob.text(f"g:{group}", "rude")
    await alice.call("recall", target=target)
    told = await bob.event()
    assert (told["ev"], told["target"], told["conversation"]) == ("recalled", target, f"g:{group}")


async def test_a_member_may_not_recall_what_somebody_else_wrote(
    group: str, alice: Device, bob: Device
) -> None:
    target = await alice.text(f"g:{group}", "Alice's")
    assert await bob.refusal("recall", target=target) == NOT_ALLOWED
    assert await alice.call("recall", target=target)


async def test_the_recipient_may_not(alice: Device, bob: Device, charlie: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "Alice's")
    assert await bob.refusal("recall", target=target) == NOT_ALLOWED
    assert await charlie.refusal("recall", target=target) == NOT_FOUND
    assert await alice.call("recall", target=target)


async def test_who_was_removed_may_no_longer(group: str, here: Server, cast: Cast, bob: Device) -> None:
    kept, taken = await bob.text(f"g:{group}", "one"), await bob.text(f"g:{group}", "two")
    await bob.call("recall", target=taken)
    await remove(here, group, cast.bob)
    assert await bob.refusal("recall", target=kept) == NOT_ALLOWED


class TestLegacyClients:
    async def test_who_was_away_never_gets_it(self, there: Server, cast: Cast, alice: Device) -> None:
        await alice.text(f"u:{cast.bob}", "before")
        target = await alice.text(f"u:{cast.bob}", "oh no")
        await alice.text(f"u:{cast.bob}", "after")
        await alice.call("recall", target=target)
        async with Phone(there.entry, cast.bob) as phone:
            assert await phone.contents(2) == ["before", "after"]
            assert await phone.hears_nothing()

    async def test_their_history_lacks_it(self, there: Server, cast: Cast, group: str, alice: Device) -> None:
        to = f"g:{group}"
        await alice.text(to, "stays")
        target = await alice.text(to, "oh no")
        async with Phone(there.entry, cast.bob) as phone:
            assert await phone.contents(2) == ["stays", "oh no"]
            assert "oh no" in await _records(phone, group)
            await alice.call("recall", target=target)
            history = await _records(phone, group)
            assert "stays" in history
            assert "oh no" not in history
            assert await phone.hears_nothing()


async def _records(phone: Phone, group: str) -> str:
    await phone.send(f"records_{group}_0_group")
    answer = await phone.receive()
    return base64.b64decode(answer.split("_")[2]).decode()
