"""Texts are shown as they are marked, without a way into the page, and lists show them without the marks."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device

TEXT = (
    "**Bold** *italic* ~~struck~~ https://a.example/*b*c\n> a quote\n- one\n- two\n<b onclick=alert(1)>x</b>"
)


async def test_formatting_is_rendered_in_message_but_not_in_list(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", TEXT)
        await bob.text(f"u:{alice.userid}", "*" * 10_000)
        await bob.text(f"u:{alice.userid}", "**See** you")
    await expect(alice.conversation(cast("bob"))).to_contain_text("See you")
    await alice.open(f"u:{cast('bob')}")
    text = alice.message("Bold").locator(".text-said")
    for tag, texts in (("strong", "Bold"), ("em", "italic"), ("s", "struck"), ("blockquote", "a quote")):
        await expect(text.locator(tag)).to_have_text(texts)
    await expect(text.get_by_role("link")).to_have_attribute("href", "https://a.example/*b*c")
    await expect(text.get_by_role("listitem")).to_have_text(["•one", "•two"])
    await expect(text.locator("b")).to_have_count(0)
    await expect(text).to_contain_text("<b onclick=alert(1)>x</b>")
