"""The log's way in."""

import time
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.codes import Cause
from accounts.models import User
from accounts.services import ensure_users, set_account_status
from chat.reading import selectors
from chat.services.moderating import erase
from groups.services import add_members, remove_members
from log import appending, positions
from log.appending import Draft, Repeated, append
from log.drafts import Batch
from log.models import Conversation, Group, Membership, Message
from log.rejections import Rejection
from log.rows import Entry


def unicast(content: str, sender: str = "alice", to: str = "bob") -> Draft:
    return Draft("text", sender, to, content, "")


def to_group(group: Group, content: str, sender: str = "alice") -> Draft:
    return Draft("text", sender, group.pk, content, "")


def test_appended_rows_have_ids_and_times_in_order(group: Group) -> None:
    end = appending.append([]).batch.previous
    before = int(time.time())
    appended = append([unicast("hi"), to_group(group, "all")])
    first, second = appended.outcomes
    assert appended.batch.rows == (first, second)
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert appended.batch.previous == end < first.id < second.id == appended.batch.last
    assert first == Entry(first.id, "text", "alice", "bob", "hi", "", first.time)
    assert second == Entry(second.id, "text", "alice", group.pk, "all", "", second.time)
    assert before <= first.time <= int(time.time())
    assert selectors.rows_after(end, 10) == [first, second]


def test_a_recipient_comes_into_being(group: Group) -> None:
    append([unicast("welcome", to="newcomer")])
    assert Message.objects.get(recipient="newcomer").content == "welcome"


def test_a_member_may_write_to_a_group_and_an_outsider_may_not(group: Group) -> None:
    appended = append(
        [
            to_group(group, "by Bob", "bob"),
            to_group(group, "by Charlie", "charlie"),
            unicast("to Bob", "charlie"),
        ]
    )
    by_bob, by_charlie, to_bob = appended.outcomes
    assert isinstance(by_bob, Entry)
    assert by_charlie == Rejection(Cause.OUTSIDE)
    assert isinstance(to_bob, Entry)
    assert not Message.objects.filter(content="by Charlie").exists()


def test_membership_check_is_repeated_if_log_has_moved(group: Group) -> None:
    known_at = append([]).batch.previous
    remove_members(group.pk, ["bob"])
    appended = append([to_group(group, "too late", "bob")], checked_at=known_at)
    assert appended.outcomes == (Rejection(Cause.OUTSIDE),)
    add_members(group.pk, ["bob"])
    known_at = append([]).batch.previous
    assert append([to_group(group, "in time", "bob")], checked_at=known_at).batch.rows


@pytest.mark.parametrize(
    ("standing", "reason"), [({"muted": True}, Cause.MUTED), ({"banned": True}, Cause.BANNED)]
)
def test_muted_or_banned_sender_is_rejected_alone(
    group: Group, standing: dict[str, Any], reason: Cause
) -> None:
    set_account_status("bob", **standing)
    by_bob, by_alice, to_all = append(
        [unicast("by Bob", "bob", "alice"), unicast("by Alice"), to_group(group, "by Bob", "bob")]
    ).outcomes
    assert (by_bob, to_all) == (Rejection(reason), Rejection(reason))
    assert isinstance(by_alice, Entry)
    assert not Message.objects.filter(content="by Bob").exists()


def test_unmuted_and_unbanned_sender_can_write(group: Group) -> None:
    set_account_status("bob", muted=True)
    set_account_status("bob", banned=True)
    set_account_status("bob", muted=False, banned=False)
    appended = append([unicast("by Bob", "bob", "alice")])
    assert appended.batch.rows == appended.outcomes


def test_account_status_check_is_repeated_if_log_has_moved(group: Group) -> None:
    checked_at = append([]).batch.previous
    set_account_status("bob", muted=True)
    appended = append([unicast("too late", "bob", "alice")], checked_at=checked_at)
    assert appended.outcomes == (Rejection(Cause.MUTED),)


def test_unchanged_log_skips_reading_people_and_members(group: Group) -> None:
    drafts = [unicast("hi"), to_group(group, "all"), unicast("hello", "bob", "alice")]
    for checked_at, reads in ((append([]).batch.previous, 0), (None, 1)):
        with CaptureQueriesContext(connection) as queries:
            append(drafts, checked_at=checked_at, known={"alice", "bob"})
        assert sum(User._meta.db_table in query["sql"] for query in queries) == reads
        assert sum(Membership._meta.db_table in query["sql"] for query in queries) == reads


def test_batch_with_an_invalid_draft_stores_nothing(group: Group, announced: list[Batch]) -> None:
    nowhere = Draft("text", "nobody-of-that-name", "bob", "no such sender", "")
    with pytest.raises(DatabaseError):
        append([unicast("neighbour"), nowhere])
    assert not Message.objects.filter(content="neighbour").exists()
    assert announced == []


def test_a_row_that_is_refused_takes_those_before_it_along(group: Group) -> None:
    nothing: Any = None
    with pytest.raises(DatabaseError):
        append([unicast("neighbour"), Draft(nothing, "alice", "bob", "no kind", "")])
    assert not Message.objects.filter(content="neighbour").exists()


class TestAppendPast:
    """Messages that were sent elsewhere keep their time."""

    def append(self, *past: tuple[Draft, int]) -> list[int]:
        with transaction.atomic():
            return list(appending.append_past(past))

    @pytest.fixture(autouse=True)
    def people(self, transactional_db: None) -> None:
        ensure_users(["alice", "bob"])

    def test_past_messages_keep_their_times_and_are_not_announced(self, announced: list[Batch]) -> None:
        group = Group.objects.create(name="群", creator_id="alice")
        first, second, third = self.append(
            (unicast("hi"), 5), (to_group(group, "all"), 5), (unicast("bye"), 7)
        )
        assert selectors.rows_after(0, 10) == [
            Entry(first, "text", "alice", "bob", "hi", "", 5),
            Entry(second, "text", "alice", group.pk, "all", "", 5),
            Entry(third, "text", "alice", "bob", "bye", "", 7),
        ]
        assert announced == []

    def test_changes_of_standing_before_them_are_forgotten(self) -> None:
        set_account_status("bob", muted=True)
        (first,) = self.append((unicast("hi"), 5))
        assert selectors.rows_after(0, 10) == [Entry(first, "text", "alice", "bob", "hi", "", 5)]

    def test_imported_messages_are_written_in_portions(self) -> None:
        ids = self.append(*((unicast(f"{number}"), number) for number in range(250)))
        assert ids == list(range(ids[0], ids[0] + 250))
        assert [row.time for row in selectors.rows_after(0, 300)] == list(range(250))

    def test_row_after_backdated_row_has_current_time(self) -> None:
        self.append((unicast("old"), 5))
        before = int(time.time())
        (entry,) = append([unicast("new")]).outcomes
        assert isinstance(entry, Entry)
        assert entry.time >= before

    def test_past_messages_need_an_empty_log(self) -> None:
        append([unicast("hi")])
        with pytest.raises(ValueError, match="not empty"):
            self.append((unicast("old"), 5))

    @pytest.mark.parametrize("seconds", [(6, 5), (5, 2**40), (-1, 5)])
    def test_the_time_may_neither_fall_nor_be_to_come(self, seconds: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="time"):
            self.append(*((unicast("hi"), second) for second in seconds))
        assert not Message.objects.exists()

    def test_past_messages_are_refused_on_a_full_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("uploads.disk_space.is_short_for_messages", lambda: True)
        with pytest.raises(appending.NoSpace):
            self.append((unicast("hi"), 5))


class TestCid:
    """A sender's own name for a message makes sending it again harmless."""

    def named(self, content: str, sender: str = "alice", cid: str | None = "a") -> Draft:
        return Draft("text", sender, "bob", content, "", cid=cid)

    def test_a_message_with_the_same_cid_is_stored_once(self, group: Group) -> None:
        first = append([self.named("hi")]).batch.rows[0]
        assert isinstance(first, Entry)
        assert first.cid == "a"
        again = append([self.named("hi")])
        assert again.outcomes == (Repeated(first.id, first.time),)
        assert again.batch.rows == ()
        assert positions.last_id() == first.id

    def test_repeated_cid_within_a_batch_is_stored_once(self, group: Group) -> None:
        appended = append(
            [self.named("1"), self.named("2", cid=None), self.named("3"), self.named("4", cid="b")]
        )
        first, second, third = (row for row in appended.batch.rows if isinstance(row, Entry))
        assert [row.content for row in (first, second, third)] == ["1", "2", "4"]
        assert appended.outcomes == (first, second, Repeated(first.id, first.time), third)

    def test_repeated_cid_in_batch_gets_its_own_row(self, group: Group) -> None:
        first = append([self.named("hi")]).batch.rows[0]
        many = [self.named(str(number), cid=f"c{number}") for number in range(150)]
        again = [*many[:120], self.named("hi"), *many[120:], self.named("no cid", cid=None), many[0]]
        *before, repeated, _ = append(again).outcomes[:122]
        rows = append([*many, self.named("new", cid="new")]).batch.rows
        assert repeated == Repeated(first.id, int(first.time))
        assert [Message.objects.get(pk=row.id).cid for row in before if isinstance(row, Entry)] == [
            f"c{n}" for n in range(120)
        ]
        assert [Message.objects.get(pk=row.id).content for row in rows] == ["new"]

    def test_new_cid_needs_no_lookup(self, group: Group) -> None:
        append([self.named("hi")])
        with CaptureQueriesContext(connection) as captured:
            append([self.named("new", cid="b")])
        assert not [query for query in captured if "wanted" in query["sql"]]

    def test_second_recipient_of_a_cid_begins_no_conversation(self, group: Group) -> None:
        append([self.named("hi")])
        append([Draft("text", "alice", "charlie", "hi", "", cid="a")])
        assert not Conversation.objects.filter(peer="charlie").exists()

    def test_each_sender_has_cids_of_their_own(self, group: Group) -> None:
        rows = append([self.named("1"), self.named("2", sender="charlie")]).batch.rows
        assert len(rows) == 2

    def test_repeated_cid_of_muted_sender_gets_first_answer(self, group: Group) -> None:
        first = append([self.named("hi")]).batch.rows[0]
        set_account_status("alice", muted=True)
        outcomes = append([self.named("hi"), self.named("new", cid="b")]).outcomes
        assert outcomes == (Repeated(first.id, int(first.time)), Rejection(Cause.MUTED))

    def test_database_rejects_a_repeated_cid(self, group: Group) -> None:
        append([self.named("hi")])
        with pytest.raises(DatabaseError):
            Message.objects.create(
                kind="text", sender_id="alice", recipient_id="bob", content="", timet=0, cid="a"
            )


def test_an_edit_of_what_was_recalled_meanwhile_is_not_appended(db: None) -> None:
    """Else what an erased message said would be there again."""
    ensure_users(["alice", "bob"])
    message = append([Draft("text", "alice", "bob", "hi", "")]).batch.last
    edit = Draft("edit", "alice", "bob", "hello", "", target=message)
    assert append([edit]).batch.rows
    erase(message)
    appended = append([edit, Draft("text", "alice", "bob", "another", "")])
    refused, accepted = appended.outcomes
    assert refused == Rejection(Cause.NO_SUCH_MESSAGE)
    assert isinstance(accepted, Entry)
    assert not Message.objects.filter(content="hello").exists()
