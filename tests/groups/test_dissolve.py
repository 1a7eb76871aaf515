"""The end of a group."""

import pytest

from accounts.access import Cause, Role
from groups import selectors, services
from groups.errors import GroupNotFound
from groups.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, everything, forbidden, members, notices, stays


def test_a_dissolved_group_has_no_members_and_is_not_found(group: Group) -> None:
    assert selectors.get_group(group.pk) == group
    services.dissolve(group.pk)
    assert members(group) == []
    with pytest.raises(GroupNotFound):
        selectors.get_group(group.pk)


def test_everybody_leaves_in_one_change(group: Group) -> None:
    services.dissolve(group.pk)
    came, went = notices(group)
    assert (went.joined, went.left) == ([], [ALICE, BOB])
    assert stays(group) == [(ALICE, came.id - 1, went.id), (BOB, came.id - 1, went.id)]


def test_one_that_everybody_left_leaves_no_notice(group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    before = notices(group)
    services.dissolve(group.pk)
    assert notices(group) == before
    assert Group.objects.get(pk=group.pk).dissolved_at is not None


def test_it_ends_once(group: Group) -> None:
    services.dissolve(group.pk)
    before = everything()
    with pytest.raises(GroupNotFound):
        services.dissolve(group.pk)
    assert everything() == before


def test_one_that_never_was(db: None) -> None:
    with pytest.raises(GroupNotFound):
        services.dissolve(1)


def test_only_an_owner_may(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert forbidden(lambda: services.dissolve(group.pk, by=BOB)) == Cause.NOT_OWNER
    assert forbidden(lambda: services.dissolve(group.pk, by=CHARLIE)) == Cause.OUTSIDE
    services.dissolve(group.pk, by=ALICE)
    assert members(group) == []


def test_other_groups_are_left_alone(group: Group) -> None:
    other = services.create_group(ALICE, [BOB], "another")
    services.dissolve(group.pk)
    assert members(other) == [ALICE, BOB]
