"""The demo server, and users who chat there. Each user has a separate browser context."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from testkit.server import WITHOUT_LIMITS, Server
from tests.client.person import Person, people
from tests.support.browser import mark_tests
from tests.support.lasting import in_folder

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# What is about no size is tried on the larger one; on the other in the wide tier.
SIZES = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone", marks=pytest.mark.wide)]

SignIn = Callable[..., Awaitable[Person]]
Cast = Callable[[str], str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_tests(items, Path(__file__).parent)


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Run a server like `make run`, with the demo's people and messages, but without rate limits.

    All users of these tests share one address.
    """
    return in_folder(request, Server, lambda: _demo(tmp_path_factory))


@contextmanager
def _demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    without = {**WITHOUT_LIMITS, "IM66_LIMIT_USERS": "off", "IM66_LIMIT_REPORTS": "off"}
    without |= {"IM66_LINK_PREVIEWS": "true"}
    server = Server(tmp_path_factory.mktemp("demo"), **without)
    server.prepare()
    server.manage("demo", "--no-serve")
    server.start()
    yield server
    server.stop()


_numbers = itertools.count(1)


@pytest.fixture
def cast() -> Cast:
    """Return a function that makes userids unique to the test: `cast("alice")` is Alice's."""
    number = next(_numbers)
    return lambda name: f"{name}{number}"


@pytest_asyncio.fixture(loop_scope="session")
async def sign_in(browser: Browser, demo: Server) -> AsyncIterator[SignIn]:
    """Return a function that opens a browser context in which this user is signed in.

    `size` is DESK or PHONE, and `options` are those of the context. At the end no page may have console
    errors.
    """
    async with people(browser) as open_person:

        async def open_(
            userid: str, *, at: Server = demo, size: dict[str, int] = DESK, **options: object
        ) -> Person:
            # Only tests that are about it have the worker, which takes requests and processor time.
            options = {"service_workers": "block", **options}
            person = await open_person(at.http, userid, viewport=size, **options)
            await person.come_back()
            return person

        yield open_
