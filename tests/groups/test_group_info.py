"""/grpinfo"""

from django.test import Client

from accounts.models import User
from groups import services
from groups.models import Group
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE, SNAP, call, data


def info(client: Client, group: Group) -> str:
    return call(client, "grpinfo", groupid=str(group.pk))


def test_a_group_is_shown_with_its_members(client: Client, group: Group) -> None:
    services.edit_group(group.pk, name="a_b 👍", notice="明天见")
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


def test_a_group_that_everybody_left_is_still_there(client: Client, group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    assert userids(client, group) == []
