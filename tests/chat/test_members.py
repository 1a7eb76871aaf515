"""Who is in a group."""

import pytest

from accounts.codes import Name
from accounts.models import User
from accounts.services import set_avatar
from chat.delivery.connection.commands import members
from chat.failures import CommandRefused
from chat.protocol.replies import Member
from groups.services import add_members, remove_members
from log.models import Group


def test_members_have_names_pictures_and_roles(group: Group) -> None:
    User.objects.filter(pk="bob").update(nickname="小宝")
    set_avatar("bob", "http://there/bob.jpg")
    answer = members("bob", group.pk)
    assert answer.group == group.pk
    assert answer.members == [
        Member("alice", "alice", "", "owner"),
        Member("bob", "小宝", "http://there/bob.jpg", "member"),
    ]


def test_outsider_gets_no_members(group: Group) -> None:
    with pytest.raises(CommandRefused):
        members("charlie", group.pk)
    add_members(group.pk, ["charlie"])
    assert len(members("charlie", group.pk).members) == 3


class TestGoingOn:
    """After the last one whom a reply had room for."""

    def test_member_list_resumes_after_a_member(self, group: Group) -> None:
        add_members(group.pk, ["charlie", "aaron"])
        assert userids("bob", group, "bob") == ["charlie", "aaron"]
        assert userids("bob", group, "aaron") == []

    def test_member_list_resumes_after_a_member_removed_since(self, group: Group) -> None:
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["bob"])
        assert userids("alice", group, "bob") == ["charlie"]

    @pytest.mark.promise("members-4")
    def test_returning_member_is_listed_last(self, group: Group) -> None:
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["bob"])
        add_members(group.pk, ["bob"])
        assert userids("alice", group) == ["alice", "charlie", "bob"]
        assert userids("alice", group, "bob") == []

    def test_member_list_after_a_person_never_in_the_group_is_rejected(self, group: Group) -> None:
        with pytest.raises(CommandRefused) as refused:
            members("bob", group.pk, "charlie")
        assert refused.value.failure.name is Name.NOT_FOUND


def userids(asker: str, group: Group, after: str | None = None) -> list[str]:
    return [member.userid for member in members(asker, group.pk, after).members]
