"""A moderator puts people into a group and removes members from it."""

import pytest
from pytest_django import Settings

from accounts.models import User
from groups import services
from groups.errors import NotAMember, TooManyMembers, UserNotFound
from log.models import Group
from moderation.actions.groups import add_members, hand_over, remove_members
from moderation.errors import ProtectedPerson
from tests.support.groups import doers, members, roles
from tests.support.moderators import MODERATOR, REASON, entries, notices_to
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db


def test_adding_members_is_audited(group: Group) -> None:
    entry = add_members(MODERATOR, group.pk, ["charlie", "bob", "charlie"], REASON)
    assert members(group) == ["alice", "bob", "charlie"]
    assert entry.log_id
    assert entry.details == {"userids": ["charlie", "bob"]}
    assert doers(group)[-1] is None


def test_removed_members_are_notified(group: Group) -> None:
    entry = remove_members(MODERATOR, group.pk, ["bob", "charlie"], "spam")
    assert members(group) == ["alice"]
    assert entry.log_id
    assert entry.details == {"userids": ["bob"]}
    (text,) = notices_to("bob")
    assert text.startswith(f"A moderator has removed you from the group “{group.name}”.")
    assert text.endswith("spam")
    assert notices_to("charlie") == []


def test_removing_owner_passes_ownership_on(group: Group) -> None:
    remove_members(MODERATOR, group.pk, ["alice"], REASON)
    assert roles(group) == {"bob": "owner"}


def test_only_superusers_remove_staff_from_groups(group: Group) -> None:
    User.objects.filter(pk="bob").update(is_staff=True)
    with pytest.raises(ProtectedPerson):
        remove_members(MODERATOR, group.pk, ["bob"], REASON)
    assert members(group) == ["alice", "bob"]
    assert entries() == [("refused", f"g:{group.pk}")]
    remove_members(MODERATOR._replace(is_superuser=True), group.pk, ["bob"], REASON)
    assert members(group) == ["alice"]


def test_moderator_can_remove_themselves(group: Group) -> None:
    User.objects.filter(pk="bob").update(is_staff=True)
    remove_members(MODERATOR._replace(name="bob"), group.pk, ["bob"], REASON)
    assert members(group) == ["alice"]


def test_token_mode_adds_existing_people_only(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)
    with pytest.raises(UserNotFound):
        add_members(MODERATOR, group.pk, ["nobody"], REASON)
    assert entries() == []


def test_adding_members_respects_the_group_limits(group: Group, settings: Settings) -> None:
    override(settings, max_group_members=2)
    with pytest.raises(TooManyMembers):
        add_members(MODERATOR, group.pk, ["charlie"], REASON)
    assert members(group) == ["alice", "bob"]


def test_handover_to_non_member_rejected(group: Group) -> None:
    with pytest.raises(NotAMember):
        hand_over(MODERATOR, group.pk, "charlie", REASON)
    assert entries() == []


def test_moderator_cannot_add_or_promote_themselves(group: Group) -> None:
    User.objects.create_user(MODERATOR.name, is_staff=True)
    with pytest.raises(ProtectedPerson):
        add_members(MODERATOR, group.pk, [MODERATOR.name], REASON)
    services.add_members(group.pk, [MODERATOR.name])
    with pytest.raises(ProtectedPerson):
        hand_over(MODERATOR, group.pk, MODERATOR.name, REASON)


def test_handover_from_staff_needs_superuser(group: Group) -> None:
    User.objects.filter(pk="alice").update(is_staff=True)
    with pytest.raises(ProtectedPerson):
        hand_over(MODERATOR, group.pk, "bob", REASON)
    hand_over(MODERATOR._replace(is_superuser=True), group.pk, "bob", REASON)
