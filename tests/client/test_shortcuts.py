"""What can be done by keyboard from everywhere."""

import pytest
from playwright.async_api import expect

from testkit.axe import findings
from tests.client.conftest import PHONE, Cast, SignIn


async def test_it_works(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))

    await alice.page.keyboard.press("?")

    dialog = alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_contain_text("Next conversation")
    assert await findings(alice.page) == []
    await alice.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await alice.page.keyboard.press("Control+/")
    await expect(dialog).to_be_visible()


async def test_a_question_mark_can_be_written(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")

    await alice.box.press_sequentially("Noon?")

    await expect(alice.box).to_have_value("Noon?")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)


async def test_control_k_goes_to_the_search(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")

    await alice.box.press("Control+k")

    await expect(alice.page.get_by_role("searchbox", name="Search")).to_be_focused()


async def test_alt_and_arrows_open_the_neighbours(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
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
        await alice.page.keyboard.press(key)
        await expect(alice.conversation(cast(name))).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("key", ["?", "Alt+n", "Control+k"])
async def test_behind_a_dialog_there_are_none(sign_in: SignIn, cast: Cast, key: str) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    await alice.page.keyboard.press("?")
    dialog = alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    await dialog.wait_for()

    await alice.page.keyboard.press(key)

    await expect(dialog).to_be_visible()
    await expect(alice.page.get_by_role("dialog")).to_have_count(1)
    await expect(alice.page.get_by_role("searchbox")).not_to_be_focused()
