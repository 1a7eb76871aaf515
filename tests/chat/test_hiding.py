"""What people hide from themselves: they are shown it no more, wherever they read, and others still are."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.failures import CommandRefused
from chat.protocol.commands import Forward, QueryRecords
from chat.readers.search import search
from chat.readers.search_index import catch_up
from chat.reading import pages, selectors
from chat.reading.conversations import conversations_of
from chat.reading.history import page
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.services import erasing, forwarding, own_list
from chat.services.own_list import clear_history, hide_messages, unhide_messages
from keeping.exporting.messages import messages_of
from log import positions
from log.appending import Draft, append
from log.models import Conversation, Group, HeldMessage, Hidden
from log.rows import EDIT, Amendment, Entry, LogId, Recipient, Withheld
from moderation.reports import snapshots

MENTIONED = '{"mentions":["bob"]}'


@pytest.fixture(params=["a person", "a group"])
def peer(request: pytest.FixtureRequest, group: Group) -> Recipient:
    """With whom Bob has a conversation."""
    recipient: Recipient = "alice" if request.param == "a person" else group.pk
    return recipient


def write(peer: Recipient, content: str, details: str = "") -> LogId:
    """By Alice, to Bob or the group."""
    to = "bob" if isinstance(peer, str) else peer
    return append([Draft("text", "alice", to, content, "", details=details)]).batch.last


def contents(userid: str, peer: Recipient) -> list[str]:
    items = pages.latest_page(ConversationReader(userid, peer), 50).items
    return [item.entry.content for item in items if isinstance(item, CurrentMessage)]


def listed(userid: str, peer: Recipient) -> tuple[str, int, int]:
    (result,) = conversations_of(userid, [peer])
    return result.last.entry.content if result.last else "", result.unread, result.mentioned


def seen_by_bob(peer: Recipient) -> dict[str, list[str]]:
    """What each way of reading gives him."""
    query = QueryRecords(0, group=peer) if isinstance(peer, int) else QueryRecords(0, user=peer)
    rows: dict[str, Sequence[object]] = {
        "backlog": selectors.backlog("bob", 0, 10**9, 100)[0],
        "mirrored backlog": selectors.mirrored_backlog("bob", 0, 10**9, 100)[0],
        "records": page("bob", query, None)[0].entries,
        "search": [one.entry for one in pages.messages_with_ids("bob", search("bob", "word").ids)],
        "export": [
            message.item.entry
            for message in messages_of("bob", peer)
            if isinstance(message.item, CurrentMessage)
        ],
    }
    results = {
        name: [row.content for row in of if isinstance(row, Entry | Amendment)] for name, of in rows.items()
    }
    return {**results, "page": contents("bob", peer)}


@pytest.mark.promise("json-61")
def test_hidden_messages_come_back_in_nothing_that_is_read(empty_index: None, peer: Recipient) -> None:
    first = write(peer, "word one")
    second = write(peer, "word two", details=MENTIONED if isinstance(peer, int) else "")
    append([Draft(EDIT, "alice", "bob" if isinstance(peer, str) else peer, "word 2", "", target=second)])
    list(catch_up(positions.last_id()))
    assert all("word 2" in texts for texts in seen_by_bob(peer).values()), "he had it everywhere"
    assert hide_messages("bob", peer, [second]) == [second]
    assert hide_messages("bob", peer, [second]) == [], "again changes nothing"
    assert seen_by_bob(peer) == {name: ["word one"] for name in seen_by_bob(peer)}
    assert listed("bob", peer) == ("word one", 1, 0)
    with pytest.raises(CommandRefused):
        forwarding.prepare_drafts("bob", Forward(1, (first, second), ("charlie",)), "", "")
    # Everybody else still has it.
    other: Recipient = "bob" if isinstance(peer, str) else peer
    assert contents("alice", other) == ["word one", "word 2"]
    entry = selectors.readable_message("bob", second)
    assert entry
    assert [one["content"] for one in snapshots.message_snapshot(entry, "bob")["messages"]] == [
        "word one",
        "word 2",
    ]


def test_unhidden_messages_are_back_in_every_reading(empty_index: None, peer: Recipient) -> None:
    ids = [write(peer, f"word {number}") for number in range(3)]
    list(catch_up(positions.last_id()))
    before = seen_by_bob(peer)
    hide_messages("bob", peer, ids[:2])
    assert unhide_messages("charlie", peer, ids) == [], "only one's own"
    assert unhide_messages("bob", peer, ids) == ids[:2]
    assert unhide_messages("bob", peer, ids) == [], "again changes nothing"
    assert (seen_by_bob(peer), listed("bob", peer)[1]) == (before, 3)
    hide_messages("bob", peer, ids[:1])
    clear_history("bob", peer, ids[1])
    assert unhide_messages("bob", peer, ids) == [], "it was cleared since"


def test_many_hidden_in_a_row_make_no_page_empty(peer: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    write(peer, "first")
    hidden = [write(peer, str(number)) for number in range(5)]
    write(peer, "last")
    hide_messages("bob", peer, hidden)
    monkeypatch.setattr("chat.reading.history.PAGE_ENTRIES", 2)
    assert [
        item.entry.content
        for item in pages.latest_page(ConversationReader("bob", peer), 2).items
        if isinstance(item, CurrentMessage)
    ] == [
        "first",
        "last",
    ]
    assert seen_by_bob(peer)["records"] == ["first", "last"]
    # In a backlog others take their place, so that its reader gets on.
    rows, _ = selectors.backlog("bob", hidden[0] - 1, hidden[-1], 10)
    assert [type(row) for row in rows] == [Withheld] * 5


def test_only_what_one_may_read_there_is_hidden(group: Group) -> None:
    private, common = write("alice", "private"), write(group.pk, "common")
    attempts: list[tuple[str, Recipient, LogId]] = [
        ("charlie", group.pk, common),
        ("charlie", "alice", private),
        ("bob", group.pk, private),
        ("bob", "alice", common),
        ("bob", "alice", 0),
    ]
    for userid, peer, id_ in attempts:
        with pytest.raises(CommandRefused):
            hide_messages(userid, peer, [id_])
    assert not Hidden.objects.exists()
    assert hide_messages("bob", group.pk, [common]) == [common]


def test_a_text_that_waits_for_a_moderator_is_hidden_like_one_that_was_sent(group: Group) -> None:
    write(group.pk, "first")
    HeldMessage.objects.create(id=77, sender_id="bob", group=group, content="held", timet=1)
    assert hide_messages("bob", group.pk, [77]) == [77]
    with pytest.raises(CommandRefused):
        hide_messages("alice", group.pk, [77])


def test_cleared_messages_do_not_count_as_hidden(peer: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_list, "MAX_HIDDEN", 2)
    ids = [write(peer, str(number)) for number in range(4)]
    hide_messages("bob", peer, ids[:2])
    with pytest.raises(CommandRefused):
        hide_messages("bob", peer, ids[2:3])
    clear_history("bob", peer, ids[2])
    assert hide_messages("bob", peer, ids[3:]) == ids[3:]
    # An export has what was cleared, and still not the hidden ones.
    assert (seen_by_bob(peer)["export"], seen_by_bob(peer)["backlog"]) == (["2"], [])
    assert listed("bob", peer)[0] == ""


def test_hidden_marks_are_deleted_with_an_erased_person(peer: Recipient) -> None:
    hide_messages("bob", peer, [write(peer, "one")])
    erasing.delete_personal_data("bob")
    assert not Hidden.objects.exists()
    assert not Conversation.objects.filter(user="bob").exists()


def test_no_content_is_read_to_hide(peer: Recipient) -> None:
    """A hundred messages may have megabytes, and the call may be refused."""
    ids = [write(peer, f"word {number}") for number in range(3)]
    with CaptureQueriesContext(connection) as queries:
        hide_messages("bob", peer, ids)
        with pytest.raises(CommandRefused):
            hide_messages("bob", peer, [*ids, 987_654_321])
    assert not [one["sql"] for one in queries if '"log_message"."content"' in one["sql"]]
