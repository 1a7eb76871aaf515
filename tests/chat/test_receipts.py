"""Whether people are told how far others have read what they wrote."""

import pytest
from pytest_django import Settings

from chat import log
from chat.blocks import block
from chat.log import Draft
from chat.protocol.rows import HELD
from chat.receipts import are_told
from groups.models import Group
from tests.support.settings import override


def test_people_are_told_how_far_others_have_read(group: Group) -> None:
    assert are_told("alice", "bob", 1)


def test_groups_are_not_told(group: Group) -> None:
    assert not are_told("alice", group.pk, 1)


def test_who_writes_to_themselves_is_not_told(group: Group) -> None:
    assert not are_told("alice", "alice", 1)


@pytest.mark.parametrize(("blocker", "blocked"), [("alice", "bob"), ("bob", "alice")])
def test_neither_are_two_of_whom_one_blocks_the_other(group: Group, blocker: str, blocked: str) -> None:
    block(blocker, blocked)
    assert not are_told("alice", "bob", 1)
    assert not are_told("bob", "alice", 1)
    assert are_told("alice", "charlie", 1)


def test_the_operator_may_switch_it_off(group: Group, settings: Settings) -> None:
    override(settings, read_receipts=False)
    assert not are_told("alice", "bob", 1)


def test_they_are_told_of_no_text_that_waits_for_a_moderator(group: Group) -> None:
    held = log.append([Draft(HELD, "alice", "bob", "hello", "")]).batch.last
    assert not are_told("alice", "bob", held)
    assert are_told("bob", "alice", held), "it is not theirs"
