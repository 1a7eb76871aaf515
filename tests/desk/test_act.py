"""The main actions, by what a moderator clicks: in force within a second for a shipped phone and for a client
of the JSON dialect, and undone again."""

import asyncio
import re

from playwright.async_api import expect

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.desk.clicking import act, undo
from tests.desk.conftest import PHONE, Enter

SECONDS = 1.0


async def told(device: Device) -> dict[str, object]:
    """The next change of standing that the device is told of."""
    while (event := await device.event())["ev"] != "standing":
        pass
    return event


async def test_a_person_is_muted_and_the_mute_undone(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    async with Device(managed.entry, "mia") as device, Phone(managed.entry, "mia") as phone:
        await act(page, "/admin/people/u:mia/", "Mute", lasts="3600")
        async with asyncio.timeout(SECONDS):
            assert (await told(device))["muted"] is True
        await phone.text("alice", "hello")
        while not (frame := await phone.receive()).startswith("error_403"):
            assert frame.startswith("text_im66-desk_")
        await undo(page)
        async with asyncio.timeout(SECONDS):
            assert (await told(device))["muted"] is False


async def test_a_person_is_banned_and_the_ban_undone(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    async with Device(managed.entry, "ben") as device, Phone(managed.entry, "ben") as phone:
        await act(page, "/admin/people/u:ben/", "Ban", lasts="ever")
        async with asyncio.timeout(SECONDS):
            assert await device.close_code() == 4403
            assert await phone.close_code() == 4403
    await undo(page)
    async with Phone(managed.entry, "ben"):
        pass


async def test_a_group_is_dissolved_and_restored(enter: Enter, managed: Server) -> None:
    made = managed.run_python(
        "from groups.services import create_group; print(create_group('gina', ['max'], 'short').pk)"
    )
    page = await enter("moderator")
    address = f"/admin/groups/{int(made)}/"
    await act(page, address, "Dissolve the group")
    await expect(page.get_by_text("Nobody is in the group.")).to_be_visible()
    await undo(page)
    await expect(page.get_by_role("link", name="max", exact=True)).to_be_visible()


async def test_a_message_is_recalled_and_restored(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    async with Device(managed.entry, "alice") as alice, Device(managed.entry, "bob") as bob:
        id_ = await alice.text("g:1", "take me back")
        await act(page, f"/admin/messages/{id_}/", "Recall")
        while (event := await bob.event())["ev"] != "recalled":
            pass
        assert (event["target"], event["by"]) == (id_, "moderator")
        await expect(page.locator(".desk-this").get_by_text("recalled by a moderator")).to_be_visible()
        await undo(page)
        while (event := await bob.event())["ev"] != "restored":
            pass
        assert event["content"] == "take me back"


async def test_several_people_are_warned_after_a_question(enter: Enter) -> None:
    page = await enter("moderator", size=PHONE)
    await page.goto("/admin/people/")
    for userid in ("alice", "charlie"):
        await page.get_by_label(f"Choose {userid}", exact=True).check()
    await page.get_by_label("With those chosen").select_option("warn")
    await page.get_by_role("button", name="Go on…").click()
    await expect(page.get_by_text("This will be done to 2 of the list")).to_be_visible()
    await page.get_by_label("Reason").fill("because")
    await page.get_by_role("button", name="Warn").click()
    await expect(page.get_by_text("Done to 2: Warn.")).to_be_visible()


async def test_a_private_conversation_asks_for_a_reason(enter: Enter) -> None:
    page = await enter("auditor")
    await page.goto("/admin/people/u:alice/")
    await page.get_by_role("link", name=re.compile("Read with Wolfe")).click()
    await expect(page.get_by_text("a secret")).to_have_count(0)
    await page.get_by_label("Reason").fill("a report")
    await page.get_by_role("button", name="Read it").click()
    await expect(page.get_by_text("a secret")).to_be_visible()


async def test_it_can_be_done_with_the_keyboard_alone(enter: Enter) -> None:
    page = await enter("moderator")
    await page.goto("/admin/people/u:charlie/")
    await page.get_by_role("link", name="Warn", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Warn")).to_be_visible()
    await page.get_by_label("Reason").focus()
    await page.keyboard.type("because")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".messagelist .success")).to_be_visible()


async def test_the_dashboard_keeps_itself_new(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    await page.goto("/admin/")
    await page.get_by_text("The same as a table").click()
    connections = page.locator(".desk-figures div", has_text="Connections").locator("dd")
    # A process says how it is every ten seconds, and the page asks every five. Sockets of tests before this
    # one may still be among what it said last.
    await expect(connections).to_have_text("0", timeout=30_000)
    async with Device(managed.entry, "zoe"):
        await expect(connections).to_have_text("1", timeout=30_000)
        await expect(page.locator("#hours table")).to_be_visible()
