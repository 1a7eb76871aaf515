"""Every action of the desk, clicked in a browser at one process, is in force for a shipped phone and a client
of the JSON dialect at another."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS
from tests.desk.clicking import PASSWORD, act, log_in, undo
from tests.support.pair import Pair, two_processes

# Long before the other process would look into the database by itself.
SECONDS = 20.0
MAKE = f"""
from accounts.models import User
from groups.services import create_group
User.objects.create_superuser("root", {PASSWORD!r})
print(create_group("alice", ["bob"], "friends").pk)
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Where nobody is told by message what is done: there are only events."""
    with two_processes(tmp_path_factory, **WITHOUT_LIMITS, IM66_DESK_USERID="") as servers:
        yield servers
        for running in servers:
            assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="module")
def group(pair: Pair) -> int:
    """Alice's; Bob is in it."""
    return int(pair[0].run_python(MAKE))


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, pair: Pair, group: int) -> AsyncIterator[Page]:
    """At the first process."""
    context = await browser.new_context(base_url=pair[0].http)
    page = await context.new_page()
    await log_in(page, "root")
    yield page
    await context.close()


async def receives(device: Device, ev: str, **expected: Any) -> dict[str, Any]:
    """The next such event."""
    async with asyncio.timeout(SECONDS):
        while True:
            event = await device.event()
            if event["ev"] == ev and expected.items() <= event.items():
                return event


async def is_refused(phone: Phone, frame: str) -> None:
    await phone.send(frame)
    async with asyncio.timeout(SECONDS):
        assert (await phone.receive()).startswith("error_403")


async def test_person_actions_reach_other_process(desk: Page, pair: Pair, group: int) -> None:
    there, bob = pair[1].entry, "/admin/people/u:bob/"
    async with Device(there, "bob") as device, Phone(there, "bob") as phone:
        await act(desk, bob, "Mute", lasts="3600")
        await receives(device, "standing", muted=True)
        await is_refused(phone, "text_alice_hello_unicast_")

        await undo(desk)
        await receives(device, "standing", muted=False)

        await act(desk, bob, "Mute", group=str(group))
        await receives(device, "standing", muted=True, conversation=f"g:{group}")
        await is_refused(phone, f"text_{group}_hello_group_")
        await act(desk, bob, "Unmute", group=str(group))
        await receives(device, "standing", muted=False, conversation=f"g:{group}")

        await act(desk, bob, "Warn")
        assert (await receives(device, "standing", warned=True))["reason"] == "because"

        await act(desk, bob, "Disconnect")
        async with asyncio.timeout(SECONDS):
            assert await device.close_code() == await phone.close_code() == 4401

    async with Device(there, "bob") as device, Phone(there, "bob") as phone:
        await act(desk, bob, "Ban", lasts="3600")
        async with asyncio.timeout(SECONDS):
            assert await device.close_code() == await phone.close_code() == 4403
    await undo(desk)
    async with asyncio.timeout(SECONDS), Device(there, "bob"):
        pass


async def test_group_actions_reach_other_process(desk: Page, pair: Pair, group: int) -> None:
    there, page = pair[1].entry, f"/admin/groups/{group}/"
    async with Device(there, "bob") as device, Phone(there, "bob") as phone:
        await act(desk, page, "Edit name and notice", name="old friends")
        await receives(device, "notice", name="old friends")

        await act(desk, page, "Mute all")
        await receives(device, "notice", muted=True)
        await is_refused(phone, f"text_{group}_hello_group_")
        await undo(desk)
        await receives(device, "notice", muted=False)

        await act(desk, page, "Slow mode", seconds="60")
        await receives(device, "notice", slow=60)
        await undo(desk)
        await receives(device, "notice", slow=0)

        await act(desk, page, "Add members", userids="charlie")
        await receives(device, "notice", joined=["charlie"])
        await act(desk, page, "Remove members", userids="charlie")
        await receives(device, "notice", left=["charlie"])

        await act(desk, page, "Hand over", userid="bob")
        event = await receives(device, "notice")
        assert event["roles"] == {"alice": "admin", "bob": "owner"}

        await act(desk, page, "Dissolve the group")
        await expect(desk.get_by_text("Nobody is in the group.")).to_be_visible()
        await receives(device, "notice", left=["alice", "bob"])
        await undo(desk)
        await receives(device, "notice", joined=["alice", "bob"])
        await phone.group_text(str(group), "we are back")
        await receives(device, "message", content="we are back")


async def test_message_actions_reach_other_process(desk: Page, pair: Pair, group: int) -> None:
    async with Device(pair[1].entry, "alice") as alice, Device(pair[1].entry, "bob") as bob:
        id_ = await alice.text(f"g:{group}", "take me back")
        page = f"/admin/messages/{id_}/"
        await act(desk, page, "Recall")
        for device in (alice, bob):
            await receives(device, "recalled", target=id_, by="moderator")

        await expect(desk.locator(".desk-this").get_by_text("recalled by a moderator")).to_be_visible()
        await undo(desk)
        for device in (alice, bob):
            await receives(device, "restored", target=id_, content="take me back")

        await act(desk, page, "Erase")
        for device in (alice, bob):
            await receives(device, "recalled", target=id_)
    assert pair[0].query("SELECT id FROM log_message WHERE content LIKE '%take me back%'") == []
