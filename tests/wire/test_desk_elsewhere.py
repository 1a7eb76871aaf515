"""What the desk changes in one process holds in another: somebody's standing, and rules."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from secrets import token_hex
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS
from tests.support.axes import SERVICES
from tests.support.operator import SILENT, Operator
from tests.support.pair import POSTGRES, REDIS, Pair, two_processes
from tests.support.postgres import database_of
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# Without Redis, which tells at once. With it, what is found by polling is found after a minute.
POLL = {"IM66_POLL_SECONDS": "0.5"}
AT_MAX_SECONDS = 15.0
# Of one person who sends on all of them.
CONNECTIONS = 4

_PRELUDE = """
from moderation.moderators import ALL_PERMISSIONS, Moderator
from moderation.models import Rule
from moderation.rules.service import add_rules, remove_rules, switch_rules
somebody = Moderator("moderator", "", ALL_PERMISSIONS)
ids = list(Rule.objects.values_list("pk", flat=True))
"""
REFUSED = "error_403_this message is not allowed"


class Stage(NamedTuple):
    """The operator uses the first process. A change takes effect in the second as well."""

    pair: Pair
    operator: Operator

    async def change_rules(self, code: str) -> None:
        """Change the rules in a process of its own, and return when they are in force in both: when these
        refuse what a last rule refuses."""
        word = token_hex(8)
        last = f"add_rules(somebody, ['{word}'], 'test', effect='block')"
        await asyncio.to_thread(self.pair[0].run_python, f"{_PRELUDE}{code}\n{last}")
        for server in self.pair:
            async with asyncio.timeout(AT_MAX_SECONDS), Phone(server.entry, "dora") as dora:
                while REFUSED not in dora.buffered():
                    await dora.text("dora", word)
                    await dora.settle()
                    await asyncio.sleep(0.05)


@pytest.fixture(scope="module", params=SERVICES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    poll = {} if REDIS in request.param else POLL
    database = database_of(request, tmp_path_factory) if POSTGRES in request.param else ""
    settings = {**WITHOUT_LIMITS, **poll, **SILENT}
    with two_processes(tmp_path_factory, request.param, database, **settings) as pair:
        yield Stage(pair, asyncio.run(Operator.of(pair[0])))


async def test_ban_closes_sockets_at_both_processes(stage: Stage, cast: Cast) -> None:
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


async def test_password_change_closes_sockets_at_both_processes(stage: Stage, cast: Cast) -> None:
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


async def test_moderation_rule_holds_at_both_processes_while_active(stage: Stage, cast: Cast) -> None:
    here, there = stage.pair
    async with Phone(here.entry, cast.alice) as alice, Phone(there.entry, cast.bob) as bob:
        await stage.change_rules('add_rules(somebody, ["敏感词"], "test", effect="block")')
        for phone, to in ((alice, cast.bob), (bob, cast.alice)):
            await phone.text(to, "敏 感 词")
            assert await phone.receive() == REFUSED
        await stage.change_rules('switch_rules(somebody, ids, "test", is_active=False)')
        await bob.text(cast.alice, "敏感词")
        assert (await alice.message()).content == "敏感词"
        await stage.change_rules('switch_rules(somebody, ids, "test", is_active=True)')
        await bob.text(cast.alice, "敏感词")
        assert await bob.receive() == REFUSED
        await stage.change_rules('remove_rules(somebody, ids, "test")')
        await alice.text(cast.bob, "敏感词")
        assert (await bob.message()).content == "敏感词"


@pytest.mark.promise("error-7")
@pytest.mark.parametrize(("action", "undo"), [("mute", "unmute"), ("lock", "unlock")])
async def test_no_message_is_stored_after_a_mute_or_ban(
    stage: Stage, cast: Cast, action: str, undo: str
) -> None:
    _, there = stage.pair
    phones = [Phone(there.entry, cast.bob) for _ in range(CONNECTIONS)]
    for phone in phones:
        await phone.connect()
        await phone.log_in(cast.bob)
    sending = [asyncio.create_task(_send_on(phone, cast.alice)) for phone in phones]
    rows = f"SELECT kind FROM log_message WHERE sender_id = '{cast.bob}' ORDER BY id"
    async with asyncio.timeout(AT_MAX_SECONDS):
        while len(await asyncio.to_thread(there.query, rows)) <= CONNECTIONS:
            await asyncio.sleep(0.05)
    await stage.operator.act(action, cast.bob)
    await asyncio.sleep(0.3)
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
