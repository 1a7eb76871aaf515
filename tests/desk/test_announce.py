"""Administrators announce something to many people, and see how far it is."""

import asyncio

from playwright.async_api import expect

from testkit.server import Server
from tests.desk.conftest import Enter

TEXT = "The service is away from ten to eleven."


async def test_announcement_shows_recipient_count_then_progress(enter: Enter, managed: Server) -> None:
    page = await enter("root")
    await page.goto("/admin/announcements/make/")
    await page.get_by_label("Name in the list").fill("Maintenance")
    await page.locator("[name=text]").fill(TEXT)
    await page.get_by_label("Only members of the group").fill("77")
    await page.get_by_role("button", name="Count").click()
    await expect(page.get_by_text("There is no such group.")).to_be_visible()
    assert await page.get_by_role("button", name="Send").count() == 0

    await page.get_by_label("Only members of the group").fill("1")
    await page.get_by_role("button", name="Count").click()
    await expect(page.get_by_role("status")).to_have_text("It would go to 2 people.")
    query = f"SELECT recipient_id FROM log_message WHERE content = '{TEXT}' ORDER BY recipient_id"
    assert managed.query(query) == []
    await page.get_by_role("button", name="Send").click()

    row = page.get_by_role("row", name="Maintenance")
    async with asyncio.timeout(30):
        while "Done" not in await row.inner_text():
            await page.reload()
    assert "2 of 2" in await row.inner_text()
    assert managed.query(query) == [("alice",), ("bob",)]
