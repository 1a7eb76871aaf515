"""An export is unpacked, opened in a browser, and read."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from testkit import axe, recordings
from testkit.device import Device
from testkit.server import Server
from testkit.uploading import upload
from tests.conftest import MakeServer

Colours = Literal["light", "dark"]
COLOURS: tuple[Colours, ...] = ("light", "dark")
HOSTILE = '<img src=x onerror="document.title = 1">'
MAKE = f"""
from accounts.models import User
from groups.services import create_group
User.objects.filter(pk="alice").update(nickname={HOSTILE!r})
create_group("alice", ["bob"], "friends")
"""


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Yield a page that must have no console errors."""
    context = await browser.new_context()
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("requestfailed", lambda asked: complaints.append(asked.url))
    yield opened
    await context.close()
    assert complaints == []


async def _talk(server: Server) -> None:
    picture = upload(server, "/upload/writev2", recordings.photo(recordings.halves((64, 48)), "JPEG"))
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        await alice.text("u:bob", HOSTILE)
        await bob.call("send", to="u:alice", kind="picture", content=picture.data)
        id = await alice.text("u:bob", "as it was")
        await alice.call("edit", target=id, content="as it is")
    await asyncio.to_thread(server.run_python, MAKE)


async def _unpacked(server: Server) -> Path:
    file, folder = server.data_dir / "alice.zip", server.data_dir / "unpacked"
    await asyncio.to_thread(server.manage, "exportuser", "alice", str(file), "--language", "en")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder


async def test_export_is_readable_without_the_server(server: Server, page: Page) -> None:
    await _talk(server)
    folder = await _unpacked(server)
    server.stop()

    await page.goto((folder / "index.html").as_uri())

    await expect(page).to_have_title(f"Data of {HOSTILE}")
    await expect(page.get_by_role("row", name="friends")).to_have_count(2)

    await page.get_by_role("link", name="bob").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("bob")
    await expect(page.get_by_text("as it is", exact=True)).to_be_visible()
    await expect(page.get_by_text("as it was")).to_be_hidden()
    await page.get_by_text("Earlier versions").click()
    await expect(page.get_by_text("as it was")).to_be_visible()
    picture = page.get_by_role("img", name="Picture")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_be_visible()
    await page.wait_for_function("document.querySelector('img').naturalWidth === 64")

    await page.get_by_role("link", name="All conversations").click()

    await expect(page).to_have_title(f"Data of {HOSTILE}")
    for colours in COLOURS:
        await _check(page.context, folder, colours)


async def _check(context: BrowserContext, folder: Path, colours: Colours) -> None:
    """Check the page with axe on a separate page: axe reloads style sheets, which a page from a file may not
    do."""
    page = await context.new_page()
    await page.emulate_media(color_scheme=colours)
    for shown in _pages(folder):
        await page.goto(shown)
        assert await axe.findings(page) == []


def _pages(folder: Path) -> list[str]:
    return [path.as_uri() for path in folder.rglob("*.html")]
