"""A group that was dissolved comes back as it was."""

import pytest
from pytest_django import Settings

from accounts.access import Role
from accounts.services import set_account_status
from groups import services
from groups.errors import GroupNotFound
from groups.services import RestoredGroup
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    changes,
    everything,
    last_row,
    members,
    notices,
    roles,
)
from tests.support.settings import override


def test_members_and_roles_come_back(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    services.set_role(group.pk, CHARLIE, Role.ADMIN)
    services.dissolve(group.pk)
    restored = services.restore(group.pk)
    assert restored == RestoredGroup(last_row(), [])
    assert roles(group) == {ALICE: "owner", BOB: "member", CHARLIE: "admin"}
    assert notices(group)[-1].joined == [ALICE, BOB, CHARLIE]
    assert changes(group)[-1] == (None, {"restored": True})
    assert Group.objects.get(pk=group.pk).dissolved_at is None


def test_former_member_is_not_restored(group: Group) -> None:
    services.leave(group.pk, BOB)
    services.dissolve(group.pk)
    services.restore(group.pk)
    assert members(group) == [ALICE]


def test_banned_member_is_not_restored(group: Group) -> None:
    services.dissolve(group.pk)
    set_account_status(ALICE, banned=True)
    assert services.restore(group.pk).left_out == [ALICE]
    assert roles(group) == {BOB: "owner"}


def test_member_at_group_limit_is_not_restored(group: Group, settings: Settings) -> None:
    services.dissolve(group.pk)
    services.create_group(BOB, [], "another")
    override(settings, max_groups_per_user=1)
    assert services.restore(group.pk).left_out == [BOB]
    assert roles(group) == {ALICE: "owner"}


def test_group_can_be_restored_empty(group: Group) -> None:
    services.dissolve(group.pk)
    for userid in (ALICE, BOB):
        set_account_status(userid, banned=True)
    assert services.restore(group.pk).left_out == [ALICE, BOB]
    assert members(group) == []
    services.add_members(group.pk, [CHARLIE])
    assert roles(group) == {CHARLIE: "owner"}


@pytest.mark.promise("json-24")
def test_group_can_be_dissolved_and_restored_twice(group: Group) -> None:
    for _ in range(2):
        services.dissolve(group.pk)
        services.restore(group.pk)
    assert roles(group) == {ALICE: "owner", BOB: "member"}
    assert len(notices(group)) == 5


def test_restore_of_active_group_changes_nothing(group: Group) -> None:
    before = everything()
    assert services.restore(group.pk) == RestoredGroup(None, [])
    assert everything() == before


def test_restore_of_missing_group_rejected(db: None) -> None:
    with pytest.raises(GroupNotFound):
        services.restore(1)
