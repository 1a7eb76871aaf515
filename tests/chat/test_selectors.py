"""Reading the log: who finds what in it. What a page weighs is in test_filling, what ended stays cost in
test_ended_stays."""

from collections.abc import Sequence
from typing import Any

import pytest

from accounts.services import ensure_users, set_account_status
from chat.reading import selectors
from groups.editing import edit_group
from groups.selectors import is_group
from groups.services import add_members, dissolve, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group, Membership, Message
from log.rows import AccountStatusChange, Entry, GroupChange, LogId, MembershipNotice, Recipient, Row, Served

END = 10**9
# A second that is to come.
LATE = 10**10


def write(sender: str, to: Recipient, content: str) -> Row:
    return append([Draft("text", sender, to, content, "")]).batch.rows[0]


def contents(rows: Sequence[Served]) -> list[str]:
    return [row.content for row in rows if isinstance(row, Entry)]


def backlog(userid: str, after: LogId, upto: LogId = END, limit: int = 10) -> tuple[list[str], bool]:
    rows, more = selectors.backlog(userid, after, upto, limit)
    return contents(rows), more


class TestPlaces:
    def test_an_empty_log_ends_at_zero(self, transactional_db: None) -> None:
        assert positions.last_id() == 0
        assert positions.last_id_before(0) is None

    def test_last_id_is_the_last_row(self, group: Group) -> None:
        row = write("alice", "bob", "hi")
        assert positions.last_id() == row.id

    def test_a_group_has_a_last_row_of_its_own(self, group: Group) -> None:
        first, _, last = write("bob", group.pk, "1"), write("alice", "bob", "2"), write("bob", group.pk, "3")
        assert positions.last_id_of_group(group.pk, before=last.id) == first.id
        assert positions.last_id_of_group(group.pk + 1, before=END) == 0

    def test_a_second_begins_with_its_first_row(self, group: Group) -> None:
        first, second, third = (write("alice", "bob", content) for content in "123")
        for row, second_of_row in ((first, LATE), (second, LATE + 5), (third, LATE + 5)):
            Message.objects.filter(pk=row.id).update(timet=second_of_row)
        ids = [positions.last_id_before(LATE + late) for late in (0, 1, 5, 6)]
        assert ids == [first.id - 1, second.id - 1, second.id - 1, None]


class TestBacklog:
    def test_a_backlog_has_what_others_wrote_to_one(self, group: Group) -> None:
        after = positions.last_id()
        write("alice", "bob", "to Bob")
        write("alice", group.pk, "to all")
        write("alice", "charlie", "to Charlie")
        write("bob", group.pk, "by Bob")
        write("bob", "bob", "a note")
        assert backlog("bob", after) == (["to Bob", "to all"], False)

    def test_backlog_lies_between_two_ids(self, group: Group) -> None:
        rows = [write("alice", "bob", content) for content in "1234"]
        assert backlog("bob", rows[0].id, rows[2].id) == (["2", "3"], False)
        assert backlog("bob", rows[0].id, rows[3].id, 1) == (["2"], True)


class TestHistory:
    def test_private_history_has_both_directions(self, group: Group) -> None:
        for sender, to in (("alice", "bob"), ("bob", "alice"), ("alice", "charlie"), ("alice", "alice")):
            write(sender, to, f"{sender} to {to}")
        entries, more = selectors.unicast_history("alice", "bob", 0, 10)
        assert (contents(entries), more) == (["alice to bob", "bob to alice"], False)
        entries, more = selectors.unicast_history("bob", "alice", 0, 1)
        assert (contents(entries), more) == (["alice to bob"], True)

    def test_history_with_oneself_has_no_duplicates(self, group: Group) -> None:
        write("alice", "alice", "a note")
        assert contents(selectors.unicast_history("alice", "alice", 0, 10)[0]) == ["a note"]

    def test_group_history_has_own_messages_and_no_notices(self, group: Group) -> None:
        write("alice", group.pk, "1")
        write("bob", group.pk, "2")
        add_members(group.pk, ["charlie"])
        entries, more = selectors.group_history("bob", group.pk, 0, 10)
        assert ([entry.content for entry in entries], more) == (["1", "2"], False)
        assert selectors.group_history("charlie", group.pk, 0, 10) == ([], False)

    def test_history_resumes_after_an_id(self, group: Group) -> None:
        first = write("alice", group.pk, "1")
        write("alice", group.pk, "2")
        assert contents(selectors.group_history("bob", group.pk, first.id, 10)[0]) == ["2"]


class TestMembers:
    def test_removed_member_is_no_member(self, group: Group) -> None:
        assert selectors.is_member("bob", group.pk)
        remove_members(group.pk, ["bob"])
        assert not selectors.is_member("bob", group.pk)

    def test_dissolved_group_has_no_members(self, group: Group) -> None:
        assert is_group(group.pk)
        dissolve(group.pk)
        assert not is_group(group.pk)
        assert not selectors.is_member("alice", group.pk)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_the_log_is_read_in_its_order(group: Group, limit: int) -> None:
    write("alice", "bob", "1")
    write("alice", group.pk, "2")
    results: list[Row] = []
    while page := selectors.rows_after(results[-1].id if results else 0, limit):
        assert len(page) <= limit
        results += page
    assert [type(row) for row in results] == [MembershipNotice, Entry, Entry]
    assert [row.id for row in results] == sorted(row.id for row in results)


class TestNotices:
    """In the backlog of whoever also gets what they wrote."""

    @pytest.fixture
    def after(self, group: Group) -> LogId:
        return positions.last_id()

    def got(self, userid: str, after: LogId) -> list[str | dict[str, Any]]:
        results: list[str | dict[str, Any]] = []
        for row in selectors.mirrored_backlog(userid, after, END, 100)[0]:
            if isinstance(row, MembershipNotice):
                results.append({"joined": row.joined, "left": row.left})
            elif isinstance(row, GroupChange):
                results.append(dict(row.changed))
            elif isinstance(row, Entry):
                results.append(row.content)
        return results

    def test_removed_member_gets_the_notice_and_nothing_after_it(self, group: Group, after: LogId) -> None:
        write("alice", group.pk, "before")
        remove_members(group.pk, ["bob"], by="alice")
        write("alice", group.pk, "after")
        edit_group(group.pk, name="later")
        left = {"joined": (), "left": ("bob",)}
        assert self.got("bob", after) == ["before", left]
        assert self.got("alice", after) == ["before", left, "after", {"name": "later"}]
        assert self.got("charlie", after) == []

    def test_silent_member_gets_the_notice_of_removal(self, group: Group, after: LogId) -> None:
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["charlie"])
        joined, left = {"joined": ("charlie",), "left": ()}, {"joined": (), "left": ("charlie",)}
        assert self.got("charlie", after) == [joined, left]

    def test_removal_notice_is_delivered_once(self, group: Group, after: LogId) -> None:
        remove_members(group.pk, ["bob"])
        assert self.got("bob", positions.last_id()) == []

    def test_new_member_gets_the_notice_of_joining_and_nothing_before(
        self, group: Group, after: LogId
    ) -> None:
        write("alice", group.pk, "before")
        edit_group(group.pk, name="earlier")
        add_members(group.pk, ["charlie"])
        assert self.got("charlie", after) == [{"joined": ("charlie",), "left": ()}]

    def test_members_get_the_notice_of_a_dissolved_group(self, group: Group, after: LogId) -> None:
        dissolve(group.pk)
        events = [{"dissolved": True}, {"joined": (), "left": ("alice", "bob")}]
        assert self.got("alice", after) == self.got("bob", after) == events
        assert self.got("charlie", after) == []

    def test_a_message_at_either_end_of_a_stay_is_not_of_it(self, group: Group, after: LogId) -> None:
        """Stays that were imported end at a message."""
        before, inside, end = (write("alice", group.pk, content) for content in "123")
        stay = {"group": group, "user_id": "charlie", "since_id": before.id, "until_id": end.id}
        Membership.objects.create(**stay, last_id=inside.id)
        assert self.got("charlie", 0) == ["2"]

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_page_by_page_nothing_is_missing_or_there_twice(self, group: Group, limit: int) -> None:
        for _ in range(3):
            remove_members(group.pk, ["bob"])
            write("alice", group.pk, "unseen")
            add_members(group.pk, ["bob"])
            write("alice", group.pk, "seen")
        complete, _ = selectors.mirrored_backlog("bob", 0, END, 100)
        assert [row.id for row in complete] == sorted({row.id for row in complete})
        paged: list[Served] = []
        while page := selectors.mirrored_backlog("bob", paged[-1].id if paged else 0, END, limit)[0]:
            paged += page
        assert paged == complete
        assert len(complete) == 1 + 3 * 3


class TestStanding:
    @pytest.fixture(autouse=True)
    def log(self, group: Group) -> LogId:
        """Of many changes of Bob's standing among messages. The id before them."""
        before = positions.last_id()
        write("alice", "bob", "to Bob")
        for muted in (True, False) * 5:
            set_account_status("bob", muted=muted)
        write("bob", "bob", "a note")
        write("alice", group.pk, "to all")
        return before

    def test_log_readers_get_account_status_rows(self, log: LogId) -> None:
        rows = selectors.rows_after(log, 100)
        changes = [row for row in rows if isinstance(row, AccountStatusChange)]
        assert len(rows) == 13
        assert [(row.userid, row.change.muted) for row in changes] == [("bob", True), ("bob", False)] * 5

    @pytest.mark.parametrize("limit", [2, 10])
    def test_backlog_and_history_have_no_account_status_rows(self, log: LogId, limit: int) -> None:
        rows, more = selectors.backlog("bob", log, END, limit)
        assert (contents(rows), len(rows), more) == (["to Bob", "to all"], 2, False)
        entries, more = selectors.unicast_history("bob", "bob", 0, limit)
        assert (contents(entries), more) == (["a note"], False)
        entries, more = selectors.unicast_history("alice", "bob", 0, limit)
        assert (contents(entries), more) == (["to Bob"], False)


def test_a_log_of_changes_of_standing_is_not_used_yet(transactional_db: None) -> None:
    ensure_users(["alice", "bob"])
    set_account_status("bob", muted=True)
    assert not selectors.is_used()
    write("alice", "bob", "hi")
    assert selectors.is_used()
