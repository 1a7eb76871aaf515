"""/delmembers"""

import pytest
from django.test import Client

from accounts.models import User
from groups import services
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    OK,
    call,
    everything,
    listed,
    members,
    notices,
    roles,
    stays,
)


def remove(client: Client, group: Group | str, members: str) -> str:
    group_id = group if isinstance(group, str) else str(group.pk)
    return call(client, "delmembers", groupid=group_id, members=members)


def test_a_member_is_removed(client: Client, group: Group) -> None:
    assert remove(client, group, BOB) == OK
    assert members(group) == [ALICE]


@pytest.mark.parametrize("members_param", ["bob,charlie", "bob,charlie,", "charlie,,bob,bob"])
def test_several_removed_members_make_one_notice(client: Client, group: Group, members_param: str) -> None:
    services.add_members(group.pk, [CHARLIE])
    assert remove(client, group, members_param) == OK
    assert members(group) == [ALICE]
    *_, notice = notices(group)
    assert (notice.joined, notice.left) == ([], [BOB, CHARLIE])
    assert [stay.userid for stay in stays(group) if stay.until == notice.id] == [BOB, CHARLIE]


def test_a_stay_is_ended_not_deleted(client: Client, group: Group) -> None:
    remove(client, group, BOB)
    came, went = notices(group)
    assert stays(group) == [(ALICE, came.id - 1, None), (BOB, came.id - 1, went.id)]


@pytest.mark.promise("call-20")
def test_repeated_removal_changes_nothing(client: Client, group: Group) -> None:
    remove(client, group, BOB)
    before = everything()
    assert remove(client, group, BOB) == OK
    assert everything() == before


@pytest.mark.parametrize("members_param", [CHARLIE, "nobody", ",", "charlie,nobody"])
def test_removing_outsider_changes_nothing(client: Client, group: Group, members_param: str) -> None:
    before = everything()
    assert remove(client, group, members_param) == OK
    assert everything() == before


def test_removal_creates_no_person(client: Client, group: Group) -> None:
    assert remove(client, group, "bob,nobody") == OK
    assert not User.objects.filter(pk="nobody").exists()
    assert notices(group)[-1].left == [BOB]


@pytest.mark.promise("call-21")
def test_a_member_leaves_by_removing_itself(client: Client, group: Group) -> None:
    assert call(client, "delmembers", groupid=str(group.pk), members=BOB, userid=BOB) == OK
    assert members(group) == [ALICE]


@pytest.mark.promise("call-21")
def test_owner_can_leave(client: Client, group: Group) -> None:
    assert remove(client, group, ALICE) == OK
    assert roles(group) == {BOB: "owner"}
    assert Group.objects.get(pk=group.pk).creator_id == ALICE


def test_removal_leaves_other_groups(client: Client, group: Group) -> None:
    other = services.create_group(ALICE, [BOB], "another")
    remove(client, group, BOB)
    assert members(other) == [ALICE, BOB]


def test_more_userids_than_a_database_takes_in_one_question(client: Client, group: Group) -> None:
    """SQLite takes 250,000 parameters; so many userids fit a request."""
    assert remove(client, group, listed(*(f"{number:x}" for number in range(260_000)), BOB)) == OK
    assert members(group) == [ALICE]
