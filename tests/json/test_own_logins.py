"""A login that ends on one process takes its sockets on another one with it."""

import asyncio
from collections.abc import Iterator

import pytest

from accounts.account_status import session_digest
from testkit.device import Device
from tests.json.conftest import browser
from tests.json.places import Places
from tests.support.api import Remote
from tests.support.pair import BOTH, Pair, two_processes
from tests.support.sessions import session_at
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.test_token_login import create

NORA, OSCAR = "nora", "oscar"


@pytest.fixture(scope="module")
def pair(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    both, settings = (BOTH, places.new_database()), {**IN_TOKEN_MODE, "IM66_SECRET_KEY": "k" * 50}
    with two_processes(tmp_path_factory, *both, **settings) as servers:
        create(servers[0], NORA, OSCAR)
        yield servers


async def test_ended_login_closes_its_sockets_in_both_processes(pair: Pair) -> None:
    here, there = pair
    keys = [session_at(here, NORA) for _ in range(2)]
    mine, other = (Remote(here, NORA, session=key) for key in keys)
    for remote in (mine, other):
        assert (await remote.get("me/logins")).status == 200
    async with (
        browser(there, keys[0]) as page,
        browser(there, keys[1]) as ended,
        Device(there.entry) as app,
        Device(here.entry) as oscar,
    ):
        for device in (page, ended):
            await device.hello()
        await app.hello(token=token(NORA))
        await oscar.hello(token=token(OSCAR))
        async with asyncio.timeout(30):
            assert (await mine.delete(f"me/logins/{session_digest(keys[1])}")).status == 204
            assert await ended.close_code() == 4401
            assert (await mine.delete("me/logins/tokens")).status == 204
            assert await app.close_code() == 4401
        await page.catch_up()
        await oscar.text(f"u:{NORA}", "still there?")
        assert (await page.event())["content"] == "still there?"
    assert (await other.get("me")).failed == (401, "log_in_first")
