"""/creategrp"""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from log.models import Group, Message
from log.positions import last_id
from tests.support.database import rolled_back
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    NAME,
    NOTHING,
    TOO_MANY,
    bad,
    call,
    data,
    everything,
    listed,
    members,
    notices,
    numbered,
    stays,
)
from tests.support.settings import override

pytestmark = pytest.mark.django_db


def create(client: Client, members: str = BOB, name: str = NAME, creator: str = ALICE) -> str:
    return call(client, "creategrp", creator=creator, members=members, name=name)


def only_group() -> Group:
    return Group.objects.get()


def test_a_group_is_made_with_its_creator_and_members(client: Client) -> None:
    reply = create(client)
    group = only_group()
    assert data(reply)["groupid"] == str(group.pk)
    assert (group.name, group.notice, group.creator_id) == (NAME, "", ALICE)
    assert members(group) == [ALICE, BOB]


def test_new_group_uses_few_queries_under_log_lock(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        create(client, listed(BOB, CHARLIE))
    verbs = [query["sql"].split()[0] for query in queries]
    tables = [Message._meta.db_table in query["sql"] for query in queries]
    change = list(zip(verbs, tables, strict=True)).index(("INSERT", True))
    # The last row and the change, then who joined another group since it was read how many they are in.
    assert verbs[change - 1 : change + 3] == ["SELECT", "INSERT", "SELECT", "RELEASE"]


@pytest.mark.promise("call-11")
@pytest.mark.parametrize(
    "members_param",
    [
        "bob,charlie",
        "bob,charlie,",
        ",bob,,charlie,,",
        "bob, charlie",
        "bob,charlie,bob,bob",
        "alice,bob,charlie",
        "bob,charlie,alice",
    ],
)
def test_members_are_listed_once_with_the_creator_first(client: Client, members_param: str) -> None:
    assert data(create(client, members_param))["members"] == [ALICE, BOB, CHARLIE]
    assert members(only_group()) == [ALICE, BOB, CHARLIE]


@pytest.mark.parametrize("members_param", ["", ",", ALICE, "alice,"])
def test_the_creator_may_be_alone(client: Client, members_param: str) -> None:
    assert data(create(client, members_param))["members"] == [ALICE]


@pytest.mark.promise("ids-1")
def test_userids_that_differ_in_case_are_different(client: Client) -> None:
    assert data(create(client, "Alice,ALICE"))["members"] == ["alice", "Alice", "ALICE"]


def test_unknown_people_come_into_being(client: Client) -> None:
    create(client, "老板,o'brien")
    assert set(User.objects.values_list("pk", flat=True)) == {ALICE, "老板", "o'brien"}


def test_new_group_is_one_log_change(client: Client) -> None:
    before = last_id()
    create(client, listed(BOB, CHARLIE))
    (notice,) = notices(only_group())
    assert notice.joined == [ALICE, BOB, CHARLIE]
    assert notice.left == []
    assert before < notice.id
    assert {(stay.since, stay.until) for stay in stays(only_group())} == {(before, None)}


@pytest.mark.promise("call-14")
def test_repeated_creation_makes_another_group(client: Client) -> None:
    first, second = data(create(client)), data(create(client))
    assert int(second["groupid"]) > int(first["groupid"])
    assert {**first, "groupid": ""} == {**second, "groupid": ""}


def test_group_name_is_returned_unchanged(client: Client) -> None:
    odd = ["我的群", "💬👩‍👩‍👧‍👦🇨🇳", "a_b__c_unicast_", " spaced  out ", "two\nlines", '"quoted" \\ <b>']
    for name in [*odd, "x" * 100, "群" * 100, "👍" * 100]:
        with rolled_back():
            assert f'"name":{json.dumps(name, ensure_ascii=False)},' in create(client, name=name)
            assert only_group().name == name


EMPTY_NAME = "The name must not be empty."


@pytest.mark.promise("limit-7")
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("", EMPTY_NAME),
        ("   ", EMPTY_NAME),
        ("\u3000\t\n", EMPTY_NAME),
        ("x" * 101, "The name is longer than 100 characters."),
        ("a\0b", "name: Null characters are not allowed."),
    ],
    ids=["empty", "blank", "blank in Chinese", "101", "NUL"],
)
def test_creategrp_rejects_invalid_name(client: Client, name: str, complaint: str) -> None:
    assert create(client, name=name) == bad(complaint)
    assert everything() == NOTHING


def test_the_longest_name_can_be_set(client: Client, settings: Settings) -> None:
    override(settings, max_name_length=3)
    assert create(client, name="abcd") == bad("The name is longer than 3 characters.")
    assert data(create(client, name="abc"))["name"] == "abc"


def test_a_userid_of_64_characters(client: Client) -> None:
    assert data(create(client, "群" * 64))["members"] == [ALICE, "群" * 64]


def test_500_members_are_not_too_many(client: Client) -> None:
    reply = data(create(client, listed(*numbered(499))))
    assert reply["members"] == [ALICE, *numbered(499)]
    assert members(only_group()) == [ALICE, *numbered(499)]


def test_repeated_members_count_once_towards_the_limit(client: Client) -> None:
    reply = data(create(client, listed(*numbered(499), *numbered(499))))
    assert len(reply["members"]) == 500


@pytest.mark.promise("limit-5")
@pytest.mark.parametrize("count", [500, 1000])
def test_creating_a_group_beyond_the_limit_is_refused(client: Client, count: int) -> None:
    assert create(client, listed(*numbered(count))) == TOO_MANY
    assert everything() == NOTHING


def test_member_limit_is_configurable(client: Client, settings: Settings) -> None:
    override(settings, max_group_members=2)
    assert create(client, "bob,charlie") == '{"code":5,"message":"A group has at most 2 members."}'
    assert data(create(client, "bob"))["members"] == [ALICE, BOB]
