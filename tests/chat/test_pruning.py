"""Removing old rows of the log."""

import pytest

from accounts.models import User
from accounts.services import ensure_users
from chat.models import Pruned
from chat.protocol.commands import QueryRecords
from chat.readers import fulltext
from chat.readers.reader import registered, step
from chat.readers.search import SearchMatches, search
from chat.readers.search_index import SearchIndex, reindex
from chat.reading import selectors
from chat.reading.conversations import conversations_of, unread_of
from chat.reading.history import page
from chat.reading.pages import ConversationReader, CurrentMessage, latest_page, page_around
from chat.services.held_messages import release, waiting_messages
from chat.services.moderating import recall
from chat.services.pruning import (
    ELSEWHERE,
    Protected,
    count_prunable,
    prune,
    pruning_limits,
    remove_orphaned_documents,
)
from groups.services import create_group
from log import positions
from log.appending import Draft, append
from log.models import Group, HeldMessage, Message
from log.rows import EDIT, HELD, REACTION, LogId, Recipient

pytestmark = pytest.mark.usefixtures("empty_index")

ANY = 10**12


def write(sender: str, to: Recipient, content: str, kind: str = "text", target: LogId | None = None) -> LogId:
    return append([Draft(kind, sender, to, content, "", target=target)]).batch.last


def protected(*people: str, groups: tuple[int, ...] = ()) -> Protected:
    held_people = User.objects.filter(pk__in=people).values("pk")
    return Protected(held_people, Group.objects.filter(pk__in=groups).values("pk"))


NOTHING_PROTECTED = protected()


def pruned(place: int, upto: LogId, stays: Protected = NOTHING_PROTECTED) -> int:
    """How many rows were removed."""
    return sum(portion.removed for portion in prune(place, upto, stays))


def contents() -> list[str]:
    """Of what people wrote, in the order of the log."""
    rows = Message.objects.filter(kind__in=["text", EDIT, REACTION]).order_by("id")
    return list(rows.values_list("content", flat=True))


def shown(userid: str, peer: Recipient) -> list[CurrentMessage]:
    """The messages of a conversation, as its page has them."""
    return [
        item
        for item in latest_page(ConversationReader(userid, peer), 10).items
        if isinstance(item, CurrentMessage)
    ]


def keep(group: Group, days: int | None) -> None:
    Group.objects.filter(pk=group.pk).update(keep_days=days)


def test_old_rows_are_removed_and_the_place_is_noted(group: Group) -> None:
    old = write("alice", "bob", "old")
    write("alice", "bob", "new")
    before = count_prunable(ELSEWHERE, old, NOTHING_PROTECTED)
    assert pruned(ELSEWHERE, old) == before > 1
    assert contents() == ["new"]
    assert Pruned.objects.get().upto_id == old
    assert positions.last_id() > old


def test_pruning_twice_removes_nothing_more(group: Group) -> None:
    old = write("alice", "bob", "old")
    write("alice", "bob", "new")
    pruned(ELSEWHERE, old)
    assert pruned(ELSEWHERE, old) == 0
    assert pruned(ELSEWHERE, old - 1) == 0
    assert Pruned.objects.get().upto_id == old


def test_pruning_of_nothing_records_no_gap(group: Group) -> None:
    keep(group, 100)
    write("alice", group.pk, "old")
    assert pruned(ELSEWHERE, positions.last_id()) == 0
    assert not Pruned.objects.exists()


def test_a_group_with_days_of_its_own_has_a_place_of_its_own(group: Group) -> None:
    other = create_group("alice", ["bob"], "其他")
    keep(group, 7)
    for to in ("bob", group.pk, other.pk):
        write("alice", to, f"to {to}")
    end = write("alice", "bob", "new")
    pruned(ELSEWHERE, end - 1)
    assert contents() == [f"to {group.pk}", "new"]
    pruned(group.pk, end - 1)
    assert contents() == ["new"]
    assert dict(Pruned.objects.values_list("place", "upto_id")) == {ELSEWHERE: end - 1, group.pk: end - 1}


def test_legal_hold_keeps_messages_sent_and_received(group: Group) -> None:
    ensure_users(["dave"])
    for sender, to in (("alice", "charlie"), ("charlie", "bob"), ("alice", "bob"), ("bob", "dave")):
        write(sender, to, f"{sender} to {to}")
    end = write("alice", "bob", "new")
    assert count_prunable(ELSEWHERE, end - 1, protected("charlie")) == pruned(
        ELSEWHERE, end - 1, protected("charlie")
    )
    assert contents() == ["alice to charlie", "charlie to bob", "new"]
    pruned(ELSEWHERE, end - 1)
    assert contents() == ["new"]


def test_amendments_are_pruned_by_their_own_age(group: Group) -> None:
    message = write("alice", group.pk, "said")
    edit = write("alice", group.pk, "corrected", EDIT, message)
    write("bob", group.pk, "👍", REACTION, message)
    answer = write("bob", group.pk, "answer", target=message)
    pruned(ELSEWHERE, message)
    assert contents() == ["corrected", "👍", "answer"]
    rows, _ = selectors.mirrored_backlog("bob", message, ANY, 10)
    assert [row.id for row in rows] == [edit, edit + 1, answer]
    assert [one.entry.reply for one in shown("bob", group.pk)] == [message]
    assert page_around(ConversationReader("bob", group.pk), message, 10).items == shown("bob", group.pk)


def test_a_recall_outlives_its_message(group: Group) -> None:
    message = write("alice", "bob", "said")
    (row,) = recall([message])
    write("alice", "bob", "new")
    pruned(ELSEWHERE, message)
    rows, _ = selectors.mirrored_backlog("bob", message, ANY, 10)
    assert [served.id for served in rows] == [row.id, row.id + 1]


def test_pages_counts_and_conversations_agree(group: Group) -> None:
    ensure_users(["dave"])
    write("alice", "dave", "only old")
    old = write("alice", "bob", "old")
    write("alice", "bob", "new")
    pruned(ELSEWHERE, old)
    assert unread_of("bob", "alice") == 1
    (with_alice,) = [one for one in conversations_of("bob") if one.peer == "alice"]
    assert with_alice.last is not None
    assert with_alice.last.entry.content == "new"
    (of_dave,) = conversations_of("dave")
    assert (of_dave.last, of_dave.unread) == (None, 0)
    assert [one.entry.content for one in shown("bob", "alice")] == ["new"]
    records, _ = page("bob", QueryRecords(0, "alice"), None)
    assert [entry.content for entry in records.entries] == ["new"]


def test_search_finds_no_more_than_there_is(group: Group) -> None:
    old = write("alice", "bob", "hello old")
    new = write("alice", "bob", "hello new")
    assert list(reindex(new))
    pruned(ELSEWHERE, old)
    assert search("bob", "hello") == SearchMatches([new])
    assert fulltext.orphaned_documents(ANY, 10) == []


def test_index_entries_of_rows_pruned_meanwhile_are_removed(group: Group) -> None:
    old = write("alice", "bob", "hello")
    write("alice", "bob", "new")
    store = SearchIndex().prepare(selectors.rows_after(old - 1, 1))
    pruned(ELSEWHERE, old)
    store()
    assert fulltext.orphaned_documents(ANY, 10) == [old]
    assert list(remove_orphaned_documents(ANY)) == [None]
    assert fulltext.orphaned_documents(ANY, 10) == []


def test_a_held_text_goes_with_its_place(group: Group) -> None:
    place = write("alice", "bob", "waits", HELD)
    write("alice", "bob", "new")
    pruned(ELSEWHERE, place)
    assert waiting_messages(10) == []
    assert not Message.objects.filter(pk=place).exists()


def test_a_held_text_stays_as_long_as_its_group(group: Group) -> None:
    keep(group, 100)
    place = write("alice", group.pk, "waits", HELD)
    end = write("alice", "bob", "new")
    pruned(ELSEWHERE, end - 1)
    assert [one.id for one in waiting_messages(10)] == [place]
    assert release(place) > end
    pruned(group.pk, end)
    assert not HeldMessage.objects.exists()
    assert not Message.objects.filter(pk=place).exists()


def test_pruning_keeps_held_messages_of_people_under_legal_hold(group: Group) -> None:
    place = write("alice", "bob", "waits", HELD)
    end = write("alice", "bob", "new")
    pruned(ELSEWHERE, end - 1, protected("bob"))
    assert [one.id for one in waiting_messages(10)] == [place]
    assert release(place) > end


def test_interrupted_pruning_resumes(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.services.pruning.FIRST_ROWS", 2)
    monkeypatch.setattr("chat.services.pruning.MIN_ROWS", 2)
    monkeypatch.setattr("chat.services.pruning.PORTION_SECONDS", 0.0)
    for number in range(20):
        write("alice", "bob", str(number))
    end = positions.last_id() - 1
    portions = prune(ELSEWHERE, end, NOTHING_PROTECTED)
    assert [next(portions).removed, next(portions).removed] == [2, 2]
    between = Pruned.objects.get().upto_id
    assert not Message.objects.filter(pk__lte=between).exists()
    assert pruned(ELSEWHERE, end) == end - between
    assert contents() == ["19"]


def test_rows_unread_by_a_log_reader_are_not_pruned(group: Group) -> None:
    unread = write("alice", "bob", "unread")
    write("alice", "bob", "new")
    assert {limit.who: limit.upto for limit in pruning_limits()}["search"] == 0
    for reader in registered():
        step(reader)
    assert {limit.upto for limit in pruning_limits()} == {unread, unread + 1}
