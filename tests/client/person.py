"""A user who chats in a browser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    FilePayload,
    Locator,
    Page,
    expect,
)

# What Chromium says of calls that the page expects to fail: another server's absence, an answer of 4xx.
# Of a context that runs no worker, Playwright says so.
EXPECTED = ("Failed to load resource", "WebSocket connection to", "Service Worker registration blocked")


class Person:
    """A user's browser context, with one tab at first. `complaints` are the console errors of its tabs."""

    def __init__(self, context: BrowserContext, page: Page, url: str, userid: str) -> None:
        self.context = context
        self.url = url
        self.userid = userid
        self.complaints: list[str] = []
        self.page = page
        self._listen(page)

    async def come_back(self) -> None:
        """Open the page in open mode, in a browser that remembers the userid."""
        # A file of the same origin, to keep something there without the page.
        await self.page.goto(f"{self.url}/static/im66/favicon.svg")
        await self.page.evaluate("userid => localStorage.setItem('im66.userid', userid)", self.userid)
        await self.page.goto(f"{self.url}/")
        await self._has_come()

    async def sign_in(self) -> None:
        """Sign in by the form in open mode."""
        await self.page.goto(f"{self.url}/")
        await self.page.get_by_role("textbox", name="User ID").fill(self.userid)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await self._has_come()

    async def _has_come(self) -> None:
        await self.conversations.wait_for()
        # Others can name this person from now on.
        await self.call("GET", "me")

    async def reload_bare(self) -> None:
        """Reload the page in open mode, without the embedded list of conversations."""
        await self.context.clear_cookies(name="im66_userid")
        await self.page.reload()

    async def open(self, conversation: str) -> None:
        """Open `u:<userid>` or `g:<groupid>` by its address, and wait for its messages."""
        kind, _, peer = conversation.partition(":")
        await self.page.goto(f"{self.url}/#/{kind}/{quote(peer, safe='')}")
        await self.box.wait_for()
        await expect(self.messages).to_have_attribute("aria-busy", "false")

    async def new_tab(self, conversation: str = "") -> "Person":
        """Open another tab in the same context."""
        page = await self.context.new_page()
        tab = Person(self.context, page, self.url, self.userid)
        tab.complaints = self.complaints
        await page.goto(f"{self.url}/")
        await page.get_by_role("navigation", name="Conversations").wait_for()
        if conversation:
            await tab.open(conversation)
        return tab

    @property
    def conversations(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations")

    def conversation(self, title: str) -> Locator:
        """Return the entry in the list of conversations."""
        return self.conversations.get_by_role("link").filter(has_text=title)

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    def message(self, text: str) -> Locator:
        """Return the messages that contain `text`."""
        return self.messages.get_by_role("article").filter(has_text=text)

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    async def write(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def reads(self, text: str, *, times: int = 1) -> None:
        """Wait until the text is shown this number of times."""
        await expect(self.message(text)).to_have_count(times)

    async def call(self, method: str, path: str, body: object = None, *, by: str = "") -> Any:
        """Send an API call as this user or as another one, and return its answer."""
        answer = await self.page.request.fetch(
            f"{self.url}/api/v1/{path}",
            method=method,
            headers={"Authorization": f"Userid {quote(by or self.userid)}"},
            data=body,
        )
        assert answer.ok, await answer.text()
        return await answer.json() if answer.status != 204 else None

    async def make_group(self, name: str, *members: str) -> str:
        """Create a group with these members, and return its conversation."""
        group = await self.call("POST", "groups", {"name": name, "members": list(members)})
        return f"g:{group['id']}"

    async def choose_files(self, *files: FilePayload) -> Locator:
        """Choose files to send, and return the dialog that shows them."""
        async with self.page.expect_file_chooser() as chooser:
            await self.button("Attach a file").click()
        await (await chooser.value).set_files(files)
        return self.page.get_by_role("dialog")

    async def attach(self, *files: FilePayload, caption: str = "") -> Locator:
        """Send files, and return the list of pending uploads."""
        dialog = await self.choose_files(*files)
        await dialog.get_by_role("textbox", name="Caption").fill(caption)
        await dialog.get_by_role("button", name="Send", exact=True).click()
        return self.page.get_by_role("list", name="Files being sent")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def choose(self, entry: str) -> None:
        """Choose an entry of the open menu."""
        await self.page.get_by_role("menuitem", name=entry).click()

    async def confirm(self, action: str) -> None:
        """Press the button of the confirmation dialog."""
        await self.page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()

    def _listen(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", self._fail)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)

    def _fail(self, error: Error) -> None:
        self.complaints.append(str(error))


async def close(person: Person) -> None:
    with suppress(Error):
        await asyncio.wait_for(person.context.close(), 20)


@asynccontextmanager
async def people(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """Return a function that opens a browser context for a user: `open_person(url, userid, **options)`.

    At the end the contexts are closed, and no page may have console errors.
    """
    opened: list[Person] = []

    async def open_person(url: str, userid: str, **options: Any) -> Person:
        context = await browser.new_context(**options)
        person = Person(context, await context.new_page(), url, userid)
        opened.append(person)
        return person

    yield open_person
    for person in opened:
        await close(person)
    assert [complaint for person in opened for complaint in person.complaints] == []
