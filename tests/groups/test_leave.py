"""A person leaves a group. Nobody needs to allow it."""

import pytest

from accounts.access import Role
from accounts.codes import Cause
from groups import services
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, everything, forbidden, members, notices, roles


def test_leaving_member_is_announced(group: Group) -> None:
    services.leave(group.pk, BOB)
    assert members(group) == [ALICE]
    assert notices(group)[-1].left == [BOB]


@pytest.mark.parametrize("role", Role)
def test_leaving_needs_no_role(group: Group, role: Role) -> None:
    services.set_role(group.pk, BOB, role)
    services.leave(group.pk, BOB)
    assert roles(group) == {ALICE: "owner"}


@pytest.mark.promise("token-calls-5")
def test_repeated_leaving_changes_nothing(group: Group) -> None:
    services.leave(group.pk, BOB)
    before = everything()
    services.leave(group.pk, BOB)
    assert everything() == before


def test_outsider_leaving_changes_nothing(group: Group) -> None:
    before = everything()
    services.leave(group.pk, CHARLIE)
    assert everything() == before


def test_an_empty_list_is_not_leaving(group: Group) -> None:
    assert forbidden(lambda: services.remove_members(group.pk, [], by=CHARLIE)) == Cause.OUTSIDE
    services.remove_members(group.pk, [], by=BOB)
    assert members(group) == [ALICE, BOB]
