"""A moderator releases a message that a rule has held, or discards it."""

import pytest

from accounts.services import set_account_status
from chat.services.held_messages import waiting_messages
from log import appending
from log.appending import Draft
from log.models import Group
from log.rows import HELD, LogId
from moderation.actions.messages import discard, release
from moderation.errors import CannotSend
from tests.support.groups import everything
from tests.support.moderators import MODERATOR, REASON, entries, notices_to, row_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(group: Group) -> LogId:
    return appending.append([Draft(HELD, "bob", "alice", "hello", "")]).batch.last


def test_released_message_is_sent_and_audited(message: LogId) -> None:
    entry = release(MODERATOR, message, REASON)
    sent = row_of(entry)
    assert (sent.kind, sent.sender_id, sent.recipient_id, sent.content) == ("text", "bob", "alice", "hello")
    assert entries() == [("message.release", f"m:{message}")]
    assert waiting_messages(10) == []


def test_repeated_release_returns_the_same_message(message: LogId) -> None:
    first = release(MODERATOR, message, REASON)
    before = everything()
    assert release(MODERATOR, message, REASON).log_id == first.log_id
    assert everything() == before


def test_discarded_message_is_never_sent(message: LogId) -> None:
    before = everything()
    entry = discard(MODERATOR, message, "spam")
    assert everything() == before
    assert waiting_messages(10) == []
    assert (entry.action, entry.target, entry.log_id) == ("message.discard", f"m:{message}", None)
    assert notices_to("bob") == []
    with pytest.raises(CannotSend, match="discarded"):
        release(MODERATOR, message, REASON)


def test_released_message_cannot_be_discarded(message: LogId) -> None:
    release(MODERATOR, message, REASON)
    with pytest.raises(CannotSend, match="released"):
        discard(MODERATOR, message, REASON)


def test_release_of_muted_sender_gives_reason(message: LogId) -> None:
    set_account_status("bob", muted=True)
    with pytest.raises(CannotSend, match="muted"):
        release(MODERATOR, message, REASON)
    assert len(waiting_messages(10)) == 1
    assert entries() == []
