"""A moderator bans a person, with what the person wrote in the last hours if need be, and lets the person
back."""

import pytest
from django.db.models import F

from accounts.models import User
from log import appending
from log.amendments import recalls_of
from log.appending import Draft
from log.models import Group, Message
from log.rows import LogId, Recipient
from moderation.actions import recalling
from moderation.actions.people import ban, preview_recall, unban
from moderation.moderators import ACT_ON_PEOPLE, Moderator, RoleMissing
from tests.support.groups import everything
from tests.support.moderators import (
    DESK,
    MODERATOR,
    REASON,
    audit_log,
    entries,
    last_entry,
    notices_to,
    row_of,
)

pytestmark = pytest.mark.django_db

LATER = 4_000_000_000
HOUR = 3600


def write(to: Recipient, content: str = "spam", sender: str = "bob") -> LogId:
    return appending.append([Draft("text", sender, to, content, "")]).batch.last


def hours_later(hours: float) -> None:
    """Everything that is in the log was written so many hours before."""
    Message.objects.update(timet=F("timet") - int(hours * HOUR))


def recalled(*ids: LogId) -> list[bool]:
    results = recalls_of(ids)
    return [id_ in results and results[id_].by_desk for id_ in ids]


def test_ban_notice_names_end(group: Group) -> None:
    entry = ban(MODERATOR, "bob", "spam", LATER)
    bob = User.objects.get(pk="bob")
    assert (bob.is_active, bob.standing_reason) == (False, "spam")
    assert bob.banned_until
    assert int(bob.banned_until.timestamp()) == LATER
    assert row_of(entry).kind == "standing"
    assert entries() == [("person.ban", "u:bob")]
    assert notices_to("bob")[0].startswith("Your account is locked until 2096-10-02 07:06:40 UTC.")


def test_ban_notice_comes_before_sockets_close(group: Group) -> None:
    entry = ban(MODERATOR, "bob", REASON)
    assert entry.log_id
    assert Message.objects.get(sender=DESK, recipient="bob").pk < entry.log_id


def test_unbanned_person_can_log_in(group: Group) -> None:
    ban(MODERATOR, "bob", "spam")
    entry = unban(MODERATOR, "bob", "a mistake")
    assert User.objects.get(pk="bob").is_active
    assert entry.log_id
    assert entry.details["before"] == {"is_so": True, "until": None, "reason": "spam"}
    assert notices_to("bob")[1].startswith("Your account is open again.")


def test_repeated_ban_changes_nothing_and_is_audited(group: Group) -> None:
    ban(MODERATOR, "bob", REASON, LATER)
    before = everything()
    assert ban(MODERATOR, "bob", REASON, LATER).log_id is None
    assert everything() == before
    unban(MODERATOR, "bob", REASON)
    before = everything()
    assert unban(MODERATOR, "bob", REASON).log_id is None
    assert everything() == before
    assert len(entries()) == 4


def test_ban_of_inactive_account_sets_reason(group: Group) -> None:
    """By hand, in the admin: nobody said why, or until when."""
    User.objects.filter(pk="bob").update(is_active=False)
    entry = ban(MODERATOR, "bob", "spam", LATER)
    assert entry.log_id
    assert entry.details["before"] == {"is_so": True, "until": None, "reason": ""}


def test_ban_recalls_messages_of_last_hours(group: Group) -> None:
    old = write("alice")
    hours_later(1)
    by_alice = write("bob", sender="alice")
    to_alice, to_group = write("alice"), write(group.pk)
    hours_later(1.5)
    entry = ban(MODERATOR, "bob", "spam", recall_hours=2)
    assert recalled(old, by_alice, to_alice, to_group) == [False, False, True, True]
    assert entries() == [("person.ban", "u:bob"), ("person.recall", "u:bob")]
    first, last = Message.objects.filter(kind="recall").order_by("id").values_list("id", flat=True)
    of_recall = last_entry()
    assert of_recall.details == {"ban": entry.pk, "recalled": [[first, last]], "count": 2}
    assert (of_recall.log_id, of_recall.reason) == (first, "spam")
    assert len(notices_to("bob")) == 1


def test_recall_by_ban_has_entry_per_portion(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [write("alice") for _ in range(5)]
    monkeypatch.setattr("chat.services.moderating.MAX_MESSAGES", 2)
    ban(MODERATOR, "bob", REASON, recall_hours=1)
    assert all(recalled(*ids))
    results = audit_log().filter(action="person.recall").order_by("pk")
    assert [entry.details["count"] for entry in results] == [2, 2, 1]


def test_repeated_ban_recalls_remaining_messages(group: Group) -> None:
    """The process may have ended before it came to that."""
    id_ = write("alice")
    ban(MODERATOR, "bob", REASON)
    ban(MODERATOR, "bob", REASON, recall_hours=1)
    assert recalled(id_) == [True]


def test_ban_without_messages_recalls_none(group: Group) -> None:
    ban(MODERATOR, "bob", REASON, recall_hours=1)
    assert entries() == [("person.ban", "u:bob")]


def test_ban_with_recall_needs_the_permission_for_messages(group: Group) -> None:
    before = everything()
    of_people = Moderator("moderator", may=frozenset({ACT_ON_PEOPLE}))
    with pytest.raises(RoleMissing):
        ban(of_people, "bob", REASON, recall_hours=1)
    assert everything() == before
    assert last_entry().details == {"permission": "act_on_messages", "wanted": "person.ban"}


def test_recall_preview_counts_and_shows_latest_messages(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("alice", "old")
    hours_later(3)
    for number in range(3):
        write("alice", f"text {number}")
    before = everything()
    results = preview_recall("bob", 2)
    assert (results.count, results.is_more) == (3, False)
    assert [one.entry.content for one in results.messages] == ["text 2", "text 1", "text 0"]
    monkeypatch.setattr(recalling, "MAX_COUNTED", 2)
    results = preview_recall("bob", 2)
    assert (results.count, results.is_more) == (2, True)
    assert everything() == before
    assert entries() == []
