"""Rules, made and ended in a browser: they are in force for everybody who is connected."""

from playwright.async_api import Page, expect

from testkit.device import Device, Refused
from testkit.phone import Phone
from testkit.server import Server
from tests.desk.conftest import Enter

# No other test writes it.
PATTERN = "禁止的词"
EVADED = "禁 止-的　词"
REFUSED = "error_403_this message is not allowed"


async def test_rule_applies_until_switched_off(enter: Enter, managed: Server) -> None:
    page = await enter("moderator")
    async with Phone(managed.entry, "bob2") as bob, Device(managed.entry, "alice2") as alice:

        async def is_refused() -> bool:
            try:
                await alice.call("send", to="u:bob2", kind="text", content=PATTERN)
            except Refused as refused:
                return refused.error == (403, "not_allowed")
            return False

        await _add(page, "block")
        while not await is_refused():
            pass
        await bob.text("alice2", EVADED)
        while (frame := await bob.receive()) != REFUSED:
            assert PATTERN in frame
        await _act(page, "Switch off")
        while await is_refused():
            pass
        await bob.text("alice2", EVADED)
        assert (await alice.event())["content"] == EVADED
        await _act(page, "Delete")
        await expect(page.locator(".messagelist")).to_contain_text("Done: Delete")
        await expect(page.get_by_role("link", name=PATTERN)).to_have_count(0)


async def test_text_is_tried_by_keyboard(enter: Enter) -> None:
    page = await enter("moderator")
    await _add(page, "mask", pattern="遮住的词")
    await page.get_by_label("What happens to this text").press_sequentially("不要 遮-住-的-词 吗")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="What happens")).to_contain_text("不要 *-*-*-* 吗")
    await page.get_by_role("link", name="遮住的词").click()
    await _act(page, "Delete")


async def _add(page: Page, effect: str, pattern: str = PATTERN) -> None:
    await page.goto("/admin/rules/add/")
    await page.get_by_label("Patterns, one in each line").fill(pattern)
    await page.get_by_label("Effect").select_option(effect)
    await page.get_by_label("Reason").fill("because")
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator(".messagelist")).to_contain_text("Added: 1.")


async def _act(page: Page, name: str) -> None:
    if page.url.endswith("/rules/"):
        await page.get_by_role("link", name=PATTERN).click()
    await page.get_by_role("link", name=name, exact=True).click()
    await page.get_by_label("Reason").fill("because")
    await page.get_by_role("button", name=name).click()
    await expect(page.locator(".messagelist")).to_contain_text("Done")
