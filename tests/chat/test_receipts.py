"""Whether people are told how far others have read what they wrote."""

import pytest
from pytest_django import Settings

from chat.blocks import block
from chat.receipts import are_told
from groups.models import Group
from tests.support.settings import override


def test_it_works(group: Group) -> None:
    assert are_told("alice", "bob")


def test_groups_are_not_told(group: Group) -> None:
    assert not are_told("alice", group.pk)


def test_who_writes_to_themselves_is_not_told(group: Group) -> None:
    assert not are_told("alice", "alice")


@pytest.mark.parametrize(("blocker", "blocked"), [("alice", "bob"), ("bob", "alice")])
def test_neither_are_two_of_whom_one_blocks_the_other(group: Group, blocker: str, blocked: str) -> None:
    block(blocker, blocked)
    assert not are_told("alice", "bob")
    assert not are_told("bob", "alice")
    assert are_told("alice", "charlie")


def test_the_operator_may_switch_it_off(group: Group, settings: Settings) -> None:
    override(settings, read_receipts=False)
    assert not are_told("alice", "bob")
