"""A group in which a member writes once in so many seconds."""

import pytest

from groups import services
from groups.errors import InvalidValue
from groups.services import MAX_SLOW_SECONDS
from log.models import Group
from tests.support.groups import changes, everything, last_row


def test_slow_mode_is_announced(group: Group) -> None:
    place = services.set_slow(group.pk, 30)
    group.refresh_from_db()
    assert group.slow_seconds == 30
    assert changes(group) == [(None, {"slow": 30})]
    assert place == last_row()


def test_slow_mode_can_be_undone(group: Group) -> None:
    services.set_slow(group.pk, MAX_SLOW_SECONDS)
    services.set_slow(group.pk, 0)
    group.refresh_from_db()
    assert group.slow_seconds == 0
    assert changes(group)[1:] == [(None, {"slow": 0})]


def test_repeated_slow_mode_changes_nothing(group: Group) -> None:
    before = everything()
    assert services.set_slow(group.pk, 0) is None
    assert everything() == before


@pytest.mark.parametrize("seconds", [-1, MAX_SLOW_SECONDS + 1])
def test_slow_mode_has_bounds(group: Group, seconds: int) -> None:
    with pytest.raises(InvalidValue):
        services.set_slow(group.pk, seconds)
    assert changes(group) == []
