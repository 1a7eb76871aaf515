"""/addmembers"""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from groups.services import dissolve
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    NO_SUCH_GROUP,
    OK,
    TOO_MANY,
    call,
    everything,
    listed,
    members,
    notices,
    numbered,
    stays,
)
from tests.support.settings import override


def add(client: Client, group: Group | str, members: str) -> str:
    group_id = group if isinstance(group, str) else str(group.pk)
    return call(client, "addmembers", groupid=group_id, members=members)


def test_a_member_is_added(client: Client, group: Group) -> None:
    assert add(client, group, CHARLIE) == OK
    assert members(group) == [ALICE, BOB, CHARLIE]


@pytest.mark.parametrize(
    "members_param", ["charlie,dave", "charlie,dave,", "charlie,,charlie,dave", " charlie , dave"]
)
def test_members_are_added_in_the_order_given(client: Client, group: Group, members_param: str) -> None:
    assert add(client, group, members_param) == OK
    assert members(group) == [ALICE, BOB, CHARLIE, "dave"]


@pytest.mark.promise("ids-3")
def test_unknown_people_come_into_being(client: Client, group: Group) -> None:
    assert add(client, group, "新人") == OK
    assert User.objects.get(pk="新人").is_active


def test_missing_group_creates_no_person(client: Client, group: Group) -> None:
    dissolve(group.pk)
    before = everything()
    for gone in (group, "17"):
        assert add(client, gone, "新人") == NO_SUCH_GROUP
    assert everything() == before
    assert not User.objects.filter(pk="新人").exists()


def test_added_members_are_one_log_change(client: Client, group: Group) -> None:
    add(client, group, "charlie,dave")
    _, notice = notices(group)
    assert (notice.joined, notice.left) == ([CHARLIE, "dave"], [])
    assert [stay for stay in stays(group) if stay.since == notice.id] == [
        (CHARLIE, notice.id, None),
        ("dave", notice.id, None),
    ]


@pytest.mark.promise("call-16")
def test_repeated_addition_changes_nothing(client: Client, group: Group) -> None:
    add(client, group, CHARLIE)
    before = everything()
    assert add(client, group, CHARLIE) == OK
    assert add(client, group, "bob,alice,charlie") == OK
    assert everything() == before


def test_current_members_are_not_added_again(client: Client, group: Group) -> None:
    assert add(client, group, "alice,bob,charlie") == OK
    assert notices(group)[-1].joined == [CHARLIE]
    assert members(group) == [ALICE, BOB, CHARLIE]


def test_lone_comma_adds_no_members(client: Client, group: Group) -> None:
    before = everything()
    assert add(client, group, ",") == OK
    assert everything() == before


@pytest.mark.promise("limit-5", "call-38")
def test_group_has_at_most_500_members(client: Client, group: Group) -> None:
    assert add(client, group, listed(*numbered(498))) == OK
    assert len(members(group)) == 500
    before = everything()
    assert add(client, group, CHARLIE) == TOO_MANY
    assert add(client, group, listed(*numbered(498))) == OK
    assert everything() == before


@pytest.mark.promise("call-19")
def test_adding_too_many_members_adds_none(client: Client, group: Group) -> None:
    before = everything()
    assert add(client, group, listed(*numbered(1000))) == TOO_MANY
    assert everything() == before


def test_adding_past_limit_adds_no_one(client: Client, group: Group, settings: Settings) -> None:
    override(settings, max_group_members=3)
    assert add(client, group, "charlie,dave") == '{"code":5,"message":"A group has at most 3 members."}'
    assert members(group) == [ALICE, BOB]
    assert len(notices(group)) == 1
    assert add(client, group, CHARLIE) == OK
