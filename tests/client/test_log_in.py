"""Token mode: logging in for the chat, continuing after the session has ended, and logging out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK
from tests.client.files import png
from tests.client.person import Person, people
from tests.client.proven import ANOTHER_PASSWORD, MAKE, PASSWORD, change_password, log_in
from tests.support.operator import Operator
from tests.support.tokens import IN_TOKEN_MODE

KINDS = ("text", "picture")

Come = Callable[[str], Awaitable[Person]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server on which Alice, Ann and Amy have accounts."""
    with Server(tmp_path_factory.mktemp("token"), **IN_TOKEN_MODE, **WITHOUT_LIMITS) as running:
        make = [MAKE.format(userid, PASSWORD) for userid in ("alice", "ann", "amy")]
        bob = "from accounts.services import ensure_users; ensure_users(['bob'])"
        running.run_python("\n".join([*make, bob]))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def come(browser: Browser, server: Server) -> AsyncIterator[Come]:
    """Log in a user who came by a link to the conversation with Bob."""
    async with people(browser) as open_person:

        async def come_(userid: str) -> Person:
            person = await open_person(server.http, userid, viewport=DESK)
            await person.page.goto(f"{server.http}/#/u/bob")
            await log_in(person)
            return person

        yield come_


@pytest.mark.core
async def test_login_after_an_ended_session_returns_to_the_conversation(come: Come, server: Server) -> None:
    alice = await come("alice")
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/bob")
    await alice.write("I am in.")
    await alice.reads("I am in.")

    operator = await Operator.of(server)
    # Which ends her sessions.
    await operator.set_password("alice")
    await alice.button("Sign in again").wait_for()
    await alice.write("written without a session")
    await alice.button("Sign in again").click()
    await log_in(alice)
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/bob")
    await alice.reads("written without a session")
    assert await texts_of_page(alice, server) == ["I am in.", "written without a session"]

    # It is enough to log in again in another tab.
    ended = alice.page.get_by_role("status").filter(has_text="You are signed out")
    await operator.set_password("alice")
    await expect(ended).to_be_visible()
    tab = Person(alice.context, await alice.context.new_page(), alice.url, "alice")
    await tab.page.goto(alice.url)
    await log_in(tab)
    await expect(alice.conversations).to_be_visible()
    await expect(ended).to_have_count(0)


async def test_action_in_another_tab_updates_this_one(come: Come, server: Server) -> None:
    ann = await come("ann")
    # A new password ends nothing here.
    await change_password(ann)
    await ann.write("still here")
    await ann.reads("still here")
    await expect(ann.page.get_by_text("You are signed out")).to_have_count(0)

    tab = Person(ann.context, await ann.context.new_page(), ann.url, ann.userid)
    await tab.page.context.clear_cookies(name="sessionid")
    await tab.page.goto(ann.url)
    await log_in(tab, ANOTHER_PASSWORD)
    # A change, which needs the token of the new login.
    await ann.attach(png(64))
    await expect(ann.messages.get_by_role("article")).to_have_count(2)
    assert len(await texts_of_page(ann, server)) == 2


async def test_logout_clears_the_browser_storage(come: Come) -> None:
    amy = await come("amy")
    # Only somebody who exists is found.
    await amy.button("New chat").click()
    box = amy.page.get_by_role("dialog").get_by_role("combobox")
    await box.fill("nobody")
    await box.press("Enter")
    await expect(box).to_have_accessible_description("Nobody has this name or user ID.")
    await amy.page.keyboard.press("Escape")

    own = amy.page.get_by_role("button", name="amy: profile and settings")
    await own.click()
    await amy.choose("Profile")
    dialog = amy.page.get_by_role("dialog", name="Profile")
    await expect(dialog.get_by_role("link", name="Change password")).to_have_attribute("href", "/password/")
    await amy.page.keyboard.press("Escape")
    await own.click()
    await amy.choose("Sign out")
    await expect(amy.conversations).to_have_count(0)
    await amy.page.goto(amy.url)
    await expect(amy.page.get_by_label("Password")).to_be_visible()


async def texts_of_page(person: Person, server: Server) -> list[str]:
    """Return the user's texts on the server, once no text waits to be sent."""
    await expect(person.messages.locator("[data-state=sending]")).to_have_count(0)
    rows = server.query("SELECT sender_id, kind, content FROM log_message ORDER BY id")
    return [content for sender, kind, content in rows if sender == person.userid and kind in KINDS]
