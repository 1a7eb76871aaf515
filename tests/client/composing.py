"""Starts replies and edits."""

import asyncio

from playwright.async_api import Locator

from tests.client.person import Person

_WAITING = "Object.keys(localStorage).some((key) => key.startsWith('im66.out.'))"


async def reply_to(person: Person, text: str) -> None:
    """Start a reply by the menu of the message that contains `text`."""
    await person.message(text).click(button="right")
    await person.choose("Reply")


def bar(person: Person, name: str) -> Locator:
    """Return the bar above the message box: `Reply` or `Edit`."""
    return person.page.get_by_role("group", name=name, exact=True)


async def say(person: Person, text: str) -> None:
    """Write a message, and wait until the server has stored it, because only then it can be edited."""
    await person.write(text)
    while await person.page.evaluate(_WAITING):
        await asyncio.sleep(0.05)
    await person.reads(text)
