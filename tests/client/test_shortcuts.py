"""Keyboard shortcuts that work everywhere."""

from playwright.async_api import expect

from testkit.axe import findings
from tests.client.conftest import Cast, SignIn


async def test_shortcuts_work_except_in_text_fields_and_behind_dialogs(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    keys, dialog = alice.page.keyboard, alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    search = alice.page.get_by_role("searchbox", name="Search")
    await keys.press("?")
    await expect(dialog).to_contain_text("Next conversation")
    assert await findings(alice.page) == []
    for key in ("?", "Alt+n", "Control+k"):
        await keys.press(key)
        await expect(dialog).to_be_visible()
        await expect(alice.page.get_by_role("dialog")).to_have_count(1)
        await expect(search).not_to_be_focused()
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)
    await keys.press("Control+/")
    await expect(dialog).to_be_visible()
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)

    for name in ("dora", "charlie", "bob"):
        text = {"kind": "text", "content": "hello"}
        await alice.call("POST", f"conversations/u:{cast(name)}/messages", text)
    await expect(alice.conversations.get_by_role("link").first).to_contain_text(cast("bob"))
    for key, name in [
        ("Alt+ArrowDown", "bob"),
        ("Alt+ArrowDown", "charlie"),
        ("Alt+ArrowDown", "dora"),
        ("Alt+ArrowDown", "dora"),
        ("Alt+ArrowUp", "charlie"),
    ]:
        await keys.press(key)
        await expect(alice.conversation(cast(name))).to_have_attribute("aria-current", "page")

    await alice.box.press_sequentially("Noon?")
    await expect(alice.box).to_have_value("Noon?")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await alice.box.press("Control+k")
    await expect(search).to_be_focused()
