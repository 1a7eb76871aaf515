"""Sending without a connection. What is sent reaches the log as all else does; tests/api has the rest."""

import pytest

from accounts.access import Forbidden
from accounts.authentication.authentication import AccountBanned, Person
from accounts.codes import Cause
from accounts.limits.limits import TooFast
from accounts.models import User
from accounts.texts import ALLOWED
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.protocol.extensions import is_readable
from chat.protocol.replies import Accepted
from chat.services import checking, plans, sending
from groups.selectors import permission_in
from groups.services import create_group, set_quiet, set_slow
from log import appending
from log.models import Message
from log.rows import Recipient

ALICE = Person("alice", muted=False, delivered_id=0)


@pytest.fixture(autouse=True)
def alice(db: None) -> None:
    User.objects.create_user("alice")


def send(to: Recipient = "bob", cid: str | None = None, extension: str = "") -> Accepted:
    return sending.send_in_thread(
        ALICE, Send("text", to, "hello", extension, cid), "192.0.2.1", "http://chat.example"
    )


def test_sent_message_is_stored_and_returned() -> None:
    sent = send()
    row = Message.objects.get(pk=sent.id)
    assert (row.sender_id, row.recipient_id, row.content, row.timet) == ("alice", "bob", "hello", sent.time)
    assert sent.is_new


def test_the_same_cid_again_appends_nothing() -> None:
    first, again = send(cid="x"), send(cid="x")
    assert again == first._replace(is_new=False)


def test_same_cid_has_the_same_answer_with_a_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "asks", lambda subject: True)
    monkeypatch.setattr(plans, "ask_aside", lambda question: ALLOWED)
    first, again = send(cid="x"), send(cid="x")
    assert again == first._replace(is_new=False)


@pytest.mark.parametrize(("field", "expected"), [("muted", CommandRefused), ("is_active", AccountBanned)])
def test_sender_muted_or_banned_a_moment_ago_sends_nothing(field: str, expected: type[Exception]) -> None:
    User.objects.filter(pk="alice").update(**{field: field == "muted"})
    with pytest.raises(expected):
        send()
    assert not Message.objects.exists()


def test_sending_to_a_foreign_group_is_refused() -> None:
    with pytest.raises(Forbidden) as raised:
        send(7)
    assert raised.value.cause is Cause.OUTSIDE


def test_message_without_extension_gets_a_readable_one() -> None:
    made = Message.objects.get(pk=send().id).extension
    assert is_readable(made)
    extension = Message.objects.get(pk=send(extension="given").id).extension
    assert extension == "given"


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploads.disk_space.is_short_for_messages", lambda: True)
    with pytest.raises(appending.NoSpace):
        send()


def test_reply_to_unknown_message_is_refused() -> None:
    with pytest.raises(CommandRefused):
        sending.send_in_thread(
            ALICE, Send("text", "bob", "hello", "", None, 99), "192.0.2.1", "http://chat.example"
        )


class TestInAGroup:
    @pytest.fixture
    def group(self) -> int:
        """Of Bob, who owns it, and Alice."""
        return create_group("bob", ["alice"], "x").pk

    def test_a_member_writes(self, group: int) -> None:
        assert send(group).is_new

    def test_second_message_to_a_slow_group_is_too_fast(self, group: int) -> None:
        set_slow(group, 3600)
        sent = send(group, cid="x")
        with pytest.raises(TooFast):
            send(group)
        assert send(group, cid="x") == sent._replace(is_new=False)

    def test_message_to_a_group_quiet_since_the_check_is_refused(
        self, group: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        permission = permission_in(group, "alice")
        set_quiet(group, True)
        monkeypatch.setattr(sending, "permission_in", lambda *_: permission)
        with pytest.raises(CommandRefused) as raised:
            send(group)
        assert raised.value.cause is Cause.QUIET
