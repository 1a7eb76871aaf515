"""Groups become quiet and slow, and members are muted there, while others write: nothing is in the log after
the row that forbids it."""

import json
from collections.abc import Iterator

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable

pytestmark = pytest.mark.slow

ROUNDS = 40
RACE = f"""
import json
import time
from datetime import UTC, datetime
from accounts.access import Role
from accounts.services import ensure_users, set_standing
from chat.delivery.lifter import lift_ended
from chat.log import Draft, append
from chat.models import Message, as_row, ROW_FIELDS
from groups.models import Group, GroupMute
from groups.services import (
    add_members, create_group, dissolve, hand_over, mute_member, remove_members, restore, set_quiet, set_slow,
    unmute_member,
)
from tests.support.threads import at_once

ensure_users(["alice", "bob", "charlie"])
group = create_group("alice", ["bob"], "Friends").pk
other = create_group("alice", ["bob"], "Others").pk
ENDED = int(time.time()) - 10

def writes():
    for _ in range({ROUNDS}):
        append([Draft("text", "bob", group, "hi", ""), Draft("text", "alice", group, "hi", "")])

def is_made_quiet():
    for number in range({ROUNDS}):
        set_quiet(group, number % 2 == 0)

def is_made_slow():
    for number in range({ROUNDS}):
        set_slow(group, 3600 * (number % 2))

def mutes():
    for _ in range({ROUNDS}):
        mute_member(group, "bob", ENDED, "")

def unmutes():
    for _ in range({ROUNDS}):
        unmute_member(group, "bob")

def is_muted_everywhere():
    for _ in range({ROUNDS}):
        set_standing("bob", muted=True, until=ENDED)

def lifts():
    for _ in range({ROUNDS}):
        lift_ended(datetime.now(UTC))

def goes_and_comes_back():
    for _ in range({ROUNDS}):
        dissolve(other)
        restore(other)

def changes_hands():
    for number in range({ROUNDS}):
        try:
            hand_over(other, ("alice", "bob")[number % 2])
        except Exception as error:
            if type(error).__name__ != "GroupNotFound":
                raise

outcomes = at_once(
    writes, writes, is_made_quiet, is_made_slow, mutes, unmutes, is_muted_everywhere, lifts, lifts,
    goes_and_comes_back, changes_hands,
)
lift_ended(datetime.now(UTC))

is_quiet, slow, muted, muted_there, last, wrong, said = False, 0, False, False, 0, [], 0
for row in (as_row(*row) for row in Message.objects.order_by("id").values_list(*ROW_FIELDS)):
    match type(row).__name__:
        case "GroupChange" if row.group == group:
            is_quiet, slow = row.changed.get("muted", is_quiet), row.changed.get("slow", slow)
        case "StandingChange" if row.change.muted is not None:
            if row.change.group is None:
                muted = row.change.muted
            else:
                muted_there = row.change.muted
        case "Entry" if row.sender == "bob":
            said += 1
            if is_quiet or muted or muted_there or row.time - last < slow:
                wrong.append(row.id)
            last = row.time
stored = Group.objects.get(pk=group)
print(json.dumps({{
    "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
    "wrong": wrong,
    "said": said,
    "by_alice": Message.objects.filter(kind="text", sender="alice").count(),
    "told": [is_quiet, slow, muted_there],
    "stored": [stored.is_quiet, stored.slow_seconds, GroupMute.objects.exists()],
    "others": sorted(Group.objects.get(pk=other).memberships.current().values_list("user", flat=True)),
}}))
"""


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with tables, which does not run."""
    folder = tmp_path_factory.mktemp("races")
    if request.param == "SQLite":
        server = Server(folder)
        server.prepare()
        yield server
        return
    try:
        with Postgres() as postgres:
            server = Server(folder, DATABASE_URL=postgres.url)
            server.prepare()
            yield server
    except Unavailable as reason:
        unavailable(str(reason))


def test_it_works(server: Server) -> None:
    found = json.loads(server.run_python(RACE))
    assert (found["errors"], found["wrong"]) == ([], [])
    assert found["by_alice"] == 2 * ROUNDS
    assert found["told"] == found["stored"]
    assert found["others"] == ["alice", "bob"]
