"""Roles: who is what in a group, and who changes it."""

import pytest

from accounts.access import Role
from accounts.codes import Cause
from accounts.models import User
from groups import services
from groups.errors import LastOwner, NotAMember
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, everything, forbidden, notices, roles, stays


def test_an_owner_gives_every_role(group: Group) -> None:
    for role in (Role.ADMIN, Role.OWNER, Role.MEMBER):
        services.set_role(group.pk, BOB, role, by=ALICE)
        assert roles(group) == {ALICE: "owner", BOB: role}


def test_role_change_is_no_membership_change(group: Group) -> None:
    before = notices(group), stays(group)
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert (notices(group), stays(group)) == before


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_repeated_role_change_changes_nothing(group: Group, role: Role) -> None:
    services.set_role(group.pk, BOB, role, by=ALICE)
    before = everything()
    services.set_role(group.pk, BOB, role, by=ALICE)
    assert everything() == before


def test_role_change_needs_owner(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    make_admin = (group.pk, CHARLIE, Role.ADMIN)
    assert forbidden(lambda: services.set_role(*make_admin, by=BOB)) == Cause.NOT_OWNER
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert forbidden(lambda: services.set_role(*make_admin, by=BOB)) == Cause.NOT_OWNER
    services.set_role(group.pk, BOB, Role.OWNER)
    services.set_role(*make_admin, by=BOB)
    assert roles(group) == {ALICE: "owner", BOB: "owner", CHARLIE: "admin"}


def test_member_cannot_make_themselves_owner(group: Group) -> None:
    assert forbidden(lambda: services.set_role(group.pk, BOB, Role.OWNER, by=BOB)) == Cause.NOT_OWNER


def test_outsiders_may_not_whatever_they_own(group: Group) -> None:
    assert forbidden(lambda: services.set_role(group.pk, BOB, Role.ADMIN, by=CHARLIE)) == Cause.OUTSIDE


def test_former_owner_cannot_set_roles(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.OWNER, by=ALICE)
    services.set_role(group.pk, ALICE, Role.ADMIN, by=BOB)
    assert forbidden(lambda: services.set_role(group.pk, ALICE, Role.OWNER, by=ALICE)) == Cause.NOT_OWNER


def test_muted_owner_may_change_roles(group: Group) -> None:
    User.objects.filter(pk=ALICE).update(muted=True)
    services.set_role(group.pk, BOB, Role.ADMIN, by=ALICE)
    assert roles(group) == {ALICE: "owner", BOB: "admin"}


@pytest.mark.promise("role-2")
@pytest.mark.parametrize("by", [ALICE, None])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_the_last_owner_stays_one(group: Group, role: Role, by: str | None) -> None:
    services.set_role(group.pk, BOB, Role.ADMIN)
    before = everything()
    with pytest.raises(LastOwner):
        services.set_role(group.pk, ALICE, role, by=by)
    assert everything() == before
    services.set_role(group.pk, BOB, Role.OWNER)
    services.set_role(group.pk, ALICE, role, by=by)
    assert roles(group) == {ALICE: role, BOB: "owner"}


@pytest.mark.parametrize("userid", [CHARLIE, "nobody"])
def test_role_of_outsider_rejected(group: Group, userid: str) -> None:
    before = everything()
    with pytest.raises(NotAMember, match=f"{userid} is not in this group"):
        services.set_role(group.pk, userid, Role.ADMIN, by=ALICE)
    assert everything() == before


@pytest.mark.promise("role-4")
def test_returning_admin_is_member(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.ADMIN)
    services.remove_members(group.pk, [BOB])
    services.add_members(group.pk, [BOB])
    assert roles(group) == {ALICE: "owner", BOB: "member"}
    assert len(stays(group)) == 3


def test_role_belongs_to_one_group(group: Group) -> None:
    other = services.create_group(ALICE, [BOB], "another")
    services.set_role(group.pk, BOB, Role.ADMIN)
    assert roles(other) == {ALICE: "owner", BOB: "member"}
