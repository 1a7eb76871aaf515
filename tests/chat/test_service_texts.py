"""The service writes to people, and nobody else does so in its name."""

from functools import partial

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts.authentication.authentication import AccountBanned, Claim, Person, authenticate
from accounts.authentication.proofs import token_proof
from accounts.codes import Name
from accounts.models import User
from accounts.services import UseridTaken, set_account_status, sign_up
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.protocol.extensions import is_readable
from chat.reading.conversations import conversations_of
from chat.services import sending
from chat.services.blocks import block
from chat.services.erasing import erase_service_texts
from chat.services.service_texts import NICKNAME, in_both, send_text
from log.models import Group, Message
from tests.support.settings import override
from tests.support.stage import Stage, unicast
from tests.support.threads import at_once
from tests.support.tokens import SECRET, token

DESK = "im66-desk"


def test_service_message_is_a_message_of_the_desk(group: Group) -> None:
    id_ = send_text("bob", "You are muted until tomorrow.")
    assert id_
    row = Message.objects.get(pk=id_)
    assert (row.kind, row.sender_id, row.recipient_id) == ("text", DESK, "bob")
    assert row.content == "You are muted until tomorrow."
    (listed,) = conversations_of("bob", [DESK])
    assert (listed.title, listed.unread) == (NICKNAME, 1)


def test_service_text_has_a_readable_extension(group: Group) -> None:
    send_text("bob", "hello")
    assert is_readable(Message.objects.latest("id").extension)


def test_the_account_is_created_once_and_keeps_its_name(group: Group) -> None:
    send_text("bob", "hello")
    User.objects.filter(pk=DESK).update(nickname="The moderators")
    send_text("alice", "hello")
    assert User.objects.get(pk=DESK).nickname == "The moderators"


def test_service_text_reaches_several_people(group: Group) -> None:
    at_once(*[partial(send_text, userid, "hello") for userid in ("alice", "bob", "charlie", "bob")])
    assert Message.objects.filter(sender=DESK).count() == 4


def test_muted_or_banned_person_gets_service_messages(group: Group) -> None:
    set_account_status("bob", muted=True, banned=True)
    assert send_text("bob", "hello")


def test_service_without_account_sends_no_text(group: Group, settings: Settings) -> None:
    override(settings, desk_userid="")
    assert send_text("bob", "hello") is None
    assert not Message.objects.filter(kind="text").exists()


def test_service_text_is_not_sent_to_a_full_disk(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploads.disk_space.is_short_for_messages", lambda: True)
    assert send_text("bob", "hello") is None


@pytest.mark.parametrize("auth", ["open", "token"])
def test_login_as_the_desk_is_refused(group: Group, settings: LazySettings, auth: str) -> None:
    override(settings, auth=auth, token_secret=SECRET, token_creates_users=True)
    proof = token_proof(token(DESK)) if auth == "token" else None
    for _ in range(2):  # before and after it is there
        with pytest.raises(AccountBanned):
            authenticate(Claim(DESK, proof))
        send_text("bob", "hello")


def test_sign_up_as_the_desk_is_refused(group: Group, settings: Settings) -> None:
    override(settings, signup="open")
    with pytest.raises(UseridTaken):
        sign_up(DESK, "a long password", "", None)
    assert not User.objects.filter(pk=DESK).exists()


def test_message_to_the_desk_is_refused(group: Group) -> None:
    alice = Person("alice", muted=False, delivered_id=0)
    with pytest.raises(CommandRefused) as refused:
        sending.send_in_thread(alice, Send("text", DESK, "hello", ""), "192.0.2.1", "http://chat.example")
    assert refused.value.failure.name is Name.NOT_ALLOWED
    assert not User.objects.filter(pk=DESK).exists()


async def test_socket_message_to_the_service_account_is_refused(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    with pytest.raises(CommandRefused, match="nobody can write to this account"):
        await stage.send(alice, unicast("hello", DESK))


@pytest.mark.parametrize(("language", "text"), [("en", "hello\n你好"), ("zh-hans", "你好\nhello")])
def test_bilingual_text_begins_with_the_language_of_the_apps(
    settings: Settings, language: str, text: str
) -> None:
    override(settings, legacy_language=language)
    assert in_both("hello", "你好") == text


class TestItsUseridOfBefore:
    """The shipped apps do not bear it, so their server calls itself otherwise."""

    @pytest.fixture(autouse=True)
    def renamed(self, group: Group, settings: Settings) -> None:
        send_text("bob", "before")
        override(settings, desk_userid="im66desk", legacy_userid="alias")
        send_text("bob", "after")

    def test_messages_of_the_former_desk_keep_its_userid(self) -> None:
        messages = Message.objects.filter(recipient="bob", kind="text").order_by("id")
        assert list(messages.values_list("sender", flat=True)) == [DESK, "im66desk"]

    def test_login_and_sign_up_as_the_former_desk_are_refused(self, settings: Settings) -> None:
        override(settings, signup="open")
        for userid in (DESK, "im66desk"):
            with pytest.raises(AccountBanned):
                authenticate(Claim(userid, None, "192.0.2.1"))
            with pytest.raises((UseridTaken, ValidationError)):
                sign_up(userid, "a long password", "", None)

    def test_message_to_the_former_desk_is_refused(self) -> None:
        bob = Person("bob", muted=False, delivered_id=0)
        for userid in (DESK, "im66desk"):
            with pytest.raises(CommandRefused):
                sending.send_in_thread(
                    bob, Send("text", userid, "hello", ""), "192.0.2.1", "http://chat.example"
                )

    def test_messages_of_the_former_desk_are_erased_with_the_recipient(self) -> None:
        erase_service_texts("bob")
        assert set(Message.objects.filter(kind="text").values_list("content", flat=True)) == {""}


def test_blocking_the_desk_is_refused(group: Group) -> None:
    send_text("bob", "hello")
    with pytest.raises(CommandRefused, match="cannot be blocked"):
        block("bob", DESK)
