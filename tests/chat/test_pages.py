"""Messages of a conversation by id, in both directions. How the API gives them is in tests/api."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.reading import pages, selectors
from chat.reading.conversations import conversations_of
from chat.reading.pages import ConversationReader, CurrentMessage, Page
from groups.services import add_members, remove_members
from log.appending import Draft, append
from log.models import Group, Membership, Message
from log.pairs import begin_from_log
from log.rows import EDIT, RECALL, Amendment, MembershipNotice, Recipient
from tests.support.planner import take_for_large

BOB = ConversationReader("bob", "alice")
# A statement that reads what is between two people.
ALL_OF_TWO = re.compile(r'recipient_id"? = ')


def write(sender: str, to: Recipient, *contents: str) -> list[int]:
    drafts = [Draft("text", sender, to, content, "") for content in contents]
    return [row.id for row in append(drafts).batch.rows]


def contents(page: Page) -> list[str]:
    return [item.entry.content for item in page.items if isinstance(item, CurrentMessage)]


@pytest.fixture
def ids(group: Group) -> list[int]:
    """What Alice and Bob have written to each other, and others to others between it."""
    first = write("alice", "bob", "1", "2")
    write("alice", "charlie", "not Bob's")
    middle = write("bob", "alice", "3")
    write("alice", group.pk, "in the group")
    return [*first, *middle, *write("alice", "bob", "4", "5")]


def test_the_latest_come_oldest_first(ids: list[int]) -> None:
    assert contents(pages.latest_page(BOB, 10)) == ["1", "2", "3", "4", "5"]
    assert not pages.latest_page(BOB, 10).more


def test_the_other_reads_the_same(ids: list[int]) -> None:
    assert pages.latest_page(ConversationReader("alice", "bob"), 10) == pages.latest_page(BOB, 10)


def test_outsider_reads_no_private_messages(ids: list[int]) -> None:
    assert contents(pages.latest_page(ConversationReader("charlie", "bob"), 10)) == []
    assert contents(pages.latest_page(ConversationReader("charlie", "alice"), 10)) == ["not Bob's"]


@pytest.mark.parametrize(("limit", "more"), [(2, True), (3, True), (4, False), (5, False)])
def test_pages_before_a_message_end_with_the_nearest(ids: list[int], limit: int, more: bool) -> None:
    page = pages.page_before(BOB, ids[4], limit)
    assert (contents(page), page.more) == (["1", "2", "3", "4"][-limit:], more)


@pytest.mark.parametrize(("limit", "more"), [(2, True), (3, True), (4, False), (5, False)])
def test_pages_after_a_message_begin_with_the_nearest(ids: list[int], limit: int, more: bool) -> None:
    page = pages.page_after(BOB, ids[0], limit)
    assert (contents(page), page.more) == (["2", "3", "4", "5"][:limit], more)


def test_a_page_around_a_message_has_it_in_the_middle(ids: list[int]) -> None:
    assert contents(pages.page_around(BOB, ids[2], 3)) == ["2", "3", "4"]


def test_group_page_has_messages_of_ones_own_membership(group: Group) -> None:
    write("alice", group.pk, "while Bob is in it")
    remove_members(group.pk, ["bob"])
    write("alice", group.pk, "while he is not")
    add_members(group.pk, ["bob"])
    write("alice", group.pk, "in it again")

    for read in (
        pages.latest_page(ConversationReader("bob", group.pk), 10),
        pages.page_after(ConversationReader("bob", group.pk), 0, 10),
    ):
        assert contents(read) == ["while Bob is in it", "in it again"]
    assert len(contents(pages.latest_page(ConversationReader("alice", group.pk), 10))) == 3
    assert contents(pages.latest_page(ConversationReader("charlie", group.pk), 10)) == []


def test_page_has_notices_only_on_request(group: Group) -> None:
    add_members(group.pk, ["charlie"])
    assert pages.latest_page(ConversationReader("bob", group.pk), 10).items == []
    assert joined(ConversationReader("bob", group.pk, notices=True)) == [("alice", "bob"), ("charlie",)]


def test_later_member_gets_the_notices_since_joining(group: Group) -> None:
    add_members(group.pk, ["charlie"])
    add_members(group.pk, ["dave"])
    assert joined(ConversationReader("charlie", group.pk, notices=True)) == [("charlie",), ("dave",)]
    assert joined(ConversationReader("eve", group.pk, notices=True)) == []


def test_a_message_at_which_a_period_begins_does_not_belong_to_it(group: Group) -> None:
    """In a log that was imported, periods begin at any row."""
    write("alice", "charlie", "hi")
    before, *_ = write("alice", group.pk, "before", "first", "second")
    Membership.objects.create(group=group, user_id="charlie", since_id=before)
    for notices in (False, True):
        page = pages.latest_page(ConversationReader("charlie", group.pk, notices=notices), 10)
        assert contents(page) == ["first", "second"]


def joined(reader: ConversationReader) -> list[tuple[str, ...]]:
    """Who joined by each of the notices that the reader is given."""
    notices = pages.latest_page(reader, 10).items
    return [notice.joined for notice in notices if isinstance(notice, MembershipNotice)]


def test_messages_are_given_as_they_are_now(ids: list[int]) -> None:
    amended = append(
        [
            Draft(EDIT, "alice", "bob", "one", "", target=ids[0]),
            Draft(RECALL, "alice", "bob", "", "", target=ids[1]),
        ]
    ).batch.rows
    assert all(isinstance(row, Amendment) for row in amended)
    first, second = pages.latest_page(BOB, 10).items[:2]
    assert isinstance(first, CurrentMessage)
    assert isinstance(second, CurrentMessage)
    assert (first.entry.content, first.edited) == ("one", amended[0].id)
    assert (second.recalled, second.entry.content) == (True, "")


def test_messages_by_id_come_newest_first(ids: list[int]) -> None:
    assert [shown.entry.id for shown in pages.messages_with_ids("bob", ids)] == ids[::-1]
    assert pages.messages_with_ids("bob", []) == []


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its plans do not depend on how many rows there are"
)
def test_files_are_found_by_an_index_of_their_own(group: Group) -> None:
    for peer, index in ((group.pk, "group_files"), ("bob", "unicast_files")):
        append([Draft("picture", "alice", peer, "x", "")])
        take_for_large(Message._meta.db_table)
        with CaptureQueriesContext(connection) as queries:
            assert contents(
                pages.latest_page(ConversationReader("alice", peer, kinds=("picture", "video")), 10)
            ) == ["x"]
        (statement, *_) = [query["sql"] for query in queries if "'picture'" in query["sql"]]
        plan = plan_of(statement)
        assert index in plan, plan


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its plans do not depend on how many rows there are"
)
@pytest.mark.parametrize(
    "read",
    [
        lambda: pages.latest_page(ConversationReader("alice", "bob"), 10),
        lambda: selectors.unicast_history("alice", "bob", 0, 10),
        lambda: conversations_of("alice", ["bob"]),
        lambda: begin_from_log(0),
    ],
)
def test_messages_of_two_are_found_without_passing_over_amendments(
    group: Group, read: Callable[[], object]
) -> None:
    append([Draft("text", "alice", "bob", "x", "")])
    take_for_large(Message._meta.db_table)
    with CaptureQueriesContext(connection) as queries:
        read()
    plan = "".join(plan_of(query["sql"]) for query in queries if ALL_OF_TWO.search(query["sql"]))
    assert "INDEX unicast_messages" in plan, plan
    assert "INDEX unicast_backlog" not in plan, plan
    assert "INDEX written_by" not in plan, plan


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}".replace("%", "%%")).fetchall()
    return str(plan)
