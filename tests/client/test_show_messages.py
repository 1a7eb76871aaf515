"""How messages are displayed in a conversation."""

import re

from playwright.async_api import expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.composing import bar, reply_to
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.writing import device, send, send_many

UNUSUAL = [
    "W" * 3000,
    "👨‍👩‍👧‍👦" * 60,
    "مرحبا كيف حالك " * 40,
    f"https://example.com/{'a' * 900}",
]


async def test_messages_are_placed_by_author_with_links_and_folded_texts(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob = cast("alice"), cast("bob")
    page = await sign_in(alice)
    async with device(demo, alice) as writer, device(demo, bob) as other:
        await page.open(f"u:{bob}")
        await expect(page.messages).to_contain_text("No messages yet.")
        await page.page.goto(f"{page.url}/#/")
        await send_many(writer, f"u:{bob}", ["one", "two"])
        await send_many(other, f"u:{alice}", ["first\nsecond", "four"])
        await other.text(f"u:{alice}", "看 https://example.com/a?b=1，好吗 <b>no</b>")
        await other.text(f"u:{alice}", "长" * 21_000 + "the end")
        await page.open(f"u:{bob}")
        await page.reads("first\nsecond")
        await expect(page.messages.get_by_text("Today")).to_be_visible()
        assert await findings(page.page, "[role=log]") == []

        # What one person writes stands together.
        await expect(page.messages.get_by_role("button", name=bob, exact=True)).to_have_count(1)
        bubbles = [await page.message(text).locator(".bubble").bounding_box() for text in ("two", "four")]
        assert bubbles[0]
        assert bubbles[1]
        assert bubbles[0]["x"] > bubbles[1]["x"]

        # Web addresses are links.
        link = page.messages.get_by_role("link", name="https://example.com/a?b=1")
        await expect(link).to_have_attribute("target", "_blank")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await page.reads("<b>no</b>")

        # A long text is folded.
        await expect(page.message("the end")).to_have_count(0)
        await page.messages.get_by_role("button", name="Show all").click()
        await page.reads("the end")

        # A screen reader hears what comes.
        await other.text(f"u:{alice}", "a new one")
        live = page.page.locator("[aria-live=polite]").filter(has_text=f"{bob}: a new one")
        await expect(live).to_have_count(1)


async def test_unknown_message_kind_is_named(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice, bob = cast("alice"), cast("bob")
    page = await sign_in(alice)
    async with device(demo, bob) as other:
        await other.text(f"u:{alice}", "before")
    await page.open(f"u:{bob}")
    await page.reads("before")
    demo.run_python(
        f"from log.appending import Draft, append; append([Draft('later', {bob!r}, {alice!r}, 'x', '')])"
    )

    message = page.message("[Open with a newer version]")

    await expect(message).to_be_visible()
    await expect(message.locator("video")).to_have_count(0)
    await expect(page.conversation(bob)).to_contain_text("[Open with a newer version]")
    await reply_to(page, "[Open with a newer version]")
    await expect(bar(page, "Reply")).to_contain_text("[Open with a newer version]")
    await page.page.evaluate("localStorage.setItem('im66.language', 'zh')")
    await page.page.reload()
    await expect(page.page.get_by_role("article").get_by_text("[请更新到新版本查看]")).to_be_visible()


async def test_messages_fit_the_width_of_a_phone(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", UNUSUAL)
        await send(bob, f"u:{alice.userid}", "emotion", "an-unknown-code-" + "x" * 300)
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.messages.get_by_role("article")).to_have_count(5)

    assert await alice.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert await alice.messages.evaluate("log => log.scrollWidth <= log.clientWidth")


async def test_unsent_message_shows_the_reason_and_can_be_retried(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.call("GET", "me", by=cast("bob"))  # From now on Bob is somebody.
    await alice.open(f"u:{cast('bob')}")
    await alice.page.evaluate(
        """([userid, to]) => ["lost", "dropped"].forEach((content, at) => localStorage.setItem(
            `im66.out.${userid}/c${at}`, JSON.stringify(
                { cid: `c${at}`, to, kind: "text", content, at: Date.now() + at, failed: "too_long" })))""",
        [alice.userid, f"u:{cast('bob')}"],
    )
    await alice.page.reload()

    await expect(alice.message("lost")).to_contain_text("Not sent. It is too large.")
    await alice.message("dropped").get_by_role("button", name="Delete").click()
    await alice.reads("dropped", times=0)
    await alice.message("lost").get_by_role("button", name="Retry").click()
    await expect(alice.message("lost").get_by_label(re.compile("^Sent$"))).to_be_visible()

    await alice.page.clock.install()
    await alice.page.reload()
    await alice.open(f"u:{cast('bob')}")
    await alice.write("late")
    await expect(alice.messages.get_by_text("Today")).to_be_visible()

    await alice.page.clock.fast_forward("24:00:00")

    await expect(alice.messages.get_by_text("Yesterday")).to_be_visible()
