"""A group gets another owner."""

import pytest

from accounts.access import Role
from groups import services
from groups.errors import NotAMember
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, changes, everything, last_row, roles


def test_the_new_owner_and_the_old_one_change_roles(group: Group) -> None:
    place = services.hand_over(group.pk, BOB)
    assert roles(group) == {ALICE: "admin", BOB: "owner"}
    assert changes(group) == [(None, {"roles": {ALICE: "admin", BOB: "owner"}})]
    assert place == last_row()


def test_handover_leaves_single_owner(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    services.set_role(group.pk, BOB, Role.OWNER)
    services.hand_over(group.pk, CHARLIE)
    assert roles(group) == {ALICE: "admin", BOB: "admin", CHARLIE: "owner"}


def test_handover_to_co_owner_demotes_others(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.OWNER)
    services.hand_over(group.pk, BOB)
    assert changes(group)[-1] == (None, {"roles": {ALICE: "admin"}})


def test_handover_to_owner_changes_nothing(group: Group) -> None:
    before = everything()
    assert services.hand_over(group.pk, ALICE) is None
    assert everything() == before


def test_handover_to_outsider_rejected(group: Group) -> None:
    with pytest.raises(NotAMember):
        services.hand_over(group.pk, CHARLIE)
