"""What moderators do to messages reaches clients of both dialects, on open sockets and on return."""

import asyncio

import pytest

from testkit.device import Device, Frame
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


async def moderate(server: Server, call: str) -> None:
    """In a process of its own, as the desk may be."""
    await asyncio.to_thread(server.run_python, f"from chat.services.moderating import *; {call}")


def without_time(event: Frame) -> Frame:
    return {name: value for name, value in event.items() if name not in ("id", "time", "sent")}


@pytest.mark.promise("json-23")
async def test_moderator_recall_and_its_undo_reach_both_dialects(
    here: Server, cast: Cast, alice: Device, bob: Device
) -> None:
    target = await alice.text(f"u:{cast.bob}", "hello", cid="x")
    sent = (await bob.event())["time"]
    about = {"target": target, "from": cast.alice, "by": "moderator"}
    places = ((alice, f"u:{cast.bob}"), (bob, f"u:{cast.alice}"))
    await moderate(here, f"recall([{target}]); restore([{target}])")
    for device, conversation in places:
        recalled, restored = await device.events(2)
        event = {"conversation": conversation, **about}
        assert without_time(recalled) == {"ev": "recalled", **event}
        assert (restored["sent"], restored["extension"] != "") == (sent, True)
        del restored["extension"]
        assert without_time(restored) == {"ev": "restored", **event, "kind": "text", "content": "hello"}
        assert recalled["id"] < restored["id"]
    await moderate(here, f"erase({target})")
    for device, conversation in places:
        assert without_time(await device.event()) == {"ev": "recalled", "conversation": conversation, **about}


class TestLegacyClients:
    @pytest.mark.promise("delivery-14")
    async def test_backlog_has_restored_but_no_recalled_messages(
        self, here: Server, there: Server, cast: Cast, alice: Device
    ) -> None:
        first = await alice.text(f"u:{cast.bob}", "first")
        second = await alice.text(f"u:{cast.bob}", "second")
        await moderate(here, f"recall([{first}, {second}]); restore([{second}])")
        async with Phone(there.entry, cast.bob) as phone:
            assert await phone.contents(1) == ["second"]
            assert await phone.receives_nothing()

    async def test_connected_legacy_client_gets_no_moderation_events(
        self, here: Server, there: Server, cast: Cast, alice: Device
    ) -> None:
        async with Phone(there.entry, cast.bob) as phone:
            target = await alice.text(f"u:{cast.bob}", "hello")
            assert await phone.contents(1) == ["hello"]
            await moderate(here, f"recall([{target}]); restore([{target}]); erase({target})")
            assert [event["ev"] for event in await alice.events(3)] == ["recalled", "restored", "recalled"]
            assert await phone.receives_nothing()
