"""The chat client in a frame of another site, which identifies the user by a token."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Frame, FrameLocator, Page, expect

from testkit.device import Device
from testkit.server import Server
from tests.browser.test_accounts import MAKE_PEOPLE
from tests.browser.test_foreign_origin import Site, another_site
from tests.support.polling import until
from tests.support.tokens import IN_TOKEN_MODE, token

# What a site does: shows the frame, and gives the next of its tokens whenever one is asked for.
SHOW = """
([address, tokens]) => {
    window.heard = [];
    addEventListener('message', ({ source, origin, data }) => {
        heard.push(`${data.im66} ${origin}`);
        if (data.im66 === 'left') return;
        source.postMessage({ im66: 'theme', variables: { '--accent': '#123456', 'color': 'red' } }, origin);
        source.postMessage({ im66: 'token', token: tokens.length > 1 ? tokens.shift() : tokens[0] }, origin);
    });
    const frame = Object.assign(document.createElement('iframe'), { src: address, width: 900, height: 700 });
    document.body.append(frame);
}
"""
ADD_FRAME = (
    "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src, name: 'ad' }))"
)
# A frame without an origin that says so too.
ADD_NAMELESS = """
(said) => new Promise((resolve) => {
    const own = `parent.frames[0].postMessage(${JSON.stringify(said)}, '*'); parent.postMessage('said', '*')`;
    addEventListener('message', ({ data }) => data === 'said' && resolve());
    const frame = Object.assign(document.createElement('iframe'), { srcdoc: `<script>${own}</script>` });
    frame.sandbox = 'allow-scripts';
    document.body.append(frame);
})
"""
# The server takes a token no longer than it says.
SHARP = {"IM66_TOKEN_LEEWAY_SECONDS": "0"}
ACCENT = "document.documentElement.style.getPropertyValue('--accent')"


class Embedding(NamedTuple):
    """A server, a site that it lists, and another site."""

    server: Server
    site: Site
    other: Site


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedding]:
    with another_site() as site, another_site() as other:
        origins = f"http://127.0.0.1:{site.port}"
        folder = tmp_path_factory.mktemp("embedding")
        with Server(folder, **IN_TOKEN_MODE, IM66_EMBED_ORIGINS=origins, **SHARP) as server:
            server.run_python(MAKE_PEOPLE)
            yield Embedding(server, site, other)


def is_refused(frame: Frame) -> bool:
    """Return whether the browser shows nothing in the frame."""
    return frame.url.startswith("chrome-error:")


async def shown(
    page: Page, embedding: Embedding, site: Site, tokens: list[str], more: str = ""
) -> FrameLocator:
    """Open the page of that site, and return its frame."""
    await page.goto(f"http://127.0.0.1:{site.port}/")
    await page.evaluate(SHOW, [f"{embedding.server.http}/embed/{more}", tokens])
    return page.frame_locator("iframe")


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> Page:
    return await (await browser.new_context(locale="en")).new_page()


async def message(device: Device) -> tuple[str, str]:
    """Return the author and the content of the next message."""
    while (event := await device.event())["ev"] != "message":
        pass
    return event["from"], event["content"]


async def test_embedding_site_authenticates_by_token_and_renews_it(page: Page, embedding: Embedding) -> None:
    server = embedding.server
    tokens = [token("alice", seconds=8), token("alice")]
    frame = await shown(page, embedding, embedding.site, tokens, "#/u/bob")
    async with Device(server.entry, "bob", token=token("bob")) as bob:
        await frame.get_by_role("textbox", name="Message").fill("from the shop")
        await frame.get_by_role("button", name="Send", exact=True).click()
        assert await message(bob) == ("alice", "from the shop")
        # The first token has ended, and the page has asked for the next one.
        await page.wait_for_function("heard.some((said) => said.startsWith('token'))")
        assert set(await page.evaluate("heard")) == {f"ready {server.http}", f"token {server.http}"}
        await frame.get_by_role("textbox", name="Message").fill("still here")
        await frame.get_by_role("button", name="Send", exact=True).click()
        assert await message(bob) == ("alice", "still here")
    inside = page.frames[1]
    assert await inside.evaluate(ACCENT) == "#123456"
    assert await inside.evaluate("document.documentElement.style.color") == ""
    assert await page.context.cookies() == []


async def test_embed_asks_again_for_missed_token_and_shows_one_conversation(
    page: Page, embedding: Embedding
) -> None:
    frame = await shown(page, embedding, embedding.site, ["", token("alice")], "?only#/u/bob")
    await expect(frame.get_by_role("textbox", name="Message")).to_be_visible()
    await expect(frame.get_by_role("navigation", name="Conversations")).to_be_hidden()


async def test_messages_of_another_site_are_ignored_and_it_gets_no_frame(
    page: Page, embedding: Embedding
) -> None:
    async with page.expect_event("framenavigated", is_refused):
        await shown(page, embedding, embedding.other, [token("alice")])
    assert await page.evaluate("heard") == []
    async with page.expect_popup() as opened:
        await page.evaluate(
            "(address) => { window.popup = open(address) }", f"{embedding.server.http}/embed/"
        )
    popup = await opened.value
    await popup.wait_for_load_state()
    assert await popup.evaluate("opener") is None
    await popup.close()

    frame = await shown(page, embedding, embedding.site, [token("alice")], "#/u/bob")
    await expect(frame.get_by_role("textbox", name="Message")).to_be_visible()
    # A frame of the other site on the same page says that somebody else chats.
    await page.evaluate(ADD_FRAME, f"http://127.0.0.1:{embedding.other.port}/")
    advert = await page.wait_for_function("frames.ad") and page.frame("ad")
    assert advert
    await advert.wait_for_load_state()
    fields = {"im66": "theme", "variables": {"--accent": "red"}}
    await advert.evaluate("(said) => parent.frames[0].postMessage(said, '*')", fields)
    await page.evaluate(ADD_NAMELESS, fields)
    async with page.expect_event("framenavigated", is_refused):
        await advert.evaluate(SHOW, [f"{embedding.server.http}/embed/", [token("bob")]])
    assert await advert.evaluate("heard") == []
    await page.evaluate("frames[0].postMessage({ im66: 'theme', variables: { '--line': 'blue' } }, '*')")
    await until(page.frames[1], "document.documentElement.style.getPropertyValue('--line') === 'blue'")
    assert await page.frames[1].evaluate(ACCENT) == "#123456"
