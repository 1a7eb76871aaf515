"""Who was in many groups once costs no more than who was not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User
from accounts.services import ensure_users, raise_delivered
from chat import selectors
from chat.arrivals import read_arrivals
from chat.log import Draft, append
from chat.protocol.rows import Entry, LogId
from groups.models import ANY_ID, Group, Membership
from groups.services import add_members, create_group, remove_members

pytestmark = pytest.mark.django_db(transaction=True)

STAYS = 1000


def write(group: Group, content: str) -> int:
    """Alice does; the id."""
    return append([Draft("text", "alice", group.pk, content, "")]).batch.last


def backlog(userid: str) -> list[str]:
    delivered = User.objects.get(pk=userid).delivered_id
    rows, _ = selectors.backlog(userid, delivered, selectors.last_id(), 100)
    return [row.content for row in rows if isinstance(row, Entry)]


def last_ids(userid: str) -> list[int]:
    stays = Membership.objects.filter(user=userid).order_by("pk")
    return list(stays.values_list("last_id", flat=True))


def test_a_stay_that_is_over_knows_the_last_that_stands_in_it() -> None:
    group = create_group("alice", ["bob"], "群")
    last = write(group, "while Bob is in")
    remove_members(group.pk, ["bob"])
    write(group, "after he left")
    assert last_ids("bob") == [last]
    assert last_ids("alice") == [ANY_ID]
    assert backlog("bob") == ["while Bob is in"]


def test_one_in_which_nothing_stands_says_so() -> None:
    group = create_group("alice", [], "群")
    add_members(group.pk, ["bob"])
    remove_members(group.pk, ["bob"])
    assert last_ids("bob") == [0]
    assert backlog("bob") == []


def test_what_is_not_known_of_a_stay_hides_nothing() -> None:
    """As when a process of an earlier version ended it, before or after the tables were changed."""
    group = create_group("alice", ["bob"], "群")
    write(group, "while Bob is in")
    remove_members(group.pk, ["bob"])
    Membership.objects.update(last_id=ANY_ID)
    assert backlog("bob") == ["while Bob is in"]
    import_module("groups.migrations.0003_stays_end_with_a_last_id").note_last_ids(apps, None)
    assert last_ids("bob") < [ANY_ID]
    assert last_ids("alice") == [ANY_ID]
    assert backlog("bob") == ["while Bob is in"]


def test_all_stays_of_one_person_in_one_group_count() -> None:
    group = create_group("alice", ["bob"], "群")
    for number in range(3):
        write(group, f"in {number}")
        remove_members(group.pk, ["bob"])
        write(group, f"out {number}")
        add_members(group.pk, ["bob"])
    write(group, "in again")
    assert backlog("bob") == ["in 0", "in 1", "in 2", "in again"]
    raise_delivered({"bob": selectors.group_history("bob", group.pk, 0, 2)[0][-1].id})
    assert backlog("bob") == ["in 2", "in again"]
    history, _ = selectors.group_history("bob", group.pk, 0, 100)
    assert [entry.content for entry in history] == ["in 0", "in 1", "in 2", "in again"]


@contextmanager
def steps() -> Iterator[Callable[[], int]]:
    """How many steps of its virtual machine SQLite takes, in hundreds."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    connection.ensure_connection()
    assert connection.connection
    connection.connection.set_progress_handler(step, 100)
    try:
        yield lambda: count
    finally:
        connection.connection.set_progress_handler(None, 100)


def _effort(userid: str) -> int:
    with steps() as taken:
        read_arrivals([userid], [userid])
        selectors.backlog(userid, 0, selectors.last_id(), 200)
        return taken()


def _mirrored_effort(userid: str, after: LogId) -> int:
    with steps() as taken:
        selectors.mirrored_backlog(userid, after, selectors.last_id(), 200)
        return taken()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts SQLite's steps")
def test_stays_that_are_over_and_empty_cost_nothing() -> None:
    ensure_users(["alice", "bob", "charlie"])
    create_group("alice", ["bob", "charlie"], "群")
    groups = Group.objects.bulk_create(Group(name="x", creator_id="alice") for _ in range(STAYS))
    Membership.objects.bulk_create(
        Membership(group=group, user_id="charlie", since_id=1, until_id=2, last_id=0) for group in groups
    )
    for group in groups:
        append([Draft("text", "alice", group.pk, "hi", "")], checked_at=selectors.last_id())
    assert _effort("charlie") <= _effort("bob") + 2
    # Who also gets the notices with which they ended, and has those.
    assert _mirrored_effort("charlie", 2) <= _mirrored_effort("bob", 2) + 2
