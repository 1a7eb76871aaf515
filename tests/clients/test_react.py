"""clients/react: its example, built by Vite and opened in browsers, against a server on another origin."""

import gzip
import os
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from testkit.availability import unavailable
from testkit.axe import findings
from testkit.device import Device
from testkit.node import ROOT, NoNode, node, packages
from testkit.recordings import halves, photo
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, PHONE
from tests.clients.test_typescript import run

pytestmark = pytest.mark.slow

PARTS = ("clients/react", "clients/typescript", "static/im66/client", "static/im66/chat")
FILES = ("LICENSE", "tsconfig.json", "locale/zh_Hans/LC_MESSAGES/django.po")
# Script and style of the package, minified and compressed, without React and im66-client.
MOST_BYTES = 8_500, 2_800
MINIFY = """
import { build } from "rolldown";
const output = { file: "minified.js", minify: true };
await build({ input: "../dist/index.js", external: [/^react/], output });
"""
LONG = "Ada-Elizabeth-" * 7
# 500 people write to alice, and bob more than a page.
MANY = f"""
from log.appending import Draft, append
from accounts.models import User
from accounts.services import ensure_users
people = [f"p{{n:03}}" for n in range(500)]
ensure_users(["alice", "bob", *people])
User.objects.filter(pk="p499").update(nickname={LONG!r})
append([Draft("text", one, "alice", f"hello from {{one}}", "") for one in people])
append([Draft("text", "bob", "alice", f"number {{n}}", "") for n in range(120)])
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the package is made of, with both packages packed."""
    copy = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for file in FILES:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    try:
        (copy / "node_modules").symlink_to(packages())
        npm = node().npm
        run([*npm, "ci", "--ignore-scripts", "--prefer-offline"], copy / "clients" / "react")
    except (AssertionError, NoNode) as why:
        unavailable(f"needs Node.js and the registry of npm: {why}")
    for name in ("typescript", "react"):
        run([*npm, "pack", "--pack-destination", str(copy)], copy / "clients" / name)
    return copy


@pytest.fixture(scope="module")
def site(package: Path) -> Iterator[str]:
    """The address of the example, as `npm run build` makes it."""
    folder = package / "clients" / "react" / "example"
    packed = [str(path) for path in package.glob("*.tgz")]
    run([*node().npm, "install", "--prefer-offline", "--no-audit", "--no-fund", *packed], folder)
    run([*node().npm, "run", "build"], folder)

    class Pages(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    pages = partial(Pages, directory=str(folder / "dist"))
    with ThreadingHTTPServer(("127.0.0.1", 0), pages) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("chat"), IM66_ORIGINS=site, **WITHOUT_LIMITS) as server:
        yield server


@asynccontextmanager
async def opened(
    browser: Browser,
    server: Server,
    site: str,
    user: str,
    hash_: str = "",
    size: dict[str, int] = DESK,
    **more: str,
) -> AsyncIterator[Page]:
    """The example in a browser of this person. At the end it may not have complained."""
    context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    query = "&".join(
        f"{name}={value}" for name, value in {"server": server.http, "user": user, **more}.items()
    )
    await page.goto(f"{site}/?{query}{hash_ and '#' + hash_}")
    yield page
    await context.close()
    assert complaints == []


def rows(page: Page) -> Locator:
    return page.get_by_role("navigation").get_by_role("button")


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Write a message").fill(text)
    await page.keyboard.press("Enter")


async def shoot(page: Page, name: str) -> None:
    """For people who look at what has changed: SHOTS names the folder."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/react-{name}.png")


def test_react_package_stays_small(package: Path, site: str) -> None:
    folder = package / "clients" / "react" / "example"
    run([node().program, "--input-type=module", "-e", MINIFY], folder)
    script, style = folder / "minified.js", package / "clients" / "react" / "dist" / "im66.css"
    sizes = [len(gzip.compress(path.read_bytes(), mtime=0)) for path in (script, style)]
    assert all(size <= most for size, most in zip(sizes, MOST_BYTES, strict=True)), sizes


async def test_two_people_talk_across_a_killed_server(
    browser: Browser, server: Server, site: str, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(photo(halves((40, 30)), "PNG"))
    async with (
        opened(browser, server, site, "carol", "u:dave") as carol,
        opened(browser, server, site, "dave", "u:carol") as dave,
    ):
        await write(carol, "Lunch at https://example.com ?")
        await expect(dave.get_by_role("log")).to_contain_text("Lunch at")
        await expect(dave.get_by_role("link")).to_have_attribute("href", "https://example.com")
        await expect(carol.get_by_text("Read", exact=True)).to_be_visible()
        await dave.get_by_role("log").get_by_text("Lunch at").hover()
        await dave.get_by_role("button", name="Reply to carol").click()
        server.kill()
        await expect(dave.get_by_text("The server cannot be reached")).to_be_visible()
        await write(dave, "At noon")
        await expect(dave.get_by_text("Sending")).to_be_visible()
        server.start()
        await expect(carol.get_by_text("At noon").last).to_be_visible(timeout=30_000)
        await expect(carol.get_by_role("blockquote")).to_contain_text("Lunch at")
        await expect(dave.get_by_text("Sending")).to_have_count(0)
        await dave.locator("input[type=file]").set_input_files(picture)
        await carol.wait_for_function("document.querySelector('.im66-bubble img')?.naturalWidth === 40")
        await expect(rows(carol)).to_contain_text("[Picture]")
        async with Device(server.entry, "dave") as phone:
            last = await phone.text("u:carol", "Never mind")
            await phone.call("react", target=last, emoji="👍")
            await phone.call("edit", target=last, content="Never mind me")
            await expect(carol.get_by_text("Never mind me").last).to_be_visible()
            await expect(carol.get_by_text("👍 1")).to_be_visible()
            await phone.call("recall", target=last)
            await expect(carol.get_by_role("log").get_by_text("[Recalled]")).to_be_visible()
        assert await findings(carol) == []
        await shoot(carol, "talk")
        texts = await carol.locator(".im66-text").all_inner_texts()
        assert texts == ["Lunch at https://example.com ?", "At noon", "[Recalled]"]


async def test_long_lists_show_what_is_seen(browser: Browser, server: Server, site: str) -> None:
    server.run_python(MANY)
    async with opened(browser, server, site, "alice") as page:
        await expect(rows(page).first).to_contain_text("number 119")
        await expect(rows(page).first).to_contain_text("120 unread messages")
        await expect(page.locator(".row").first).to_have_attribute("aria-setsize", "501")
        assert await page.locator(".row").count() < 120
        assert await findings(page) == []
        await shoot(page, "list")
        await page.locator(".im66-list").evaluate("element => element.scrollTo(0, element.scrollHeight)")
        await expect(page.get_by_text("hello from p000")).to_be_visible()
        async with Device(server.entry, "p000") as last:
            await last.text("u:alice", "I am first now")
            await page.locator(".im66-list").evaluate("element => element.scrollTo(0, 0)")
            await expect(rows(page).first).to_contain_text("I am first now")


async def test_older_messages_are_loaded_while_scrolling(browser: Browser, server: Server, site: str) -> None:
    async with Device(server.entry, "erin") as erin:
        for number in range(120):
            await erin.text("u:frank", f"number {number}")
    async with opened(browser, server, site, "frank", "u:erin") as page:
        log = page.get_by_role("log")
        await expect(log.get_by_text("number 119")).to_be_in_viewport()
        await expect(page.get_by_text("New messages")).to_have_count(1)
        for _ in range(30):
            if await log.get_by_text("number 0", exact=True).count():
                break
            await log.evaluate("element => element.scrollTo(0, 50)")
            await page.wait_for_timeout(100)
        # What was read stayed where it was, instead of all being loaded at once.
        await expect(page.get_by_role("button", name="Show older")).to_have_count(0)
        assert await page.locator(".im66-message").count() == 120


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_narrow_screens_and_long_names_have_no_flaws(
    browser: Browser, server: Server, site: str, theme: str
) -> None:
    user = f"gina-{theme}"
    async with Device(server.entry, LONG[:60]) as long:
        await long.text(f"u:{user}", "word " * 60 + "x" * 300)
    async with opened(browser, server, site, user, "", PHONE, theme=theme, language="zh") as page:
        await expect(rows(page)).to_have_count(1)
        await shoot(page, f"phone-{theme}-list")
        assert await findings(page) == []
        await rows(page).first.click()
        await expect(page.get_by_label("输入消息")).to_be_visible()
        await expect(page.get_by_text("今天")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await findings(page) == []
        await shoot(page, f"phone-{theme}")
