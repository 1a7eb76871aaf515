"""Who logs out in the browser at one process is logged out on the sockets of another."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.axes import SERVICES
from tests.support.operator import PASSWORD, USERID, Operator
from tests.support.pair import POSTGRES, REDIS, Pair, two_processes
from tests.support.postgres import database_of
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

# Processes that serve the same browser sessions have one key.
SETTINGS = {**IN_TOKEN_MODE, "IM66_SECRET_KEY": "browser sessions are signed with it " * 2}
# Without Redis, which tells at once. With it, what is found by polling is found after a minute.
POLL = {"IM66_POLL_SECONDS": "0.5"}
AT_MAX_SECONDS = 15.0
MAKE_ANOTHER = f"from accounts.models import User; User.objects.create_superuser('another', {PASSWORD!r})"


@pytest.fixture(
    scope="module",
    params=SERVICES,
)
def services(request: pytest.FixtureRequest) -> tuple[str, ...]:
    value: tuple[str, ...] = request.param
    return value


@pytest.fixture(scope="module")
def pair(
    request: pytest.FixtureRequest, services: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    poll = {} if REDIS in services else POLL
    database = database_of(request, tmp_path_factory) if POSTGRES in services else ""
    with two_processes(tmp_path_factory, services, database, **poll, **SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def operator(pair: Pair) -> Operator:
    return asyncio.run(Operator.of(pair[0]))


def page(server: Server, key: str) -> Phone:
    """A page of ours in a browser with this session."""
    return Phone(server.entry, additional_headers={"Cookie": f"sessionid={key}", "Origin": server.http})


async def test_browser_logout_closes_sockets_at_both_processes(pair: Pair, operator: Operator) -> None:
    here, there = pair
    key = operator.session_key
    async with page(here, key) as near, page(there, key) as far, Phone(there.entry) as other:
        for each in (near, far):
            await each.log_in(USERID)
        await other.send(f"login_{USERID}_{token(USERID)}")
        await operator.log_out()
        async with asyncio.timeout(AT_MAX_SECONDS):
            for each in (near, far):
                assert await each.receive() == "error_401_log in again"
                assert await each.close_code() == 4401
        # The browser keeps the cookie of a session that has ended.
        async with page(there, key) as again:
            await again.send(f"login_{USERID}")
            assert (await again.receive()).startswith("error_401_")
        other.userid = USERID
        await other.settle()
    await operator.log_in()


async def test_logout_keeps_sockets_of_the_persons_other_browser(pair: Pair, operator: Operator) -> None:
    _, there = pair
    elsewhere = Operator(there)
    await elsewhere.log_in()
    async with page(there, operator.session_key) as stays, page(there, elsewhere.session_key) as goes:
        for each in (stays, goes):
            await each.log_in(USERID)
        await elsewhere.log_out()
        assert await goes.receive() == "error_401_log in again"
        await stays.settle()


async def test_login_of_another_person_in_the_browser_closes_the_first_sockets(
    pair: Pair, operator: Operator
) -> None:
    here, there = pair
    await asyncio.to_thread(here.run_python, MAKE_ANOTHER)
    async with page(here, operator.session_key) as near, page(there, operator.session_key) as far:
        for each in (near, far):
            await each.log_in(USERID)
        await operator.log_in("another")
        async with asyncio.timeout(AT_MAX_SECONDS):
            for each in (near, far):
                assert await each.receive() == "error_401_log in again"
                assert await each.close_code() == 4401
    async with page(there, operator.session_key) as theirs:
        await theirs.log_in("another")
    await operator.log_in()
