"""Whoever is erased leaves all groups, as everybody leaves."""

import pytest

from groups import services
from groups.erasing import leave_all_groups, pictures_with, remove_pictures
from log.models import Group, GroupMute
from tests.support.groups import ALICE, BOB, CHARLIE, members, roles, stays


def test_an_erased_person_leaves_all_groups(group: Group) -> None:
    assert leave_all_groups(BOB) == 1
    assert members(group) == [ALICE]
    assert leave_all_groups(BOB) == 0


def test_erased_owner_passes_ownership_on(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    leave_all_groups(ALICE)
    assert roles(group) == {BOB: "owner", CHARLIE: "member"}


@pytest.mark.usefixtures("group")
def test_group_without_members_is_dissolved() -> None:
    alone = Group.objects.get(creator=CHARLIE)
    assert leave_all_groups(CHARLIE) == 1
    alone.refresh_from_db()
    assert alone.dissolved_at is not None


def test_past_periods_stay(group: Group) -> None:
    before = [stay.since for stay in stays(group)]
    leave_all_groups(ALICE)
    assert [stay.since for stay in stays(group)] == before


def test_erased_person_keeps_mute_without_reason(group: Group) -> None:
    for userid in (ALICE, BOB):
        services.mute_member(group.pk, userid, None, "for spam")
    leave_all_groups(BOB)
    assert dict(GroupMute.objects.values_list("user", "reason")) == {ALICE: "for spam", BOB: ""}


def test_pictures_with_their_face_are_dropped(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(snap="a.jpg")
    Group.objects.exclude(pk=group.pk).update(snap="b.jpg")
    services.remove_members(group.pk, [BOB])
    assert pictures_with(BOB) == {"a.jpg"}
    remove_pictures(["a.jpg"])
    assert set(Group.objects.values_list("snap", flat=True)) == {"", "b.jpg"}
