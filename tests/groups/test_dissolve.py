"""The end of a group."""

from collections.abc import Callable

import pytest

from accounts.access import Role
from accounts.codes import Cause
from groups import selectors, services
from groups.errors import GroupNotFound
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, everything, forbidden, members, notices, stays


def test_dissolved_group_is_gone_with_members(group: Group) -> None:
    assert selectors.get_group(group.pk) == group
    services.dissolve(group.pk)
    assert members(group) == []
    with pytest.raises(GroupNotFound):
        selectors.get_group(group.pk)


def test_dissolve_is_one_log_change(group: Group) -> None:
    services.dissolve(group.pk)
    came, went = notices(group)
    assert (went.joined, went.left) == ([], [ALICE, BOB])
    assert stays(group) == [(ALICE, came.id - 1, went.id), (BOB, came.id - 1, went.id)]


def test_dissolved_empty_group_has_no_notice(group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    before = notices(group)
    services.dissolve(group.pk)
    assert notices(group) == before
    assert Group.objects.get(pk=group.pk).dissolved_at is not None


def test_second_dissolve_rejected(group: Group) -> None:
    services.dissolve(group.pk)
    before = everything()
    with pytest.raises(GroupNotFound):
        services.dissolve(group.pk)
    assert everything() == before


def test_dissolved_group_rejects_every_action(group: Group) -> None:
    services.dissolve(group.pk)
    acts: dict[str, Callable[[int], object]] = {
        "dissolve": services.dissolve,
        "add": lambda id_: services.add_members(id_, [CHARLIE]),
        "leave": lambda id_: services.leave(id_, BOB),
        "set a role": lambda id_: services.set_role(id_, BOB, Role.ADMIN),
        "hand over": lambda id_: services.hand_over(id_, BOB),
        "make quiet": lambda id_: services.set_quiet(id_, True),
        "slow down": lambda id_: services.set_slow(id_, 30),
        "mute": lambda id_: services.mute_member(id_, BOB, None, ""),
    }
    before = everything()
    done = [(name, id_) for name, act in acts.items() for id_ in (group.pk, group.pk + 1) if takes(act, id_)]
    assert done == []
    assert not takes(lambda id_: services.unmute_member(id_, BOB), group.pk + 1)
    assert everything() == before


def takes(act: Callable[[int], object], group_id: int) -> bool:
    """Whether the act finds the group."""
    try:
        act(group_id)
    except GroupNotFound:
        return False
    return True


def test_dissolve_needs_owner(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert forbidden(lambda: services.dissolve(group.pk, by=BOB)) == Cause.NOT_OWNER
    assert forbidden(lambda: services.dissolve(group.pk, by=CHARLIE)) == Cause.OUTSIDE
    services.dissolve(group.pk, by=ALICE)
    assert members(group) == []


def test_dissolve_leaves_other_groups(group: Group) -> None:
    other = services.create_group(ALICE, [BOB], "another")
    services.dissolve(group.pk)
    assert members(other) == [ALICE, BOB]
