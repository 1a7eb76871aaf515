"""A group in which somebody is has an owner. Alice, Bob, Charlie and Dora have joined in this order."""

import pytest
from django.test import Client

from accounts.access import Role
from groups import services
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, call, data, notices, roles

DORA = "dora"


@pytest.fixture
def crowd(group: Group) -> Group:
    services.add_members(group.pk, [CHARLIE])
    services.add_members(group.pk, [DORA])
    return group


@pytest.mark.promise("role-1")
def test_the_first_to_have_joined_owns_the_group_next(crowd: Group) -> None:
    services.leave(crowd.pk, ALICE)
    assert roles(crowd) == {BOB: "owner", CHARLIE: "member", DORA: "member"}


@pytest.mark.promise("role-1")
def test_an_admin_goes_before_members(crowd: Group) -> None:
    services.set_role(crowd.pk, DORA, Role.ADMIN)
    services.leave(crowd.pk, ALICE)
    assert roles(crowd) == {BOB: "member", CHARLIE: "member", DORA: "owner"}


@pytest.mark.promise("role-1")
def test_longest_serving_admin_becomes_owner(crowd: Group) -> None:
    for userid in (DORA, CHARLIE):
        services.set_role(crowd.pk, userid, Role.ADMIN)
    services.leave(crowd.pk, ALICE)
    assert roles(crowd) == {BOB: "member", CHARLIE: "owner", DORA: "admin"}


def test_returning_member_counts_from_return(crowd: Group) -> None:
    services.leave(crowd.pk, BOB)
    services.add_members(crowd.pk, [BOB])
    services.leave(crowd.pk, ALICE)
    assert roles(crowd) == {CHARLIE: "owner", DORA: "member", BOB: "member"}


@pytest.mark.promise("role-1")
def test_ownership_passes_on_when_owner_is_removed(crowd: Group) -> None:
    services.remove_members(crowd.pk, [ALICE, BOB])
    assert roles(crowd) == {CHARLIE: "owner", DORA: "member"}


def test_ownership_stays_when_member_leaves(crowd: Group) -> None:
    services.leave(crowd.pk, BOB)
    assert roles(crowd) == {ALICE: "owner", CHARLIE: "member", DORA: "member"}


def test_ownership_change_is_no_membership_change(crowd: Group) -> None:
    before = notices(crowd)
    services.leave(crowd.pk, ALICE)
    *others, left = notices(crowd)
    assert others == before
    assert (left.joined, left.left) == ([], [ALICE])


@pytest.mark.promise("role-4")
def test_the_creator_stays_the_creator(client: Client, crowd: Group) -> None:
    services.leave(crowd.pk, ALICE)
    shown = data(call(client, "grpinfo", groupid=str(crowd.pk)))
    assert shown["creator"] == ALICE
    assert ALICE not in [member["userid"] for member in shown["members"]]


class TestComingBack:
    @pytest.mark.promise("role-4")
    def test_returning_creator_is_a_member(self, crowd: Group) -> None:
        services.leave(crowd.pk, ALICE)
        services.add_members(crowd.pk, [ALICE])
        assert roles(crowd) == {BOB: "owner", CHARLIE: "member", DORA: "member", ALICE: "member"}

    def test_first_new_member_of_an_ownerless_group_owns_it(self, crowd: Group) -> None:
        services.remove_members(crowd.pk, [ALICE, BOB, CHARLIE, DORA])
        services.add_members(crowd.pk, [ALICE])
        assert roles(crowd) == {ALICE: "owner"}


class TestNobodyLeft:
    @pytest.fixture
    def empty(self, group: Group) -> Group:
        services.remove_members(group.pk, [ALICE, BOB])
        return group

    def test_the_group_stays_without_an_owner(self, empty: Group) -> None:
        assert roles(empty) == {}
        assert Group.objects.alive().filter(pk=empty.pk).exists()

    @pytest.mark.promise("role-3")
    def test_member_added_to_empty_group_owns_it(self, empty: Group) -> None:
        services.add_members(empty.pk, [CHARLIE])
        assert roles(empty) == {CHARLIE: "owner"}

    @pytest.mark.promise("role-3")
    def test_first_of_several_new_members_owns_an_empty_group(self, empty: Group) -> None:
        services.add_members(empty.pk, [DORA, CHARLIE])
        assert roles(empty) == {DORA: "owner", CHARLIE: "member"}
