"""What a person wrote says nothing any more; everybody who got it is told, and what others wrote stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from accounts.services import set_account_status
from chat.models import Device, NewestLogin
from chat.readers.reader import cursor_of, move_cursor, next_rows, step
from chat.readers.search import SearchMatches, search
from chat.readers.search_index import SearchIndex
from chat.reading import pages, selectors
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.services import erasing, moderating
from chat.services.erasing import (
    count_rows,
    count_written,
    delete_personal_data,
    erase_service_texts,
    erase_written,
    written_file_stems,
)
from chat.services.held_messages import waiting_messages
from chat.services.service_texts import send_text
from log import positions, reactions
from log.amendments import latest_of, recalls_of
from log.appending import Draft, append
from log.drafts import Batch
from log.models import Block, Conversation, Group, HeldMessage, Message
from log.reactions import reactions_of
from log.rows import EDIT, REACTION, RECALL, Amendment, LogId, Recipient, Withheld
from log.signals import batch_committed

pytestmark = pytest.mark.usefixtures("empty_index")


def write(sender: str, to: Recipient, content: str = "hi", kind: str = "text", **more: Any) -> LogId:
    return append([Draft(kind, sender, to, content, more.pop("extension", "ext"), **more)]).batch.last


def erase(userid: str = "alice") -> list[int]:
    return list(erase_written(userid))


def contents(**where: Any) -> list[tuple[str, str]]:
    return list(Message.objects.filter(**where).order_by("id").values_list("content", "extension"))


def shown(userid: str, peer: Recipient) -> list[CurrentMessage]:
    return [
        one
        for one in pages.latest_page(ConversationReader(userid, peer), 50).items
        if isinstance(one, CurrentMessage)
    ]


def index() -> None:
    while step(SearchIndex()) != positions.last_id():
        pass


@pytest.fixture
def announced() -> Iterator[list[Amendment]]:
    """What everybody is told meanwhile."""
    rows: list[Amendment] = []

    def note(batch: Batch, **_: Any) -> None:
        rows.extend(row for row in batch.rows if isinstance(row, Amendment))

    batch_committed.connect(note)
    yield rows
    batch_committed.disconnect(note)


def test_messages_of_an_erased_person_are_emptied_and_announced(
    group: Group, announced: list[Amendment]
) -> None:
    mine = [write("alice", "bob", cid="mine"), write("alice", group.pk, extension="")]
    others = [write("bob", "alice"), write("bob", group.pk)]
    del announced[:]
    erase()
    assert {id_: recall.is_erased for id_, recall in recalls_of([*mine, *others]).items()} == dict.fromkeys(
        mine, True
    )
    assert contents(pk__in=mine) == [("", "")] * 2
    assert contents(pk__in=others) == [("hi", "ext")] * 2
    assert [(row.kind, row.target, row.by_desk) for row in announced] == [(RECALL, id_, True) for id_ in mine]
    assert [one.recalled for one in shown("bob", "alice")] == [True, False]
    assert not Message.objects.filter(cid="mine").exists()


def test_ids_and_times_stay(group: Group) -> None:
    write("alice", group.pk)
    before = list(Message.objects.order_by("id").values_list("id", "kind", "sender", "timet", "target"))
    erase()
    assert (
        list(Message.objects.order_by("id").values_list("id", "kind", "sender", "timet", "target"))[
            : len(before)
        ]
        == before
    )


def test_edits_and_restored_messages_of_an_erased_person_are_emptied(group: Group) -> None:
    edited, restored = write("alice", "bob"), write("alice", "bob", "again")
    write("alice", "bob", "better", EDIT, target=edited)
    moderating.recall([restored])
    moderating.restore([restored])
    erase()
    assert {content for content, _ in contents(sender="alice", kind__in=[EDIT, RECALL])} == {""}
    assert latest_of([edited, restored]).keys() == {edited, restored}


def test_erasure_blanks_edits_of_deleted_messages(group: Group) -> None:
    message = write("alice", "bob")
    write("alice", "bob", "better", EDIT, target=message)
    Message.objects.filter(pk=message).delete()
    erase()
    assert contents(kind=EDIT) == [("", "")]


class TestReactions:
    def test_reactions_of_an_erased_person_are_withdrawn(
        self, group: Group, announced: list[Amendment]
    ) -> None:
        message = write("bob", group.pk)
        for emoji in ("👍", "🎉"):
            write("alice", group.pk, emoji, REACTION, target=message, extension="")
        write("bob", group.pk, "👍", REACTION, target=message, extension="")
        del announced[:]
        erase()
        assert reactions_of([message])[message].userids == {"👍": ["bob"]}
        ((back),) = announced
        assert (back.kind, back.target, back.content, back.is_on) == (REACTION, message, "", False)
        assert {content for content, _ in contents(sender="alice", kind=REACTION)} == {""}

    def test_backlog_has_only_the_withdrawal_of_an_erased_reaction(self, group: Group) -> None:
        message = write("bob", group.pk)
        value = write("alice", group.pk, "👍", REACTION, target=message, extension="")
        erase()
        rows, _ = selectors.backlog("bob", message, 10**9, 10)
        assert rows[0] == Withheld(value)
        assert [row.content for row in rows[1:] if isinstance(row, Amendment)] == [""]

    def test_erasing_withdrawn_reactions_sends_nothing(
        self, group: Group, announced: list[Amendment]
    ) -> None:
        message = write("bob", group.pk)
        for extension in ("", "off"):
            write("alice", group.pk, "👍", REACTION, target=message, extension=extension)
        del announced[:]
        erase()
        assert announced == []
        assert reactions_of([message]) == {}
        assert contents(sender="alice", kind=REACTION) == [("", ""), ("", "off")]

    def test_a_tally_counts_them_no_more(self, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reactions, "MAX_NAMED_USERIDS", 1)
        message = write("bob", group.pk)
        for userid in ("bob", "alice"):
            write(userid, group.pk, "👍", REACTION, target=message, extension="")
        with transaction.atomic():
            reactions.tally([message], most=1)
        write("alice", group.pk, "🎉", REACTION, target=message, extension="")
        assert reactions_of([message])[message].counts == {"👍": 2}
        erase()
        assert reactions_of([message]) == {message: ({"👍": ["bob"]}, {})}
        write("bob", group.pk, "🎉", REACTION, target=message, extension="")
        assert reactions_of([message])[message].userids == {"👍": ["bob"], "🎉": ["bob"]}

    def test_reactions_of_others_to_erased_messages_stay(self, group: Group) -> None:
        message = write("alice", group.pk)
        write("bob", group.pk, "👍", REACTION, target=message, extension="")
        erase()
        assert contents(sender="bob", kind=REACTION) == [("👍", "")]


def test_held_texts_are_not_sent_any_more(group: Group) -> None:
    write("alice", "bob", "secret", "held")
    write("bob", "alice", "other", "held")
    erase()
    assert [one.content for one in waiting_messages(10)] == ["other"]
    assert HeldMessage.objects.get(sender="alice").content == ""


def test_mute_reason_is_erased_with_the_person(group: Group) -> None:
    set_account_status("alice", muted=True, reason="for spam")
    erase()
    assert contents(kind="standing") == [('{"change":{"muted":true}}', "")]


class TestIndex:
    def test_erased_messages_leave_the_search_index_at_once(self, group: Group) -> None:
        mine, other = write("alice", "bob", "needle"), write("bob", "alice", "needle")
        index()
        assert search("bob", "needle").ids == [other, mine]
        erase()
        assert search("bob", "needle").ids == [other]

    def test_late_indexing_does_not_bring_erased_messages_back(self, group: Group) -> None:
        write("alice", "bob", "needle")
        erase()
        index()
        assert search("bob", "needle").ids == []

    def test_concurrent_index_write_does_not_restore_erased_text(self, group: Group) -> None:
        write("alice", "bob", "needle")
        store = SearchIndex().prepare(selectors.rows_after(0, 100))
        first = True
        for _ in erase_written("alice"):
            if first:
                store()
            first = False
        assert search("bob", "needle").ids == []


def test_second_erasure_notifies_nobody(group: Group, announced: list[Amendment]) -> None:
    message = write("bob", group.pk)
    write("alice", group.pk)
    write("alice", group.pk, "👍", REACTION, target=message, extension="")
    erase()
    del announced[:]
    erase()
    assert announced == []


def test_erasure_runs_in_portions(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "BATCH_ROWS", 3)
    for _ in range(7):
        write("alice", "bob")
    expected = count_rows("alice")
    assert count_written("alice") == 7
    portions = erase()
    assert max(portions) == 3
    assert sum(portions) == expected
    assert contents(sender="alice", kind="text") == [("", "")] * 7


def test_cut_off_it_can_be_done_again(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "BATCH_ROWS", 3)
    ids = [write("alice", "bob") for _ in range(7)]
    next(erase_written("alice"))
    assert len(recalls_of(ids)) == 3
    erase()
    assert len(recalls_of(ids)) == len(Message.objects.filter(kind=RECALL)) == 7


def test_index_step_prepared_before_an_erasure_is_not_stored(group: Group) -> None:
    write("alice", "bob", "secret")
    cursor = cursor_of("search")
    rows = next_rows(cursor)
    erase()
    assert not move_cursor("search", cursor, rows[-1].id)
    index()
    assert search("bob", "secret") == SearchMatches([])


def test_files_are_known_before(group: Group) -> None:
    stems = {letter * 32 for letter in "abc"}
    one, other, third = (f"/media/{stem}-1x1.jpg" for stem in sorted(stems))
    message = write("alice", "bob", one, "picture")
    write("alice", "bob", other, EDIT, target=message)
    write("alice", "bob", third, "held")
    write("bob", "alice", f"/media/{'d' * 32}-1x1.jpg", "picture")
    assert written_file_stems("alice") == stems


def test_forget_what_the_person_keeps(group: Group) -> None:
    write("alice", "bob")
    Device.objects.create(user_id="alice", name="phone")
    NewestLogin.objects.create(user_id="alice", number=1, process="p", previous="")
    for blocker, blocked in (("alice", "bob"), ("bob", "alice")):
        Block.objects.create(user_id=blocker, blocked_id=blocked)
    delete_personal_data("alice")
    for model in (Block, Conversation, Device, NewestLogin):
        assert not model.objects.filter(user="alice").exists()
    assert Block.objects.filter(user="bob").exists()
    assert Conversation.objects.filter(user="bob", peer="alice").exists()


def test_service_messages_to_an_erased_person_are_emptied(group: Group) -> None:
    for userid in ("alice", "bob"):
        send_text(userid, "a needle")
    index()
    erase_service_texts("alice")
    assert [content for content, _ in contents(sender="im66-desk")] == ["", "a needle"]
    assert search("alice", "needle").ids == []
    assert len(search("bob", "needle").ids) == 1


def test_erasing_a_person_without_messages_does_nothing(group: Group) -> None:
    assert erase("charlie") == []
    assert written_file_stems("charlie") == set()
