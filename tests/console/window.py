"""The page as somebody sees it who uses it."""

import json
import re
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Locator, Page, expect

MAX_TABS = 20

# The part of the page that has a form: forms of the same name belong to different dialects.
PART_WITH = """(name) => {
    const forms = [...document.querySelectorAll(`form[aria-label="${name}"]`)];
    const form = forms.find((form) => !form.closest("[data-dialect][hidden]"));
    return form.closest("section").id;
}"""


class Window:
    """One browser window with the page in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._fail)

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        # The scripts have run when the address is there.
        await expect(self.form("connection").get_by_label("address")).to_have_value(re.compile("^ws://"))

    @property
    def state(self) -> Locator:
        return self.page.get_by_role("status", name="State")

    @property
    def person(self) -> Locator:
        """Who is logged in on the connection."""
        return self.page.get_by_role("status", name="Logged in")

    @property
    def entries(self) -> Locator:
        """The entries of the log."""
        return self.page.get_by_role("log").get_by_role("listitem")

    def received(self, text: str | re.Pattern[str] = "") -> Locator:
        """What came in and holds `text`."""
        return self.entries.filter(has_text="received").filter(has_text=text)

    def form(self, name: str) -> Locator:
        return self.page.get_by_role("form", name=name, exact=True)

    async def connect(self) -> None:
        await self.page.get_by_role("button", name="Connect", exact=True).click()
        await expect(self.state).to_have_text("open")

    async def choose(self, dialect: str) -> None:
        await self.page.get_by_role("radio", name=dialect, exact=True).check()

    async def say_hello(self, userid: str) -> None:
        """Connect and log in by the JSON dialect."""
        await self.choose("im66.json.v1")
        await self.connect()
        await self.submit("hello", userid=userid)
        await expect(self.received('"ev":"caught_up"')).to_have_count(1)

    async def log_in(self, userid: str) -> None:
        """Connect and log in; returns when the server has done so."""
        await self.connect()
        await self.submit("login", userid=userid)
        await self.settle()

    async def settle(self) -> None:
        """Return when all that was sent has been handled: a connection is answered in order."""
        answers = self.received("error_404_no such group")
        before = await answers.count()
        await self.submit("members", groupid="999999999999999")
        await expect(answers).to_have_count(before + 1)

    async def fill(self, form: str, **values: str) -> Locator:
        """Show a form and fill in the fields of these names."""
        match = self.form(form)
        if not await match.is_visible():
            await self._show(form)
        for name, value in values.items():
            await _set(match.get_by_label(re.compile(rf"^{name}\b")), value)
        return match

    async def submit(self, form: str, **values: str) -> None:
        filled = await self.fill(form, **values)
        await filled.get_by_role("button", name="Send").click()

    async def write(self, to: str, content: str, *, type: str = "unicast") -> None:
        await self.submit("message", to=to, content=content, type=type)

    async def tab_to(self, field: Locator) -> None:
        """Go on by the keyboard until `field` has the focus."""
        for _ in range(MAX_TABS):
            await self.page.keyboard.press("Tab")
            if await field.evaluate("field => field === document.activeElement"):
                return
        raise AssertionError(f"The keyboard does not get to {field}.")

    async def make_group(self, creator: str, members: str, name: str) -> str:
        """Make a group through the page's form; its id."""
        await self.submit("creategrp", method="POST", creator=creator, members=members, name=name)
        reply = await unfolded(self.received(f'"name":"{name}"'))
        group_id: str = reply["data"]["groupid"]
        return group_id

    async def _show(self, form: str) -> None:
        """Choose the part of the page that has the form, and unfold it."""
        if part := await self.page.evaluate(PART_WITH, form):
            await self.page.locator(f"[name=shown][value={part}]").check()
        summary = self.page.locator("summary").filter(
            has=self.page.get_by_text(form, exact=True), visible=True
        )
        if not await self.form(form).is_visible():
            await summary.click()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _is_refusal(message):
            self.complaints.append(message.text)

    def _fail(self, error: Error) -> None:
        self.complaints.append(str(error))


def _is_refusal(message: ConsoleMessage) -> bool:
    """Whether the browser only tells that the API has refused a call, as it is to."""
    return "/api/" in message.location["url"] and "responded with a status of 4" in message.text


async def frame_in(entry: Locator) -> str:
    """The frame of an entry, byte for byte."""
    return await entry.locator(".frame").text_content() or ""


async def unfolded(entry: Locator) -> Any:
    """The JSON an entry shows when it is unfolded."""
    await entry.locator("summary").click()
    shown = entry.locator("details pre")
    await expect(shown).to_be_visible()
    return json.loads(await shown.inner_text())


async def _set(field: Locator, value: str) -> None:
    if await field.evaluate("field => field.localName") == "select":
        await field.select_option(value)
    else:
        await field.fill(value)
