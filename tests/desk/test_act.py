"""What a moderator clicks is in force for a shipped phone and a JSON client, and can be undone."""

import re

import pytest
from playwright.async_api import expect

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.desk.clicking import act, undo
from tests.desk.conftest import PHONE, Enter


async def event_of(device: Device) -> dict[str, object]:
    """The next change of standing that the device is told of."""
    while (event := await device.event())["ev"] != "standing":
        pass
    return event


@pytest.mark.core
async def test_person_is_muted_and_banned_and_both_are_undone(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    async with Device(managed.entry, "mia") as device, Phone(managed.entry, "mia") as phone:
        await act(page, "/admin/people/u:mia/", "Mute", lasts="3600")
        assert (await event_of(device))["muted"] is True
        await phone.text("alice", "hello")
        while not (frame := await phone.receive()).startswith("error_403"):
            assert frame.startswith("text_im66-desk_")
        await undo(page)
        assert (await event_of(device))["muted"] is False

        await act(page, "/admin/people/u:mia/", "Ban", lasts="3600")
        assert await device.close_code() == 4403
        assert await phone.close_code() == 4403
    await undo(page)
    async with Phone(managed.entry, "mia"):
        pass


async def test_bulk_warning_needs_confirmation(enter: Enter) -> None:
    page = await enter("moderator", size=PHONE)
    await page.goto("/admin/people/")
    for userid in ("alice", "charlie"):
        await page.get_by_label(f"Choose {userid}", exact=True).check()
    await page.get_by_role("button", name="Warn…").click()
    await expect(page.get_by_text("This will be done to 2 people")).to_be_visible()
    await page.get_by_label("Reason").fill("because")
    await page.get_by_role("button", name="Warn").click()
    await expect(page.get_by_text("Warn: done to 2 people.")).to_be_visible()


async def test_private_conversation_asks_for_a_reason(enter: Enter) -> None:
    page = await enter("auditor")
    await page.goto("/admin/people/u:alice/")
    await page.get_by_role("link", name=re.compile("Read with Wolfe")).click()
    await expect(page.get_by_text("a secret")).to_have_count(0)
    await page.get_by_label("Reason").fill("a report")
    await page.get_by_role("button", name="Read it").click()
    await expect(page.get_by_text("a secret")).to_be_visible()


async def test_action_works_by_keyboard(enter: Enter) -> None:
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


async def test_dashboard_refreshes_itself(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    await page.clock.install()
    await page.goto("/admin/")
    await page.get_by_text("The same as a table").click()
    reports = page.locator(".desk-figures div", has_text="Open reports").locator("a")
    before = int(await reports.inner_text())

    managed.run_python(
        "from moderation.reports import filing; filing.file_report('alice', 'u:charlie', 'spam', '')"
    )
    # The page asks every five seconds.
    await page.clock.fast_forward(5_000)

    await expect(reports).to_have_text(str(before + 1))
    await expect(page.locator("#hours table")).to_be_visible()
