"""Standing, restrictions and blocks change while others write. No two wait for each other for ever, also on
PostgreSQL, where rows are locked one by one."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from testkit.server import Server
from testkit.services import Postgres
from tests.support.postgres import with_tables

pytestmark = pytest.mark.slow

_numbers = count(1)
ROUNDS = 20
STANDING = f"""
import json
from django.contrib.auth.models import Group as Role
from django.db import transaction
from accounts.models import User
from accounts.services import end_sessions, ensure_users, raise_delivered, set_account_status
from log.appending import Draft, append
from log.models import Message
from log.stored_rows import as_row, ROW_FIELDS
from groups.services import add_members, create_group, remove_members
from tests.support.threads import at_once

ensure_users(["alice", "bob", "charlie"])
group = create_group("alice", ["bob"], "Friends").pk

def writes():
    for _ in range({ROUNDS}):
        append([Draft("text", "alice", "bob", "hi", ""), Draft("text", "bob", group, "hi", "")])

def mutes():
    for number in range({ROUNDS}):
        set_account_status("bob", muted=number % 2 == 0)

def locks():
    for number in range({ROUNDS}):
        set_account_status("bob", banned=number % 2 == 0)

def changes_the_password():
    for number in range({ROUNDS}):
        with transaction.atomic():  # as the admin's form
            bob = User.objects.get(pk="bob")
            bob.set_unusable_password()
            bob.save()
            bob.groups.set([])

def logs_out():
    for number in range({ROUNDS}):
        end_sessions("bob", str(number))

def receives():
    for number in range({ROUNDS}):
        raise_delivered(dict.fromkeys(["alice", "bob"], number))

def comes_and_goes():
    for _ in range({ROUNDS}):
        remove_members(group, ["bob"])
        add_members(group, ["bob"])

outcomes = at_once(
    writes, writes, mutes, mutes, locks, changes_the_password, logs_out, receives, comes_and_goes
)
bob = User.objects.get(pk="bob")
rows = [as_row(*row) for row in Message.objects.order_by("id").values_list(*ROW_FIELDS)]
changes = [row.change for row in rows if type(row).__name__ == "AccountStatusChange"]
print(json.dumps({{
    "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
    "stored": [bob.muted, not bob.is_active],
    "muted": [change.muted for change in changes if change.muted is not None],
    "banned": [change.banned for change in changes if change.banned is not None],
    "ended": [change.ended for change in changes if change.ended],
    "said": sum(type(row).__name__ == "Entry" for row in rows),
}}))
"""
BLOCKS = f"""
import json
from accounts.services import ensure_users, set_account_status
from chat.services.blocks import block, unblock
from log.appending import Draft, append
from log.models import Block, Message
from log.stored_rows import as_row, ROW_FIELDS
from tests.support.threads import at_once

ensure_users(["alice", "bob", "charlie"])

def writes():
    for _ in range({ROUNDS}):
        append([Draft("text", "alice", "bob", "hi", ""), Draft("text", "bob", "charlie", "hi", "")])

def blocks():
    for _ in range({ROUNDS}):
        block("bob", "alice")
        unblock("bob", "alice")

def mutes():
    for number in range({ROUNDS}):
        set_account_status("alice", muted=number % 2 == 0)

outcomes = at_once(writes, writes, blocks, blocks, mutes)
rows = [as_row(*row) for row in Message.objects.order_by("id").values_list(*ROW_FIELDS)]
print(json.dumps({{
    "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
    "rows": [
        row.is_on if type(row).__name__ == "BlockChange" else None
        for row in rows
        if type(row).__name__ == "BlockChange" or (type(row).__name__ == "Entry" and row.to == "bob")
    ],
}}))
"""
RESTRICTIONS = f"""
import json
import time
from datetime import UTC, datetime
from accounts.access import Role
from accounts.services import ensure_users, set_account_status
from chat.delivery.background import lift_ended_restrictions
from log.appending import Draft, append
from log.models import Message
from log.stored_rows import as_row, ROW_FIELDS
from log.models import Group, GroupMute
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
        set_account_status("bob", muted=True, until=ENDED)

def lifts():
    for _ in range({ROUNDS}):
        lift_ended_restrictions(datetime.now(UTC))

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
lift_ended_restrictions(datetime.now(UTC))

is_quiet, slow, muted, muted_there, last, wrong, said = False, 0, False, False, 0, [], 0
for row in (as_row(*row) for row in Message.objects.order_by("id").values_list(*ROW_FIELDS)):
    match type(row).__name__:
        case "GroupChange" if row.group == group:
            is_quiet, slow = row.changed.get("muted", is_quiet), row.changed.get("slow", slow)
        case "AccountStatusChange" if row.change.muted is not None:
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


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with with_tables(tmp_path_factory) as postgres:
        yield postgres


@pytest.fixture
def on_postgresql(postgres: Postgres, tmp_path: Path) -> Server:
    """One with tables, which does not run."""
    return Server(tmp_path, DATABASE_URL=postgres.copy(f"races{next(_numbers)}"))


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    if request.param == "PostgreSQL":
        running: Server = request.getfixturevalue("on_postgresql")
        return running
    server = Server(tmp_path)
    server.prepare()
    return server


def test_account_status_changes_do_not_deadlock(on_postgresql: Server) -> None:
    data = json.loads(on_postgresql.run_python(STANDING))
    assert data["errors"] == []
    assert data["said"] >= 2 * ROUNDS
    assert len(data["ended"]) == 2 * ROUNDS
    # Each change differs from the one before, and the last is what is stored.
    for name, stored in zip(("muted", "banned"), data["stored"], strict=True):
        changes = data[name]
        assert changes == [number % 2 == 0 for number in range(len(changes))]
        assert (changes[-1] if changes else False) == stored


def test_blocks_do_not_deadlock(on_postgresql: Server) -> None:
    data = json.loads(on_postgresql.run_python(BLOCKS))
    assert data["errors"] == []
    is_on = False
    for change in data["rows"]:
        assert change is not is_on
        if change is None:
            assert not is_on
        else:
            is_on = change
    assert data["rows"].count(True) > 1


def test_log_has_no_message_after_the_row_that_forbids_it(server: Server) -> None:
    data = json.loads(server.run_python(RESTRICTIONS))
    assert (data["errors"], data["wrong"]) == ([], [])
    assert data["by_alice"] == 2 * ROUNDS
    assert data["told"] == data["stored"]
    assert data["others"] == ["alice", "bob"]
