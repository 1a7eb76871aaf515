"""Pins are told to everybody in the conversation, and shipped apps get a text."""

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast
from tests.json.places import Places
from tests.support.api import Remote
from tests.support.axes import ONE


@pytest.fixture(params=ONE)
def shipped(request: pytest.FixtureRequest, places: Places) -> Server:
    """One that is set up for the apps as they were shipped."""
    return places.at(request.param, IM66_CLIENTS="shipped").here


@pytest.mark.promise("json-48")
async def test_pins_reach_groups_and_two_person_conversations(
    here: Server, there: Server, cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    calls = Remote(there, cast.alice)
    message = await alice.text(f"g:{group}", "meet at nine")
    assert (await bob.event())["id"] == message
    assert (await calls.put(f"conversations/g:{group}/pins", message=message)).status == 204
    for device in (alice, bob):
        event = await device.event()
        place = {"ev": "notice", "conversation": f"g:{group}", "id": event["id"], "time": event["time"]}
        assert event == {**place, "message_pinned": message, "by": cast.alice}
    assert (await Remote(here, cast.charlie).get(f"conversations/g:{group}/pins")).status == 404

    between = await alice.text(f"u:{cast.bob}", "between us")
    await bob.event()
    await calls.put(f"conversations/u:{cast.bob}/pins", message=between)
    for device, other in ((alice, cast.bob), (bob, cast.alice)):
        event = {"ev": "conversation", "conversation": f"u:{other}", "message_pinned": between}
        assert await device.event() == event
    assert await charlie.receives_nothing()


async def test_phones_get_pins_as_text(shipped: Server, cast: Cast) -> None:
    alice = Remote(shipped, cast.alice)
    await alice.patch("me", nickname="Ada")
    group = (await alice.post("groups", name="Tea", members=[cast.bob])).body["id"]
    sent = await alice.post(f"conversations/g:{group}/messages", kind="text", content="meet at nine")
    async with Phone(shipped.entry, cast.bob) as bob:
        assert (await bob.message()).content == "meet at nine"
        await alice.put(f"conversations/g:{group}/pins", message=sent.body["id"])
        message = await bob.message()
        assert (message.content, message.sender, message.origin) == ("[置顶了一条消息]", cast.alice, group)
        assert message.names == ("Ada", "Tea")
        between = await alice.post(f"conversations/u:{cast.bob}/messages", kind="text", content="between us")
        assert (await bob.message()).content == "between us"
        path = f"conversations/u:{cast.bob}/pins"
        for _ in range(2):
            await alice.put(path, message=between.body["id"])
            await alice.delete(f"{path}?message={between.body['id']}")
        pinned = await bob.message()
        assert (pinned.content, pinned.sender) == ("[置顶了一条消息]", cast.alice)
        assert pinned.names == ("Ada", "Ada")
        await alice.patch(f"groups/{group}", notice="Bring_water", confirm=True)
        notice = await bob.message()
        assert (notice.content, notice.names) == ("[群公告] Bring\uff3fwater", ("Ada", "Tea"))
    await alice.patch(f"groups/{group}", notice="Bring tea", confirm=True)
    async with Phone(shipped.entry, cast.bob) as bob:
        assert (await bob.message()).names == ("Ada", "Tea")
