"""A moderator mutes a person, everywhere or in one group, and lets the person write again."""

import pytest

from accounts.models import User
from accounts.selectors import silent_of
from groups.errors import GroupNotFound, NotAMember
from groups.services import dissolve
from log.models import Group, GroupMute
from moderation.actions.people import mute, unmute
from moderation.errors import NotFound
from moderation.moderators import Moderator
from tests.support.groups import everything
from tests.support.moderators import MODERATOR, REASON, audit_log, entries, notices_to, row_of

pytestmark = pytest.mark.django_db

LATER = 4_000_000_000
IN_ENGLISH = "You can no longer write until 2096-10-02 07:06:40 UTC."


def test_mute_notifies_person_and_is_audited(group: Group) -> None:
    entry = mute(MODERATOR, "bob", "spam", LATER)
    bob = User.objects.get(pk="bob")
    assert (bob.muted, bob.standing_reason) == (True, "spam")
    assert bob.muted_until
    assert int(bob.muted_until.timestamp()) == LATER
    row = row_of(entry)
    assert (row.kind, row.sender_id) == ("standing", "bob")
    assert entries() == [("person.mute", "u:bob")]
    assert (entry.actor, entry.address, entry.reason) == ("moderator", "192.0.2.1", "spam")
    assert entry.details == {"until": LATER, "group": None, "before": {"is_so": False}}
    (text,) = notices_to("bob")
    assert text.startswith(IN_ENGLISH)
    assert "禁言" in text
    assert text.endswith("spam")


def test_unmuted_person_can_write(group: Group) -> None:
    mute(MODERATOR, "bob", "spam", LATER)
    entry = unmute(MODERATOR, "bob", "a mistake")
    assert silent_of(["bob"]) == {}
    assert entry.log_id
    assert entry.details["before"] == {"is_so": True, "until": LATER, "reason": "spam"}
    assert notices_to("bob")[1].startswith("You can write again.")


def test_mute_without_end_is_permanent(group: Group) -> None:
    mute(MODERATOR, "bob", REASON)
    assert User.objects.get(pk="bob").muted_until is None
    assert notices_to("bob")[0].startswith("You can no longer write.")
    assert "永久" in notices_to("bob")[0]


def test_second_mute_replaces_end(group: Group) -> None:
    mute(MODERATOR, "bob", REASON, LATER)
    entry = mute(MODERATOR, "bob", REASON, LATER + 1)
    assert entry.log_id
    assert entry.details["before"]["until"] == LATER
    assert len(notices_to("bob")) == 2


def test_repeated_mute_changes_nothing_and_is_audited(group: Group) -> None:
    mute(MODERATOR, "bob", REASON, LATER)
    before = everything()
    entry = mute(Moderator("another", may=MODERATOR.may), "bob", REASON, LATER)
    assert everything() == before
    assert entry.log_id is None
    assert entries() == [("person.mute", "u:bob")] * 2


def test_unmute_of_unmuted_person_changes_nothing(group: Group) -> None:
    before = everything()
    assert unmute(MODERATOR, "bob", REASON).log_id is None
    assert everything() == before


def test_group_mute_does_not_affect_other_groups(group: Group) -> None:
    entry = mute(MODERATOR, "bob", "spam", LATER, group.pk)
    assert silent_of(["bob"]) == {}
    muted = GroupMute.objects.get(group=group, user="bob")
    assert muted.until
    assert (int(muted.until.timestamp()), muted.reason) == (LATER, "spam")
    assert entry.log_id
    assert entry.details["group"] == group.pk
    assert f"in the group “{group.name}” until" in notices_to("bob")[0]


def test_unmute_in_a_group_keeps_the_global_mute(group: Group) -> None:
    mute(MODERATOR, "bob", REASON)
    mute(MODERATOR, "bob", REASON, None, group.pk)
    entry = unmute(MODERATOR, "bob", REASON, group.pk)
    assert entry.log_id
    assert not GroupMute.objects.exists()
    assert silent_of(["bob"]) == {"bob": False}


def test_repeated_group_mute_changes_nothing(group: Group) -> None:
    mute(MODERATOR, "bob", REASON, LATER, group.pk)
    before = everything()
    assert mute(MODERATOR, "bob", REASON, LATER, group.pk).log_id is None
    assert everything() == before


def test_group_mute_of_outsider_rejected(group: Group) -> None:
    with pytest.raises(NotAMember):
        mute(MODERATOR, "charlie", REASON, None, group.pk)
    assert entries() == []


def test_mute_of_missing_person_or_group_rejected(group: Group) -> None:
    with pytest.raises(NotFound):
        mute(MODERATOR, "nobody", REASON)
    with pytest.raises(NotFound):
        mute(MODERATOR, "bob", REASON, None, 10**6)
    dissolve(group.pk)
    with pytest.raises(GroupNotFound):
        mute(MODERATOR, "bob", REASON, None, group.pk)
    assert entries() == []


def test_failed_mute_writes_nothing(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    before = everything()
    monkeypatch.setattr("moderation.actions.acting.send_text", fail)
    with pytest.raises(RuntimeError):
        mute(MODERATOR, "bob", REASON)
    assert everything() == before
    assert not audit_log().exists()
