"""Who may do what in a group."""

import pytest

from chat.access import Refused, require_member
from chat.protocol.replies import Code
from groups.models import Group
from groups.services import dissolve, remove_members


def refusal(userid: str, group_id: int) -> Code:
    with pytest.raises(Refused) as refused:
        require_member(userid, group_id)
    return refused.value.failure.code


def test_it_works(group: Group) -> None:
    require_member("alice", group.pk)
    require_member("bob", group.pk)
    assert refusal("charlie", group.pk) == Code.NOT_ALLOWED


def test_a_group_that_never_was_is_not_found(group: Group) -> None:
    assert refusal("alice", group.pk + 1) == Code.NOT_FOUND


def test_neither_is_one_that_was_dissolved(group: Group) -> None:
    dissolve(group.pk)
    assert refusal("alice", group.pk) == Code.NOT_FOUND


def test_who_was_removed_may_no_longer(group: Group) -> None:
    remove_members(group.pk, ["bob"])
    assert refusal("bob", group.pk) == Code.NOT_ALLOWED


def test_the_client_is_told_why() -> None:
    refused = Refused(Code.NOT_ALLOWED, "you are muted")
    assert str(refused) == refused.failure.reason == "you are muted"
