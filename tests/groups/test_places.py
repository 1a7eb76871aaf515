"""A change of membership has its place in the log, or it does not happen: who has no place where he joined
could read what stands before it."""

from collections.abc import Iterator

import pytest

from chat.receivers import give_change_its_place
from groups import services
from groups.models import Group
from groups.signals import membership_changed
from tests.support.groups import ALICE, BOB, CHARLIE, everything


@pytest.fixture
def no_log(group: Group) -> Iterator[None]:
    """Nobody gives changes their places."""
    assert membership_changed.disconnect(give_change_its_place)
    yield
    membership_changed.connect(give_change_its_place)


@pytest.mark.usefixtures("no_log")
def test_nobody_joins_without_one(group: Group) -> None:
    before = everything()

    with pytest.raises(RuntimeError, match="place in the log"):
        services.add_members(group.pk, [CHARLIE])

    assert everything() == before


@pytest.mark.usefixtures("no_log")
def test_nobody_leaves_without_one(group: Group) -> None:
    before = everything()

    with pytest.raises(RuntimeError, match="place in the log"):
        services.remove_members(group.pk, [BOB])

    assert everything() == before


@pytest.mark.usefixtures("no_log")
def test_no_group_is_made_without_one(group: Group) -> None:
    before = everything()

    with pytest.raises(RuntimeError, match="place in the log"):
        services.create_group(ALICE, [CHARLIE], "Others")

    assert everything() == before


@pytest.mark.usefixtures("no_log")
def test_what_changes_nothing_needs_none(group: Group) -> None:
    services.add_members(group.pk, [BOB])
    services.remove_members(group.pk, [CHARLIE])
