"""Who was in many groups once costs no more than who was not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import ensure_users, raise_delivered
from chat.reading import selectors
from chat.reading.login_reads import read_for_logins
from chat.reading.snapshot import snapshot
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Draft, append
from log.group_models import ANY_ID
from log.models import Group, Membership, Message
from log.rows import Entry, LogId

pytestmark = pytest.mark.django_db(transaction=True)

STAYS = 1000


def write(group: Group, content: str) -> int:
    """Alice does; the id."""
    return append([Draft("text", "alice", group.pk, content, "")]).batch.last


def backlog(userid: str) -> list[str]:
    delivered = User.objects.get(pk=userid).delivered_id
    rows, _ = selectors.backlog(userid, delivered, positions.last_id(), 100)
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


def test_stay_without_messages_is_marked_empty() -> None:
    group = create_group("alice", [], "群")
    add_members(group.pk, ["bob"])
    remove_members(group.pk, ["bob"])
    assert last_ids("bob") == [0]
    assert backlog("bob") == []


def test_backlog_covers_all_membership_periods_of_a_group() -> None:
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
        read_for_logins([userid], [userid])
        selectors.backlog(userid, 0, positions.last_id(), 200)
        return taken()


def _mirrored_effort(userid: str, after: LogId) -> int:
    with steps() as taken:
        selectors.mirrored_backlog(userid, after, positions.last_id(), 200)
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
        append([Draft("text", "alice", group.pk, "hi", "")], checked_at=positions.last_id())
    assert _effort("charlie") <= _effort("bob") + 2
    # Who also gets the notices with which they ended, and has those.
    assert _mirrored_effort("charlie", 2) <= _mirrored_effort("bob", 2) + 2


# More than a page has rows, and many more.
SOME, MANY, PAGE = 300, 3000, 200


@pytest.fixture
def stayed() -> None:
    """Bob has been in a group some times, Charlie many times, and each time somebody said something there."""
    ensure_users(["bob", "charlie"])
    group = create_group("alice", [], "群")
    ids = [row.id for row in append([Draft("text", "alice", group.pk, "hi", "")] * MANY).batch.rows]
    for userid, stays in (("bob", ids[:SOME]), ("charlie", ids)):
        Membership.objects.bulk_create(
            Membership(group=group, user_id=userid, since_id=id_ - 1, until_id=id_ + 1, last_id=id_)
            for id_ in stays
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _log_in(userid: str) -> None:
    assert read_for_logins([userid], [userid]).unread == {userid}
    rows, more = selectors.backlog(userid, 0, positions.last_id(), PAGE)
    assert (len(rows), more) == (PAGE, True)


@pytest.mark.usefixtures("stayed")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts SQLite's steps")
def test_a_page_costs_hardly_more_where_ten_times_as_many_have_something_unread() -> None:
    """Where they end stands in an index. What was said in them is looked for in as many as fill a page."""
    assert _steps(_log_in, "charlie") <= 2 * _steps(_log_in, "bob")


def _steps(read: Callable[[str], None], userid: str) -> int:
    with steps() as taken:
        read(userid)
        return taken()


@pytest.mark.usefixtures("stayed")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="explains PostgreSQL's plans")
def test_queries_of_a_page_do_not_grow_with_unread_groups() -> None:
    assert _looks_into_the_log(_log_in, "charlie") <= _looks_into_the_log(_log_in, "bob")


def _looks_into_the_log(read: Callable[[str], None], userid: str) -> float:
    """How often it is asked for rows, and how many rows it looks at."""
    with CaptureQueriesContext(connection) as queries:
        read(userid)
    statements = [query["sql"] for query in queries if Message._meta.db_table in query["sql"]]
    assert statements
    with snapshot(by_index=True), connection.cursor() as cursor:
        return sum(_looks(_plan(cursor, statement)) for statement in statements)


def _plan(cursor: CursorWrapper, statement: str) -> dict[str, Any]:
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
    plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def _looks(step: dict[str, Any]) -> float:
    below: float = sum(map(_looks, step.get("Plans", [])))
    if step.get("Relation Name") != Message._meta.db_table:
        return below
    rows: float = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    own: float = (1 + rows) * step["Actual Loops"]
    return below + own
