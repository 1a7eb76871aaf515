"""A moderator warns a person, or ends the person's connections."""

import pytest

from accounts.models import User
from log.models import Group
from moderation.actions.people import disconnect, warn
from tests.support.moderators import MODERATOR, REASON, entries, notices_to, row_of

pytestmark = pytest.mark.django_db


def test_warning_notifies_person_and_is_audited(group: Group) -> None:
    entry = warn(MODERATOR, "bob", "no spam")
    assert row_of(entry).kind == "standing"
    (text,) = notices_to("bob")
    assert text.startswith("A moderator warns you.")
    assert text.endswith("no spam")
    assert entries() == [("person.warn", "u:bob")]


def test_warning_and_disconnect_keep_account_fields(group: Group) -> None:
    before = User.objects.filter(pk="bob").values().get()
    warn(MODERATOR, "bob", REASON)
    disconnect(MODERATOR, "bob", REASON)
    assert User.objects.filter(pk="bob").values().get() == before


def test_warnings_are_separate_messages(group: Group) -> None:
    assert warn(MODERATOR, "bob", REASON).log_id != warn(MODERATOR, "bob", REASON).log_id
    assert len(notices_to("bob")) == 2


def test_disconnect_sends_no_notice(group: Group) -> None:
    entry = disconnect(MODERATOR, "bob", "a phone that was lost")
    row = row_of(entry)
    assert (row.kind, row.sender_id) == ("standing", "bob")
    assert '"ended"' in row.content
    assert notices_to("bob") == []
    assert entries() == [("person.disconnect", "u:bob")]
