"""Some call the server or log in all the time, as many at once as they like; the others go on."""

import asyncio
import time
from collections.abc import Iterator
from itertools import count

import pytest

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres
from tests.conftest import MakeServer
from tests.support.flood import call, flood
from tests.support.flooding_process import flooding
from tests.support.postgres import with_tables

pytestmark = pytest.mark.slow

SECONDS = 4.0
# So many messages show that others are served. A busy machine is given longer for them.
ENOUGH, MAX_SECONDS = 20, 40.0
_numbers = count(1)
PEOPLE = ",".join(f"{{caller}}x{{count}}x{number}" for number in range(120))
MAKING = f"/creategrp?creator=mallory{{caller}}&name=x&members={PEOPLE}"

BIG = 500
FOLK = [f"user{number}" for number in range(BIG)]
ASKING = "/grpinfo?groupid=1"

STAYERS = [f"stayer{number}" for number in range(12)]
# Each has been in a group 500 times, and each time somebody said something there.
STAYING = f"""
from accounts.services import ensure_users
from log.appending import Draft, append
from log.models import Membership
from groups.services import create_group

ensure_users({STAYERS})
group = create_group("alice", [], "群")
rows = append([Draft("text", "alice", group.pk, "unread", "")] * 500).batch.rows
Membership.objects.bulk_create(
    Membership(group=group, user_id=userid, since_id=row.id - 1, until_id=row.id + 1, last_id=row.id)
    for userid in {STAYERS}
    for row in rows
)
"""


async def _conversation(server: Server) -> int:
    """How many messages went from Alice to Bob, one after the other."""
    began = time.monotonic()
    done = 0
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        while (took := time.monotonic() - began) < SECONDS or (done < ENOUGH and took < MAX_SECONDS):
            await alice.text("bob", str(done))
            assert await bob.contents(1) == [str(done)]
            done += 1
    return done


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """It has the tables."""
    with with_tables(tmp_path_factory) as postgres:
        yield postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """What a server is told of one of its own."""
    if request.param == "sqlite":
        return {}
    postgres: Postgres = request.getfixturevalue("postgres")
    return {"DATABASE_URL": postgres.copy(f"copy{next(_numbers)}")}


async def test_creating_groups_does_not_delay_chat(make_server: MakeServer, database: dict[str, str]) -> None:
    server = make_server(IM66_MOSAICS="false", **database, **WITHOUT_LIMITS)
    async with flood(server, MAKING, callers=30) as making:
        messages = await _conversation(server)
    assert sum(making.answered) > 2
    # On a quiet machine some 200; when all wrote as they came, four.
    assert messages >= ENOUGH


async def test_flood_of_big_group_reads_does_not_stall_chat(
    make_server: MakeServer, database: dict[str, str]
) -> None:
    server = make_server(IM66_MOSAICS="false", **database, **WITHOUT_LIMITS)
    _make_big_groups(server, 1)
    async with flood(server, ASKING, callers=60) as asking:
        messages = await _conversation(server)
    assert sum(asking.answered) > 2
    assert messages >= ENOUGH


async def test_logins_with_many_membership_periods_do_not_stall_chat(
    make_server: MakeServer, database: dict[str, str]
) -> None:
    server = make_server(**database, **WITHOUT_LIMITS)
    server.run_python(STAYING)
    async with flooding("tests.support.logging_in", server.entry, *STAYERS):
        messages, logins = await asyncio.gather(_conversation(server), _logins(server))
    assert messages >= ENOUGH
    # On a quiet machine some 150; where a login waits for those who have many periods, one.
    assert logins > 3


async def _logins(server: Server) -> int:
    """How often Charlie has logged in, one time after the other."""
    end = time.monotonic() + SECONDS
    done = 0
    while time.monotonic() < end:
        async with Phone(server.entry, "charlie"):
            done += 1
    return done


@pytest.fixture
def with_a_big_group(make_server: MakeServer, database: dict[str, str]) -> Server:
    server = make_server(IM66_MOSAICS="false", **database, **WITHOUT_LIMITS)
    _make_big_groups(server, 1)
    return server


def _make_big_groups(server: Server, count: int) -> None:
    """The first has the id 1."""
    server.run_python(
        "from groups.services import create_group\n"
        f"for _ in range({count}): create_group('user0', {FOLK}, 'big')"
    )


@pytest.mark.promise("call-44")
async def test_api_caller_at_another_address_gets_as_many_turns(with_a_big_group: Server) -> None:
    async with flood(with_a_big_group, ASKING, callers=40) as many:
        answered = await _answered(with_a_big_group, ASKING, "127.0.0.2")
    # About as often as all of the forty together.
    assert answered > sum(many.answered) / 4


async def _answered(server: Server, target: str, address: str) -> int:
    """How often somebody is answered who calls all the time."""
    end = time.monotonic() + SECONDS
    done = 0
    while time.monotonic() < end:
        reply = await call(server.port, target, address)
        assert b'"message":"OK"' in reply
        done += 1
    return done
