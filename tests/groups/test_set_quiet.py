"""A group in which only owners and admins write, for a while."""

from accounts.access import Cause, Role
from groups import services
from groups.models import Group
from tests.support.groups import BOB, CHARLIE, changes, everything, forbidden, last_row


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


def test_who_manages_the_group_may(group: Group) -> None:
    assert forbidden(lambda: services.set_quiet(group.pk, True, by=BOB)) == Cause.NOT_MANAGER
    assert forbidden(lambda: services.set_quiet(group.pk, True, by=CHARLIE)) == Cause.OUTSIDE
    services.set_role(group.pk, BOB, Role.ADMIN)
    services.set_quiet(group.pk, True, by=BOB)
    assert changes(group)[-1] == (BOB, {"muted": True})
