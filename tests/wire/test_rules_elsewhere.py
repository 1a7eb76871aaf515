"""Rules of the desk are in force in all processes as soon as somebody has changed them in one."""

import asyncio
from collections.abc import Iterator
from secrets import token_hex
from typing import NamedTuple

import pytest

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS
from tests.support.axes import SERVICES
from tests.support.pair import REDIS, Pair, two_processes
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# Without Redis, which tells at once. With it, what is found by polling is found after a minute.
POLL = {"IM66_POLL_SECONDS": "0.5"}
AT_MAX_SECONDS = 15.0

_PRELUDE = """
from moderation.moderators import EVERYTHING, Moderator
from moderation.models import Rule
from moderation.rules.service import add, remove, switch
somebody = Moderator("moderator", "", EVERYTHING)
ids = list(Rule.objects.values_list("pk", flat=True))
"""
REFUSED = "error_403_this message is not allowed"


class Stage(NamedTuple):
    pair: Pair

    async def change(self, code: str) -> None:
        """Change the rules in a process of its own, and return when they are in force in both: when these
        refuse what a last rule refuses."""
        word = token_hex(8)
        last = f"add(somebody, ['{word}'], 'test', effect='block')"
        await asyncio.to_thread(self.pair[0].run_python, f"{_PRELUDE}{code}\n{last}")
        for server in self.pair:
            async with asyncio.timeout(AT_MAX_SECONDS), Phone(server.entry, "dora") as dora:
                while REFUSED not in dora.kept():
                    await dora.text("dora", word)
                    await dora.settle()


@pytest.fixture(scope="module", params=SERVICES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    poll = {} if REDIS in request.param else POLL
    with two_processes(tmp_path_factory, request.param, **WITHOUT_LIMITS, **poll) as pair:
        yield Stage(pair)


async def test_a_rule_holds_in_both_while_it_is_switched_on(stage: Stage, cast: Cast) -> None:
    here, there = stage.pair
    async with Phone(here.entry, cast.alice) as alice, Phone(there.entry, cast.bob) as bob:
        await stage.change('add(somebody, ["敏感词"], "test", effect="block")')
        for phone, to in ((alice, cast.bob), (bob, cast.alice)):
            await phone.text(to, "敏 感 词")
            assert await phone.receive() == REFUSED
        await stage.change('switch(somebody, ids, "test", is_active=False)')
        await bob.text(cast.alice, "敏感词")
        assert (await alice.message()).content == "敏感词"
        await stage.change('switch(somebody, ids, "test", is_active=True)')
        await bob.text(cast.alice, "敏感词")
        assert await bob.receive() == REFUSED
        await stage.change('remove(somebody, ids, "test")')
        await alice.text(cast.bob, "敏感词")
        assert (await bob.message()).content == "敏感词"
