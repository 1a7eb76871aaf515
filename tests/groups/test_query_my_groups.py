"""/querymygrps and /grpinfo"""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from groups import editing, selectors, services
from log.models import Group
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE, NAME, SNAP, call, data, everything


def test_a_persons_groups_are_shown_with_their_members(client: Client, group: Group) -> None:
    editing.edit_group(group.pk, notice="明天见")
    User.objects.filter(pk=BOB).update(nickname="小_明", avatar="https://cdn.example/b.jpg")
    assert call(client, "querymygrps", userid=ALICE) == (
        f'{{"code":1,"message":"OK","data":[{{"groupid":"{group.pk}","creator":"alice","name":"我的群",'
        f'"notice":"明天见","snap":"{SNAP}","members":[{{"nickname":"alice","snap":"{AVATAR}"}},'
        f'{{"nickname":"小_明","snap":"https://cdn.example/b.jpg"}}]}}]}}'
    )


def names(client: Client, userid: str) -> list[str]:
    return [group["name"] for group in data(call(client, "querymygrps", userid=userid))]


def test_a_member_finds_it_and_an_outsider_does_not(client: Client, group: Group) -> None:
    assert names(client, BOB) == [NAME]
    assert names(client, CHARLIE) == ["Charlie's own"]


@pytest.mark.promise("call-26")
def test_groups_are_listed_oldest_first(client: Client, group: Group) -> None:
    services.create_group(BOB, [], "second")
    services.create_group(CHARLIE, [BOB], "third")
    editing.edit_group(group.pk, name="first")
    assert names(client, BOB) == ["first", "second", "third"]


def test_former_member_does_not_list_group(client: Client, group: Group) -> None:
    services.remove_members(group.pk, [BOB])
    assert names(client, BOB) == []
    assert names(client, ALICE) == [NAME]


def test_returning_member_lists_group_once(client: Client, group: Group) -> None:
    services.remove_members(group.pk, [BOB])
    services.add_members(group.pk, [BOB])
    assert names(client, BOB) == [NAME]
    (listed,) = data(call(client, "querymygrps", userid=BOB))
    assert [member["nickname"] for member in listed["members"]] == [ALICE, BOB]


def test_dissolved_group_is_not_listed(client: Client, group: Group) -> None:
    assert names(client, BOB) == [NAME]
    services.dissolve(group.pk)
    assert names(client, BOB) == []


@pytest.mark.promise("call-26")
def test_unknown_person_has_no_groups(client: Client, group: Group) -> None:
    before = everything()
    assert call(client, "querymygrps", userid="nobody") == '{"code":1,"message":"OK","data":[]}'
    assert everything() == before


def test_many_groups_take_no_more_queries_than_one(
    client: Client, group: Group, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        services.create_group(ALICE, [BOB, CHARLIE], f"group {number}")
    with django_assert_num_queries(3):
        assert len(names(client, BOB)) == 21


@pytest.mark.promise("call-27")
def test_a_large_reply_is_made_in_pieces_and_says_the_same(
    client: Client, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        services.create_group(ALICE, [BOB, CHARLIE], f"群 {number}")
    complete = call(client, "querymygrps", userid=BOB)
    monkeypatch.setattr(selectors, "MAX_MEMBERS_PER_READ", 6)
    reply: Any = client.post("/querymygrps", {"userid": BOB})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    pieces = list(reply.streaming_content)
    assert b"".join(pieces).decode() == complete
    # Two and three members, three and three, then the end.
    assert [piece.count(b'"groupid"') for piece in pieces] == [2, 2, 2, 0]


def info(client: Client, group: Group) -> str:
    return call(client, "grpinfo", groupid=str(group.pk))


@pytest.mark.promise("call-28")
def test_a_group_is_shown_with_its_members(client: Client, group: Group) -> None:
    editing.edit_group(group.pk, name="a_b 👍", notice="明天见")
    User.objects.filter(pk=BOB).update(nickname='小"明')
    assert info(client, group) == (
        f'{{"code":1,"message":"OK","data":{{"groupid":"{group.pk}","creator":"alice","name":"a_b 👍",'
        f'"notice":"明天见","snap":"{SNAP}","members":['
        f'{{"userid":"alice","nickname":"alice","snap":"{AVATAR}"}},'
        f'{{"userid":"bob","nickname":"小\\"明","snap":"{AVATAR}"}}]}}}}'
    )


def userids(client: Client, group: Group) -> list[str]:
    return [member["userid"] for member in data(info(client, group))["members"]]


def test_members_are_shown_in_the_order_they_came(client: Client, group: Group) -> None:
    services.add_members(group.pk, [CHARLIE, "adam"])
    services.remove_members(group.pk, [BOB])
    assert userids(client, group) == [ALICE, CHARLIE, "adam"]
    services.add_members(group.pk, [BOB])
    assert userids(client, group) == [ALICE, CHARLIE, "adam", BOB]


def test_empty_group_still_exists(client: Client, group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    assert userids(client, group) == []
