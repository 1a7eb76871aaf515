"""Standing changes while others write to the person, on PostgreSQL, where rows are locked one by one."""

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
from django.contrib.auth.models import Group as Role
from django.db import transaction
from accounts.models import User
from accounts.services import end_sessions, ensure_users, raise_delivered, set_standing
from chat.log import Draft, append
from chat.models import Message, as_row, ROW_FIELDS
from groups.services import add_members, create_group, remove_members
from tests.support.threads import at_once

ensure_users(["alice", "bob", "charlie"])
group = create_group("alice", ["bob"], "Friends").pk

def writes():
    for _ in range({ROUNDS}):
        append([Draft("text", "alice", "bob", "hi", ""), Draft("text", "bob", group, "hi", "")])

def mutes():
    for number in range({ROUNDS}):
        set_standing("bob", muted=number % 2 == 0)

def locks():
    for number in range({ROUNDS}):
        set_standing("bob", locked=number % 2 == 0)

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
changes = [row.change for row in rows if type(row).__name__ == "StandingChange"]
print(json.dumps({{
    "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
    "stored": [bob.muted, not bob.is_active],
    "muted": [change.muted for change in changes if change.muted is not None],
    "locked": [change.locked for change in changes if change.locked is not None],
    "ended": [change.ended for change in changes if change.ended],
    "said": sum(type(row).__name__ == "Entry" for row in rows),
}}))
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with tables, which does not run."""
    try:
        with Postgres() as postgres:
            server = Server(tmp_path_factory.mktemp("races"), DATABASE_URL=postgres.url)
            server.prepare()
            yield server
    except Unavailable as reason:
        unavailable(str(reason))


def test_it_works(server: Server) -> None:
    found = json.loads(server.run_python(RACE))
    assert found["errors"] == []
    assert found["said"] >= 2 * ROUNDS
    assert len(found["ended"]) == 2 * ROUNDS
    # Each change differs from the one before, and the last is what is stored.
    for name, stored in zip(("muted", "locked"), found["stored"], strict=True):
        changes = found[name]
        assert changes == [number % 2 == 0 for number in range(len(changes))]
        assert (changes[-1] if changes else False) == stored
