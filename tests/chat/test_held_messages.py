"""Messages that wait for a moderator: nobody gets them, until they are released."""

from functools import partial

import pytest

from accounts.codes import Cause, Name
from accounts.services import set_account_status
from chat.failures import CommandRefused
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from chat.reading import conversations, pages, selectors
from chat.reading.pages import ConversationReader
from chat.services.blocks import block
from chat.services.held_messages import HeldFilters, discard, release, waiting_messages
from chat.services.moderating import erase
from groups.services import dissolve, remove_members, set_quiet, set_slow
from log.amendments import latest_of
from log.appending import Draft, Repeated, append
from log.models import Group, HeldMessage, Message
from log.rejections import Rejection
from log.rows import HELD, Entry, LogId, Recipient
from tests.support.threads import at_once

END = 10**9


def hold(sender: str, to: Recipient, content: str = "hi", **more: str | int) -> LogId:
    return append([Draft(HELD, sender, to, content, "ext", **more)]).batch.last  # type: ignore[arg-type]


def seen(userid: str) -> list[str]:
    rows, _ = selectors.mirrored_backlog(userid, 0, END, 10)
    return [row.content for row in rows if isinstance(row, Entry)]


def refusal(id_: LogId) -> tuple[Name, str]:
    with pytest.raises(CommandRefused) as refused:
        release(id_)
    return refused.value.failure.name, refused.value.failure.reason


def test_a_held_message_is_got_once_it_is_released(group: Group) -> None:
    answered = append([Draft("text", "bob", group.pk, "?", "")]).batch.last
    held_id = hold("alice", group.pk, target=answered)
    (waiting,) = waiting_messages(10)
    time = Message.objects.get(pk=held_id).timet
    assert waiting == (held_id, "alice", group.pk, "hi", "ext", answered, time, "hi", "text", "")
    id_ = release(held_id)
    fields = ("kind", "sender_id", "group_id", "content", "extension", "target")
    row = Message.objects.filter(pk=id_).values_list(*fields).get()
    assert row == ("text", "alice", group.pk, "hi", "ext", answered)
    assert seen("bob") == ["?", "hi"]
    assert waiting_messages(10) == []


@pytest.mark.parametrize("to_group", [True, False])
def test_held_message_is_delivered_nowhere(group: Group, empty_index: None, to_group: bool) -> None:
    to: Recipient = group.pk if to_group else "bob"
    hold("alice", to)
    step(SearchIndex())
    for userid, peer in (("alice", to), ("bob", group.pk if to_group else "alice")):
        assert seen(userid) == []
        assert conversations.unread_of(userid, peer) == 0
        assert pages.latest_page(ConversationReader(userid, peer), 10).items == []
        # Its sender has a conversation, and nothing in it.
        begun = conversations.conversations_of(userid, ["alice", "bob"])
        assert [one.last for one in begun] == ([None] if userid == "alice" and not to_group else [])
        assert [one.last for one in conversations.conversations_of(userid, [group.pk])] == [None]


def test_the_same_cid_again_gets_the_same_answer(group: Group) -> None:
    append([Draft(HELD, "alice", "bob", "hi", "", cid="x")])
    for kind in (HELD, "text"):
        (outcome,) = append([Draft(kind, "alice", "bob", "hi", "", cid="x")]).outcomes
        assert isinstance(outcome, Repeated)
        assert outcome.id == waiting_messages(10)[0].id
    assert HeldMessage.objects.count() == 1


def test_held_drafts_in_a_batch_get_their_own_rows(group: Group) -> None:
    drafts = [Draft(kind, "alice", "bob", kind, "") for kind in ("text", HELD, "text", HELD)]
    appended = append(drafts)
    assert appended.outcomes == appended.batch.rows
    assert [one.id for one in waiting_messages(10)] == [appended.batch.rows[3].id, appended.batch.rows[1].id]
    assert seen("bob") == ["text", "text"]


def test_blocked_or_outside_sender_holds_no_message(group: Group) -> None:
    block("bob", "alice")
    drafts = [Draft(HELD, "alice", "bob", "hi", ""), Draft(HELD, "charlie", group.pk, "hi", "")]
    assert append(drafts).outcomes == (Rejection(Cause.BLOCKED), Rejection(Cause.OUTSIDE))
    assert waiting_messages(10) == []


def test_held_messages_are_listed_latest_first_in_pages(group: Group) -> None:
    ids = [hold("alice", "bob", str(number)) for number in range(5)]
    assert [one.id for one in waiting_messages(2)] == ids[:2:-1]
    assert [one.id for one in waiting_messages(2, HeldFilters(before=ids[3]))] == ids[2:0:-1]


class TestRelease:
    def test_repeated_release_returns_the_same_message(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        id_ = release(held_id)
        assert release(held_id) == id_
        assert seen("bob") == ["hi"]

    def test_simultaneous_releases_send_once(self, group: Group) -> None:
        held_id = hold("alice", "bob", cid="x")
        again = partial(append, [Draft("text", "alice", "bob", "hi", "", cid="x")])
        done = at_once(*[partial(release, held_id)] * 4, *[again] * 2)
        assert not any(isinstance(one, Exception) for one in done)
        assert len(set(done[:4])) == 1
        assert seen("bob") == ["hi"]

    def test_released_message_keeps_its_cid(self, group: Group) -> None:
        id_ = release(hold("alice", "bob", cid="x"))
        assert Message.objects.get(cid="x").pk == id_
        (outcome,) = append([Draft("text", "alice", "bob", "hi", "", cid="x")]).outcomes
        assert isinstance(outcome, Repeated)
        assert outcome.id == id_

    def test_conversation_begins_at_the_release(self, group: Group) -> None:
        release(hold("alice", "bob"))
        for userid, peer in (("alice", "bob"), ("bob", "alice")):
            (listed,) = conversations.conversations_of(userid, [peer])
            assert listed.last
            assert listed.last.entry.content == "hi"

    def test_content_of_a_released_message_is_only_in_the_log(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        id_ = release(held_id)
        assert HeldMessage.objects.values_list("content", "extension").get() == ("", "")
        erase(id_)
        assert latest_of([id_])[id_].by_desk

    def test_held_message_of_a_removed_member_is_not_released(self, group: Group) -> None:
        held_id = hold("bob", group.pk)
        remove_members(group.pk, ["bob"])
        assert refusal(held_id) == (Name.NOT_ALLOWED, "you are not in this group")
        assert [one.id for one in waiting_messages(10)] == [held_id]

    def test_held_message_is_not_released_into_a_quiet_group(self, group: Group) -> None:
        held_id = hold("bob", group.pk)
        set_quiet(group.pk, True)
        assert refusal(held_id)[0] is Name.MUTED
        assert append([Draft(HELD, "bob", group.pk, "hi", "")]).outcomes == (Rejection(Cause.QUIET),)
        set_quiet(group.pk, False)
        release(held_id)

    def test_held_message_is_not_released_within_slow_mode_interval(self, group: Group) -> None:
        held_id = hold("bob", group.pk)
        set_slow(group.pk, 60)
        append([Draft("text", "bob", group.pk, "hi", "")])
        assert refusal(held_id)[0] is Name.TOO_FAST

    def test_held_message_is_not_released_into_dissolved_group(self, group: Group) -> None:
        held_id = hold("alice", group.pk)
        dissolve(group.pk)
        assert refusal(held_id)[0] is Name.NOT_ALLOWED

    def test_held_message_is_not_released_to_a_blocker(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        block("bob", "alice")
        assert refusal(held_id) == (Name.BLOCKED, "you are blocked")

    def test_held_message_of_muted_sender_waits_for_unmute(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        set_account_status("alice", muted=True)
        assert refusal(held_id) == (Name.MUTED, "you are muted")
        set_account_status("alice", muted=False)
        release(held_id)
        assert seen("bob") == ["hi"]

    def test_held_message_of_banned_sender_is_not_released(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        set_account_status("alice", banned=True)
        assert refusal(held_id) == (Name.BANNED, "this account is locked")

    def test_releasing_an_unknown_message_is_rejected(self, group: Group) -> None:
        id_ = append([Draft("text", "alice", "bob", "hi", "")]).batch.last
        assert refusal(id_) == refusal(END) == (Name.NOT_FOUND, "no such message")


class TestDiscard:
    def test_discarded_held_message_is_not_delivered(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        discard(held_id)
        discard(held_id)
        assert waiting_messages(10) == []
        assert seen("bob") == []

    def test_discarded_message_is_never_released(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        discard(held_id)
        assert refusal(held_id) == (Name.CONFLICT, "the message was discarded")

    def test_content_of_a_discarded_message_is_deleted(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        discard(held_id)
        assert HeldMessage.objects.get(pk=held_id).content == ""

    def test_released_message_is_not_discarded(self, group: Group) -> None:
        held_id = hold("alice", "bob")
        release(held_id)
        with pytest.raises(CommandRefused, match="released"):
            discard(held_id)

    def test_discarding_an_unknown_message_is_rejected(self, group: Group) -> None:
        with pytest.raises(CommandRefused, match="no such message"):
            discard(END)
