"""What changes somebody's standing in one process ends or mutes the person's connections in another."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS
from tests.support.axes import SERVICES
from tests.support.operator import SILENT, Operator
from tests.support.pair import REDIS, Pair, two_processes
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# Without Redis, which tells at once. With it, what is found by polling is found after a minute.
POLL = {"IM66_POLL_SECONDS": "0.5"}
AT_MAX_SECONDS = 15.0
# Of one person who sends on all of them.
CONNECTIONS = 8


class Stage(NamedTuple):
    """The operator uses the first process. A change takes effect in the second as well."""

    pair: Pair
    operator: Operator


@pytest.fixture(
    scope="module",
    params=SERVICES,
)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    poll = {} if REDIS in request.param else POLL
    with two_processes(tmp_path_factory, request.param, **WITHOUT_LIMITS, **poll, **SILENT) as pair:
        yield Stage(pair, asyncio.run(Operator.of(pair[0])))


async def test_whoever_is_locked_is_turned_out_of_both(stage: Stage, cast: Cast) -> None:
    here, there = stage.pair
    async with Phone(here.entry, cast.bob) as phone, Phone(there.entry, cast.bob) as tablet:
        await stage.operator.act("lock", cast.bob)
        async with asyncio.timeout(AT_MAX_SECONDS):
            for each in (phone, tablet):
                assert await each.receive() == "error_403_this account is locked"
                assert await each.close_code() == 4403
    async with Phone(there.entry) as again:
        await again.send(f"login_{cast.bob}")
        assert await again.receive() == "error_403_this account is locked"
    await stage.operator.act("unlock", cast.bob)
    async with Phone(there.entry, cast.bob):
        pass


async def test_a_new_password_ends_the_connections_of_both(stage: Stage, cast: Cast) -> None:
    here, there = stage.pair
    async with (
        Phone(here.entry, cast.bob) as phone,
        Phone(there.entry, cast.bob) as tablet,
        Phone(there.entry, cast.alice) as alice,
    ):
        await stage.operator.set_password(cast.bob)
        async with asyncio.timeout(AT_MAX_SECONDS):
            for each in (phone, tablet):
                assert await each.receive() == "error_401_log in again"
                assert await each.close_code() == 4401
        # Back at once, on either: no change from before ends these.
        async with Phone(here.entry, cast.bob) as phone, Phone(there.entry, cast.bob) as tablet:
            await alice.text(cast.bob, "welcome back")
            for each in (phone, tablet):
                assert (await each.message()).content == "welcome back"


@pytest.mark.promise("error-7")
@pytest.mark.parametrize(("action", "undo"), [("mute", "unmute"), ("lock", "unlock")])
async def test_nothing_that_the_person_sends_comes_after_it(
    stage: Stage, cast: Cast, action: str, undo: str
) -> None:
    _, there = stage.pair
    phones = [Phone(there.entry, cast.bob) for _ in range(CONNECTIONS)]
    for phone in phones:
        await phone.connect()
        await phone.log_in(cast.bob)
    sending = [asyncio.create_task(_send_on(phone, cast.alice)) for phone in phones]
    rows = f"SELECT kind FROM chat_message WHERE sender_id = '{cast.bob}' ORDER BY id"
    async with asyncio.timeout(AT_MAX_SECONDS):
        while len(await asyncio.to_thread(there.query, rows)) <= CONNECTIONS:
            await asyncio.sleep(0.05)
    await stage.operator.act(action, cast.bob)
    await asyncio.sleep(1)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    for phone in phones:
        phone.vanish()
    kinds = there.query(rows)
    assert len(kinds) > CONNECTIONS
    assert kinds.index(("standing",)) == len(kinds) - 1
    await stage.operator.act(undo, cast.bob)


async def _send_on(phone: Phone, to: str) -> None:
    """Send until the connection ends, and read no answer."""
    with suppress(ConnectionClosed):
        while True:
            await phone.text(to, "hi")
            await asyncio.sleep(0)
