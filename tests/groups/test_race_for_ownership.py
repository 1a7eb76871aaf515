"""Owners who leave and lose their role at the same moment: a group in which somebody is always has one."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from accounts.access import Role
from groups import services
from groups.errors import LastOwner
from log.models import Group
from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable
from tests.support.groups import ALICE, BOB, CHARLIE, roles
from tests.support.threads import at_once

pytestmark = pytest.mark.slow

ROUNDS = 12


@pytest.fixture(params=["SQLite", "PostgreSQL"], scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("races")
    if request.param == "SQLite":
        yield prepared(folder)
        return
    try:
        with Postgres() as postgres:
            yield prepared(folder, DATABASE_URL=postgres.url)
    except Unavailable as reason:
        unavailable(str(reason))


def prepared(folder: Path, **settings: str) -> Server:
    server = Server(folder, **settings)
    server.prepare()
    return server


def test_group_keeps_owner_when_all_leave_at_once(database: Server) -> None:
    """What races below is played in a process that has this database."""
    played = database.run_python(
        "from tests.groups.test_race_for_ownership import play\nplay()\nprint('played')"
    )
    assert played == "played\n"


def play() -> None:
    for _ in range(ROUNDS):
        both_owners_leave()
        one_is_demoted_while_the_other_leaves()
        each_demotes_the_other()
        heir_leaves_too()


def owned_by_two() -> Group:
    """Alice and Bob own it, Charlie is a member."""
    group = services.create_group(ALICE, [BOB, CHARLIE], "x")
    services.set_role(group.pk, BOB, Role.OWNER)
    return group


def both_owners_leave() -> None:
    group = owned_by_two()
    assert at_once(*(partial(services.leave, group.pk, userid) for userid in (ALICE, BOB))) == [None, None]
    assert roles(group) == {CHARLIE: "owner"}


def one_is_demoted_while_the_other_leaves() -> None:
    group = owned_by_two()
    demote = partial(services.set_role, group.pk, BOB, Role.MEMBER)
    demoted, left = at_once(demote, partial(services.leave, group.pk, ALICE))
    assert left is None
    assert demoted is None or isinstance(demoted, LastOwner)
    assert roles(group) == {BOB: "owner", CHARLIE: "member"}


def each_demotes_the_other() -> None:
    group = owned_by_two()
    outcomes = at_once(
        partial(services.set_role, group.pk, BOB, Role.MEMBER, by=ALICE),
        partial(services.set_role, group.pk, ALICE, Role.MEMBER, by=BOB),
    )
    assert outcomes.count(None) == 1
    assert sorted(roles(group).values()) == ["member", "member", "owner"]


def heir_leaves_too() -> None:
    group = services.create_group(ALICE, [BOB, CHARLIE], "x")
    assert at_once(*(partial(services.leave, group.pk, userid) for userid in (ALICE, BOB))) == [None, None]
    assert roles(group) == {CHARLIE: "owner"}
