"""Token mode without TLS on a local network, where browsers lack features of secure contexts."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Request, Route, expect

from testkit.chromium import ON_A_LAN
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, Cast
from tests.client.person import Person, close
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.support.tokens import IN_TOKEN_MODE

REFUSED = '{"error": {"code": 401, "name": "log_in_first", "reason": "no"}}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    hosts = {"IM66_ALLOWED_HOSTS": f"{ON_A_LAN},127.0.0.1"}
    with Server(tmp_path_factory.mktemp("lan"), **IN_TOKEN_MODE, **WITHOUT_LIMITS, **hosts) as running:
        running.run_python("from accounts.services import ensure_users; ensure_users(['bob'])")
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def alice(browser: Browser, server: Server, cast: Cast) -> AsyncIterator[Person]:
    """Open the page for Alice, who has an account, by a link to her conversation with Bob."""
    userid = cast("alice")
    server.run_python(MAKE.format(userid, PASSWORD))
    context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    person = Person(context, await context.new_page(), server.http.replace("127.0.0.1", ON_A_LAN), userid)
    await person.page.goto(f"{person.url}/#/u/bob")
    yield person
    await close(person)


@pytest.mark.core
async def test_chat_works_over_plain_http_on_a_lan(alice: Person) -> None:
    assert not await alice.page.evaluate("isSecureContext")
    await log_in(alice)
    await alice.write("hello from the office")
    await alice.reads("hello from the office")

    await alice.page.reload()

    await alice.reads("hello from the office")
    await expect(alice.conversation("bob")).to_contain_text("hello from the office")
    await expect(alice.page.get_by_text("You are signed out")).to_have_count(0)


@pytest.mark.parametrize(("status", "body"), [(401, REFUSED), (500, "oops")])
async def test_rejected_api_calls_are_not_repeated_for_ever(alice: Person, status: int, body: str) -> None:
    requests: Counter[str] = Counter()

    def count(request: Request) -> None:
        requests[request.url] += 1

    async def refuse(route: Route) -> None:
        await route.fulfill(status=status, body=body, content_type="application/json")

    await log_in(alice)
    await alice.page.route("**/api/v1/**", refuse)
    alice.page.on("request", count)
    await alice.page.reload()
    await expect(alice.button("Sign in again" if status == 401 else "Try again").first).to_be_visible()
    # For so long, a page that goes on and on asks some hundred times.
    await alice.page.wait_for_timeout(6000)

    assert requests.total() < 60, requests
