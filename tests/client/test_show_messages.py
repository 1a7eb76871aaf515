"""How messages stand in a conversation."""

import re

import pytest
from playwright.async_api import expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.writing import device, send, send_many

pytestmark = pytest.mark.parametrize("size", SIZES)
Size = dict[str, int]

UNUSUAL = [
    "W" * 3000,
    "👨‍👩‍👧‍👦" * 60,
    "مرحبا كيف حالك " * 40,
    f"https://example.com/{'a' * 900}",
]


async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "first\nsecond")
    await alice.open(f"u:{cast('bob')}")

    await alice.reads("first\nsecond")
    await expect(alice.messages.get_by_text("Today")).to_be_visible()
    assert await findings(alice.page, "[role=log]") == []


async def test_what_one_person_writes_stands_together(
    demo: Server, sign_in: SignIn, cast: Cast, size: Size
) -> None:
    alice, bob = cast("alice"), cast("bob")
    async with device(demo, alice) as writer, device(demo, bob) as other:
        await send_many(writer, f"u:{bob}", ["one", "two"])
        await send_many(other, f"u:{alice}", ["three", "four"])
    page = await sign_in(alice, size=size)
    await page.open(f"u:{bob}")

    await expect(page.messages.get_by_role("button", name=bob, exact=True)).to_have_count(1)
    bubbles = [await page.message(text).locator(".bubble").bounding_box() for text in ("two", "four")]
    assert bubbles[0]
    assert bubbles[1]
    assert bubbles[0]["x"] > bubbles[1]["x"]


async def test_web_addresses_are_links(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "看 https://example.com/a?b=1，好吗 <b>no</b>")
    await alice.open(f"u:{cast('bob')}")

    link = alice.messages.get_by_role("link", name="https://example.com/a?b=1")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await alice.reads("<b>no</b>")


async def test_a_long_text_is_folded(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    text = "长" * 21_000 + "the end"
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", text)
    await alice.open(f"u:{cast('bob')}")

    await expect(alice.message("the end")).to_have_count(0)
    await alice.messages.get_by_role("button", name="Show all").click()
    await alice.reads("the end")


async def test_nothing_is_wider_than_the_screen(
    demo: Server, sign_in: SignIn, cast: Cast, size: Size
) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")) as bob:
        await send_many(
            bob,
            f"u:{alice.userid}",
            UNUSUAL,
        )
        await send(bob, f"u:{alice.userid}", "emotion", "an-unknown-code-" + "x" * 300)
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.messages.get_by_role("article")).to_have_count(5)

    assert await alice.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    log = alice.messages
    assert await log.evaluate("log => log.scrollWidth <= log.clientWidth")


async def test_what_is_not_sent_says_why(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")):
        pass  # From now on Bob is somebody.
    await alice.open(f"u:{cast('bob')}")
    await alice.page.evaluate(
        """([userid, to]) => localStorage.setItem(`im66.out.${userid}/c1`, JSON.stringify(
            { cid: "c1", to, kind: "text", content: "lost", at: Date.now(), failed: "too_long" }))""",
        [alice.userid, f"u:{cast('bob')}"],
    )
    await alice.page.reload()

    await expect(alice.message("lost")).to_contain_text("Not sent. It is too large.")
    await alice.message("lost").get_by_role("button", name="Retry").click()
    await expect(alice.message("lost").get_by_label(re.compile("^Sent$"))).to_be_visible()


async def test_what_is_not_sent_can_be_deleted(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")):
        pass  # From now on Bob is somebody.
    await alice.open(f"u:{cast('bob')}")
    await alice.page.evaluate(
        """([userid, to]) => localStorage.setItem(`im66.out.${userid}/c1`, JSON.stringify(
            { cid: "c1", to, kind: "text", content: "lost", at: Date.now(), failed: "too_long" }))""",
        [alice.userid, f"u:{cast('bob')}"],
    )
    await alice.page.reload()
    await alice.message("lost").get_by_role("button", name="Delete").click()

    await alice.reads("lost", times=0)


async def test_an_empty_conversation_says_so(demo: Server, sign_in: SignIn, cast: Cast, size: Size) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")):
        pass  # From now on Bob is somebody.
    await alice.open(f"u:{cast('bob')}")

    await expect(alice.messages).to_contain_text("No messages yet.")


async def test_a_screen_reader_hears_what_comes(
    demo: Server, sign_in: SignIn, cast: Cast, size: Size
) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "an old one")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("an old one")

        await bob.text(f"u:{alice.userid}", "a new one")

    live = alice.page.locator("[aria-live=polite]").filter(has_text=f"{cast('bob')}: a new one")
    await expect(live).to_have_count(1)


async def test_today_is_yesterday_after_midnight(
    demo: Server, sign_in: SignIn, cast: Cast, size: Size
) -> None:
    alice = await sign_in(cast("alice"), size=size)
    await alice.page.clock.install()
    await alice.page.reload()
    await alice.open(f"u:{cast('bob')}")
    await alice.write("late")
    await expect(alice.messages.get_by_text("Today")).to_be_visible()

    await alice.page.clock.fast_forward("24:00:00")

    await expect(alice.messages.get_by_text("Yesterday")).to_be_visible()
