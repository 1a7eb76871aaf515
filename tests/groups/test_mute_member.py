"""A member who may read but not write in one group."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.account_status import Change
from accounts.codes import Cause
from accounts.models import User
from accounts.signals import account_status_changed
from groups import editing, services
from groups.errors import NotAMember
from groups.selectors import permission_in
from log.models import Group, GroupMute
from tests.support.groups import ALICE, BOB, CHARLIE, everything, forbidden, last_row

LATER = 4_000_000_000
Events = list[tuple[str, Change]]


@pytest.fixture
def events() -> Iterator[Events]:
    received: Events = []

    def note(userid: str, change: Change, **_: Any) -> None:
        received.append((userid, change))

    account_status_changed.connect(note)
    yield received
    account_status_changed.disconnect(note)


def test_mute_is_announced_for_one_group(group: Group, events: Events) -> None:
    place = services.mute_member(group.pk, BOB, LATER, "spam")
    assert place == last_row()
    assert events == [(BOB, Change(muted=True, until=LATER, reason="spam", group=group.pk))]
    assert permission_in(group.pk, BOB).actor.muted
    assert not User.objects.get(pk=BOB).muted


def test_mute_leaves_other_groups(group: Group) -> None:
    other = services.create_group(ALICE, [BOB], "another")
    services.mute_member(group.pk, BOB, None, "")
    assert not permission_in(other.pk, BOB).actor.muted
    assert not permission_in(group.pk, ALICE).actor.muted


def test_second_mute_replaces_end(group: Group, events: Events) -> None:
    services.mute_member(group.pk, BOB, LATER, "spam")
    services.mute_member(group.pk, BOB, None, "worse")
    assert list(GroupMute.objects.values_list("user", "until", "reason")) == [(BOB, None, "worse")]
    assert events[1:] == [(BOB, Change(muted=True, reason="worse", group=group.pk))]


def test_mute_can_be_undone(group: Group, events: Events) -> None:
    services.mute_member(group.pk, BOB, LATER, "spam")
    place = services.unmute_member(group.pk, BOB, reason="sorry")
    assert place == last_row()
    assert events[1:] == [(BOB, Change(muted=False, reason="sorry", group=group.pk))]
    assert not permission_in(group.pk, BOB).actor.muted


def test_unmute_of_unmuted_member_changes_nothing(group: Group) -> None:
    before = everything()
    assert services.unmute_member(group.pk, BOB) is None
    assert everything() == before


def test_mute_ends_after_its_end_only(group: Group) -> None:
    services.mute_member(group.pk, BOB, LATER, "")
    assert services.unmute_member(group.pk, BOB, ended=datetime.fromtimestamp(LATER - 1, UTC)) is None
    assert permission_in(group.pk, BOB).actor.muted
    assert services.unmute_member(group.pk, BOB, ended=datetime.fromtimestamp(LATER, UTC)) is not None
    assert not permission_in(group.pk, BOB).actor.muted


def test_leaving_and_coming_back_ends_nothing(group: Group) -> None:
    services.mute_member(group.pk, BOB, None, "")
    services.leave(group.pk, BOB)
    services.add_members(group.pk, [BOB])
    assert permission_in(group.pk, BOB).actor.muted


def test_muted_member_cannot_change_group(group: Group) -> None:
    services.mute_member(group.pk, BOB, None, "")
    assert forbidden(lambda: editing.edit_group(group.pk, name="x", by=BOB)) == Cause.MUTED
    assert forbidden(lambda: services.add_members(group.pk, [CHARLIE], by=BOB)) == Cause.MUTED


def test_mute_of_outsider_rejected(group: Group) -> None:
    with pytest.raises(NotAMember):
        services.mute_member(group.pk, CHARLIE, None, "")
