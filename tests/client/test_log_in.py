"""In token mode: logging in for the chat, and going on when the browser's session has ended."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, Cast
from tests.client.files import png
from tests.client.person import Person, close
from tests.client.proven import ANOTHER_PASSWORD, MAKE, PASSWORD, change_password, log_in
from tests.support.operator import Operator
from tests.support.tokens import IN_TOKEN_MODE

KINDS = ("text", "picture")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("token"), **IN_TOKEN_MODE, **WITHOUT_LIMITS) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def alice(browser: Browser, server: Server, cast: Cast) -> AsyncIterator[Person]:
    """She has an account, and has come by a link to her conversation with Bob."""
    userid = cast("alice")
    server.run_python(MAKE.format(userid, PASSWORD))
    server.run_python("from accounts.services import ensure_users; ensure_users(['bob'])")
    context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    person = Person(context, await context.new_page(), server.http, userid)
    await person.page.goto(f"{server.http}/#/u/bob")
    yield person
    await close(person)
    assert person.complaints == []


@pytest.mark.core
async def test_it_works(alice: Person) -> None:
    await log_in(alice)

    await expect(alice.page).to_have_url(f"{alice.url}/#/u/bob")
    await alice.write("I am in.")
    await alice.reads("I am in.")


async def test_after_the_end_of_the_session_one_is_back_where_one_was(alice: Person, server: Server) -> None:
    await log_in(alice)
    operator = await Operator.of(server)
    await operator.set_password(alice.userid)
    await alice.button("Log in again").wait_for()
    await alice.write("written without a session")

    await alice.button("Log in again").click()
    await log_in(alice)

    await expect(alice.page).to_have_url(f"{alice.url}/#/u/bob")
    await alice.reads("written without a session")
    assert await said_by(alice, server) == ["written without a session"]


async def test_a_new_password_in_another_tab_ends_nothing_here(alice: Person, server: Server) -> None:
    await log_in(alice)

    await change_password(alice)
    await alice.write("still here")

    await alice.reads("still here")
    await expect(alice.page.get_by_text("no longer logged in")).to_have_count(0)
    assert await said_by(alice, server) == ["still here"]


async def test_a_login_in_another_tab_leaves_what_this_one_may_do(alice: Person, server: Server) -> None:
    await log_in(alice)
    tab = Person(alice.context, await alice.context.new_page(), alice.url, alice.userid)
    await change_password(alice)
    await tab.page.context.clear_cookies(name="sessionid")
    await tab.page.goto(alice.url)
    await log_in(tab, ANOTHER_PASSWORD)

    # A change, which needs the token of the new login.
    async with alice.page.expect_file_chooser() as chooser:
        await alice.button("Attach a file").click()
    await (await chooser.value).set_files([png(64)])

    await expect(alice.messages.get_by_role("article")).to_have_count(1)
    assert len(await said_by(alice, server)) == 1


async def said_by(person: Person, server: Server) -> list[str]:
    """What the server has of this person, as soon as nothing waits to be sent."""
    await expect(person.messages.locator("[data-state=sending]")).to_have_count(0)
    rows = server.query("SELECT sender_id, kind, content FROM chat_message ORDER BY id")
    return [content for sender, kind, content in rows if sender == person.userid and kind in KINDS]
