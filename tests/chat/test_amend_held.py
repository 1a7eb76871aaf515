"""What a sender does to their own text that waits for a moderator. Nobody else is told of anything."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from accounts.codes import Cause, Name
from accounts.services import set_account_status
from chat.failures import CommandRefused
from chat.protocol.commands import Amend
from chat.protocol.replies import Amended, Failure
from chat.services import blocks, held_messages
from chat.services.amending import (
    MAX_CHANGES_PER_PERSON,
    MAX_REACTIONS,
    AmendmentTarget,
    amend_held,
    check_reply,
    resolve_target,
)
from groups import services
from log import appending
from log.appending import Draft
from log.models import Group, HeldMessage, Message
from log.rows import EDIT, HELD, REACTION, RECALL, LogId
from log.stored_rows import OFF
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOT_FOUND = Failure.of(Cause.NO_SUCH_MESSAGE)


@pytest.fixture
def held(group: Group) -> LogId:
    return appending.append([Draft(HELD, "alice", "bob", "as it was", "")]).batch.last


def amend(kind: str, target: LogId, content: str = "", *, on: bool = True, by: str = "alice") -> Amended:
    """As a session does it."""
    result = resolve_target(by, Amend(kind, target, content, on))
    if isinstance(result, Amended):
        return result
    assert result.is_held
    return amend_held(Draft(kind, by, result.to, content, "" if on else OFF, target=result.target))


def refusal(call: Callable[[], object]) -> Failure:
    with pytest.raises(CommandRefused) as raised:
        call()
    return raised.value.failure


@pytest.mark.promise("json-9")
def test_a_held_text_is_edited_and_released_as_edited(held: LogId) -> None:
    edit = amend(EDIT, held, "better")
    row = Message.objects.get(pk=edit.id)
    assert (row.kind, row.sender_id, row.recipient_id, row.content) == (HELD, "alice", "alice", "")
    assert not Message.objects.filter(target=held).exists()
    assert [(one.content, one.original_content) for one in held_messages.waiting_messages(10)] == [
        ("better", "as it was")
    ]
    assert Message.objects.get(pk=held_messages.release(held)).content == "better"


def test_done_again_it_has_the_same_place(held: LogId) -> None:
    value = amend(REACTION, held, "👍")
    assert amend(REACTION, held, "👍") == value
    taken = amend(REACTION, held, "👍", on=False)
    assert taken.id > value.id
    assert amend(REACTION, held, "👍").id > taken.id
    edit = amend(EDIT, held, "better")
    assert amend(EDIT, held, "better") == edit
    recall = amend(RECALL, held)
    assert amend(RECALL, held) == recall


def test_done_twice_at_the_same_moment_it_is_done_once(held: LogId) -> None:
    result = at_once(*(partial(amend, REACTION, held, "👍") for _ in range(4)))
    assert all(isinstance(one, Amended) for one in result)
    assert len(set(result)) == 1


def test_recalled_held_message_leaves_the_queue_and_cannot_be_amended(held: LogId) -> None:
    amend(RECALL, held)
    for kind in (EDIT, REACTION):
        assert refusal(lambda kind=kind: amend(kind, held, "x")) == NOT_FOUND  # type: ignore[misc]
    assert held_messages.waiting_messages(10) == []
    assert refusal(lambda: held_messages.release(held)).name is Name.CONFLICT


def test_held_message_has_the_same_limits_of_edits_and_reactions(held: LogId) -> None:
    for number in range(MAX_REACTIONS):
        amend(REACTION, held, str(number))
    assert refusal(lambda: amend(REACTION, held, "one more")).name is Name.CONFLICT
    for number in range(MAX_CHANGES_PER_PERSON):
        amend(EDIT, held, f"version {number}")
    assert refusal(lambda: amend(EDIT, held, "one more")).name is Name.CONFLICT


def test_sender_can_still_amend_a_held_message_after_it_is_discarded(held: LogId) -> None:
    edit = amend(EDIT, held, "better")
    held_messages.discard(held)
    assert amend(REACTION, held, "👍").id > edit.id
    amend(RECALL, held)
    assert "better" not in str(HeldMessage.objects.values().get())


def test_amendment_of_a_released_held_message_goes_to_the_sent_one(held: LogId) -> None:
    released = held_messages.release(held)
    assert resolve_target("alice", Amend(REACTION, held, "👍")) == AmendmentTarget(released, "bob")


def test_released_while_it_is_done_it_may_be_tried_again(held: LogId) -> None:
    assert isinstance(resolve_target("alice", Amend(REACTION, held, "👍")), AmendmentTarget)
    held_messages.release(held)
    draft = Draft(REACTION, "alice", "bob", "👍", "", target=held)
    assert refusal(lambda: amend_held(draft)).name is Name.TRY_AGAIN


def test_held_message_is_visible_to_its_sender_only(held: LogId) -> None:
    assert refusal(lambda: amend(REACTION, held, "👍", by="bob")) == NOT_FOUND
    assert refusal(lambda: check_reply("bob", "alice", held)) == NOT_FOUND
    check_reply("alice", "bob", held)
    assert refusal(lambda: check_reply("alice", "charlie", held)) == NOT_FOUND


def test_blocked_muted_or_removed_sender_may_not_amend_a_held_message(held: LogId, group: Group) -> None:
    blocks.block("bob", "alice")
    assert refusal(lambda: amend(REACTION, held, "👍")) == Failure.of(Cause.BLOCKED)
    amend(RECALL, held)
    there = appending.append([Draft(HELD, "alice", group.pk, "hello", "")]).batch.last
    draft = Draft(REACTION, "alice", group.pk, "👍", "", target=there)
    set_account_status("alice", muted=True)
    assert refusal(lambda: amend_held(draft)) == Failure.of(Cause.MUTED)
    set_account_status("alice", muted=False)
    services.remove_members(group.pk, ["alice"])
    assert refusal(lambda: amend_held(draft)) == Failure.of(Cause.OUTSIDE)


def test_held_message_has_the_same_time_limit_for_edits(held: LogId, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10**6)
    assert refusal(lambda: amend(EDIT, held, "x")).name is Name.NOT_ALLOWED
    amend(REACTION, held, "👍")
