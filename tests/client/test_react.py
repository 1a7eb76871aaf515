"""Giving reactions to messages."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.writing import device


async def test_it_works(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")
    await alice.write("Cake?")

    await bob.message("Cake?").hover()
    await bob.message("Cake?").get_by_role("button", name="React").click()
    await bob.page.get_by_role("menuitemcheckbox", name="React with 👍").click()

    await expect(alice.message("Cake?").get_by_role("button", name=f"👍 1: {bob.userid}")).to_be_visible()
    await expect(bob.message("Cake?").get_by_role("button", name="👍 1: You")).to_be_visible()


async def test_a_click_joins_in_and_takes_back(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "Cake?")
        await bob.call("react", target=target, emoji="🎂", on=True)
        await alice.open(f"u:{bob.userid}")
        chip = alice.message("Cake?").get_by_role("button", name="🎂")

        await chip.click()
        await expect(chip).to_have_attribute("aria-pressed", "true")
        await expect(chip).to_contain_text("2")
        await chip.click()
        await expect(chip).to_contain_text("1")

        heard = [await bob.event() for _ in range(3)]
        assert [event["on"] for event in heard if event["ev"] == "reaction"] == [True, False]
        assert [event["ev"] for event in heard].count("read") == 1


@pytest.mark.core
async def test_it_works_by_keyboard(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Cake?")
        await bob.text(f"u:{alice.userid}", "Or tea?")
    await alice.open(f"u:{cast('bob')}")
    await alice.reads("Or tea?")

    await alice.messages.focus()
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        await alice.page.keyboard.press(key)
    await expect(alice.page.get_by_role("menu").locator(":focus")).to_have_count(1)
    for key in ("ArrowRight", "Enter"):
        await alice.page.keyboard.press(key)

    await expect(alice.message("Cake?").get_by_role("button", name="❤️ 1: You")).to_be_visible()
    await expect(alice.message("Cake?")).to_be_focused()


async def test_a_long_press_opens_the_menu(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE, has_touch=True, is_mobile=True)
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Cake?")
    await alice.open(f"u:{cast('bob')}")
    box = await alice.message("Cake?").locator(".bubble").bounding_box()
    assert box
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

    finger = await alice.context.new_cdp_session(alice.page)
    await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    love = alice.page.get_by_role("menuitemcheckbox", name="React with ❤️")
    await love.wait_for()
    await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await love.tap()

    await expect(alice.message("Cake?").get_by_role("button", name="❤️ 1: You")).to_be_visible()
