"""A group in which only owners and admins write, for a while."""

from groups import services
from groups.models import Group
from tests.support.groups import changes, everything, last_row


def test_a_group_is_muted_and_told(group: Group) -> None:
    place = services.set_quiet(group.pk, True)
    group.refresh_from_db()
    assert group.is_quiet
    assert changes(group) == [(None, {"muted": True})]
    assert place == last_row()


def test_it_can_be_undone(group: Group) -> None:
    services.set_quiet(group.pk, True)
    services.set_quiet(group.pk, False)
    group.refresh_from_db()
    assert not group.is_quiet
    assert changes(group)[1:] == [(None, {"muted": False})]


def test_what_is_so_already_is_not_told_again(group: Group) -> None:
    before = everything()
    assert services.set_quiet(group.pk, False) is None
    assert everything() == before
