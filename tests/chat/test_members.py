"""Who is in a group."""

import pytest

from accounts.models import User
from accounts.services import set_avatar
from chat.access import Refused
from chat.delivery.members import members
from chat.protocol.replies import Member
from groups.models import Group
from groups.services import add_members


def test_it_works(group: Group) -> None:
    User.objects.filter(pk="bob").update(nickname="小宝")
    set_avatar("bob", "http://there/bob.jpg")
    answer = members("bob", group.pk)
    assert answer.group == group.pk
    assert answer.members == [
        Member("alice", "alice", "", "owner"),
        Member("bob", "小宝", "http://there/bob.jpg", "member"),
    ]


def test_an_outsider_is_told_nothing(group: Group) -> None:
    with pytest.raises(Refused):
        members("charlie", group.pk)
    add_members(group.pk, ["charlie"])
    assert len(members("charlie", group.pk).members) == 3
