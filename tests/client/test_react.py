"""Reactions to messages."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.composing import bar
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.writing import device


async def test_reaction_shows_for_both_and_can_be_removed(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "Cake?")
        await bob.call("react", target=target, emoji="🎂", on=True)
        await alice.open(f"u:{bob.userid}")
        cake = alice.message("Cake?")
        chip = cake.get_by_role("button", name="🎂")
        await expect(cake.get_by_role("button", name=f"🎂 1: {bob.userid}")).to_be_visible()

        await chip.click()
        await expect(chip).to_have_attribute("aria-pressed", "true")
        await expect(chip).to_contain_text("2")
        await chip.click()
        await expect(chip).to_contain_text("1")
        events = [await bob.event() for _ in range(3)]
        assert [event["on"] for event in events if event["ev"] == "reaction"] == [True, False]
        assert [event["ev"] for event in events].count("read") == 1

        await cake.hover()
        await cake.get_by_role("button", name="React").click()
        await alice.page.get_by_role("menuitemcheckbox", name="React with 👍").click()
        await expect(cake.get_by_role("button", name="👍 1: You")).to_be_visible()

        # By keyboard.
        await bob.text(f"u:{alice.userid}", "Or tea?")
        await alice.reads("Or tea?")
        await alice.messages.focus()
        for key in ("ArrowUp", "ArrowUp", "Enter"):
            await alice.page.keyboard.press(key)
        await expect(alice.page.get_by_role("menu").locator(":focus")).to_have_count(1)
        for key in ("ArrowRight", "Enter"):
            await alice.page.keyboard.press(key)
        await expect(cake.get_by_role("button", name="❤️ 1: You")).to_be_visible()
        await expect(cake).to_be_focused()


async def test_long_press_opens_menu_and_swipe_replies(demo: Server, sign_in: SignIn, cast: Cast) -> None:
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

    for right, down, count in ((10, 80, 0), (80, 10, 1)):
        await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
        for step in (1, 2, 3, 4):
            moved = {"x": at["x"] + right * step / 4, "y": at["y"] + down * step / 4}
            await finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
        await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await expect(bar(alice, "Reply")).to_have_count(count)


async def test_any_emoji_can_be_a_reaction(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Cake?")
    await alice.open(f"u:{cast('bob')}")
    cake = alice.message("Cake?")
    for emoji, shown in (("👩🏽‍🚀", "👩🏽‍🚀"), ("avocado", "🥑")):
        await cake.hover()
        await cake.get_by_role("button", name="React").click()
        await alice.page.get_by_role("menuitem", name="React with another emoji").click()
        await alice.page.get_by_role("searchbox", name="Search emoji").fill(emoji)
        await alice.page.get_by_role("searchbox", name="Search emoji").press("Enter")
        await expect(cake.get_by_role("button", name=f"{shown} 1: You")).to_be_visible()
