"""A moderator mutes a group, slows it down, dissolves and restores it, and changes what it is called."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.access import Role
from accounts.models import User
from groups.errors import GroupNotFound, InvalidValue
from groups.services import add_members, set_role
from log.models import Group
from moderation.actions import groups
from moderation.models import AuditEntry
from moderation.moderators import Moderator
from tests.support.groups import changes, everything, members, roles
from tests.support.moderators import MODERATOR, REASON, entries, notices_to, row_of

pytestmark = pytest.mark.django_db


EVERY: dict[str, Callable[[Moderator, int, str], AuditEntry]] = {
    "mute": groups.mute,
    "unmute": groups.unmute,
    "slow": lambda moderator, group, reason: groups.set_slow_mode(moderator, group, 30, reason),
    "keep": lambda moderator, group, reason: groups.set_retention(moderator, group, 30, reason),
    "dissolve": groups.dissolve,
    "restore": groups.restore,
    "handover": lambda moderator, group, reason: groups.hand_over(moderator, group, "bob", reason),
    "edit": lambda moderator, group, reason: groups.edit_group(moderator, group, reason, "new", "notice"),
    "add": lambda moderator, group, reason: groups.add_members(moderator, group, ["charlie"], reason),
    "remove": lambda moderator, group, reason: groups.remove_members(moderator, group, ["bob"], reason),
}


def last_change(group: Group) -> tuple[str | None, dict[str, Any]]:
    return changes(group)[-1]


def kept_days(group: Group) -> int | None:
    return Group.objects.values_list("keep_days", flat=True).get(pk=group.pk)


def test_mute_notifies_group_and_is_audited(group: Group) -> None:
    entry = groups.mute(MODERATOR, group.pk, "spam")
    group.refresh_from_db()
    assert group.is_quiet
    row = row_of(entry)
    assert (row.kind, row.group_id) == ("group", group.pk)
    assert entries() == [("group.mute", f"g:{group.pk}")]
    assert (entry.actor, entry.reason, entry.details) == ("moderator", "spam", {"before": False})


def test_group_mute_hides_moderator_from_members(group: Group) -> None:
    groups.mute(MODERATOR, group.pk, REASON)
    assert last_change(group) == (None, {"muted": True})


def test_members_of_unmuted_group_can_write(group: Group) -> None:
    groups.mute(MODERATOR, group.pk, REASON)
    entry = groups.unmute(MODERATOR, group.pk, REASON)
    group.refresh_from_db()
    assert not group.is_quiet
    assert entry.details == {"before": True}


def test_slow_mode_is_set_and_cleared(group: Group) -> None:
    groups.set_slow_mode(MODERATOR, group.pk, 30, REASON)
    assert last_change(group) == (None, {"slow": 30})
    entry = groups.set_slow_mode(MODERATOR, group.pk, 0, REASON)
    group.refresh_from_db()
    assert group.slow_seconds == 0
    assert entry.details == {"seconds": 0, "before": 30}


def test_group_retention_is_set_and_cleared(group: Group) -> None:
    before = changes(group)
    groups.set_retention(MODERATOR, group.pk, 30, REASON)
    assert kept_days(group) == 30
    groups.dissolve(MODERATOR, group.pk, REASON)
    entry = groups.set_retention(MODERATOR, group.pk, None, REASON)
    assert kept_days(group) is None
    assert (entry.action, entry.details) == ("group.keep", {"days": None, "before": 30})
    assert changes(group)[: len(before)] == before
    assert all("keep" not in str(change) for change in changes(group))


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_group_retention_out_of_range_is_rejected(group: Group, days: int) -> None:
    with pytest.raises(InvalidValue, match="Give 1 to 36500 days"):
        groups.set_retention(MODERATOR, group.pk, days, REASON)
    assert entries() == []


def test_dissolve_notifies_owners(group: Group) -> None:
    set_role(group.pk, "bob", Role.OWNER)
    add_members(group.pk, ["charlie"])
    entry = groups.dissolve(MODERATOR, group.pk, "illegal")
    group.refresh_from_db()
    assert group.dissolved_at
    assert members(group) == []
    assert entry.log_id
    for owner in ("alice", "bob"):
        (text,) = notices_to(owner)
        assert text.startswith(f"A moderator has dissolved your group “{group.name}”.")
        assert text.endswith("illegal")
    assert notices_to("charlie") == []


def test_restored_group_has_its_former_members(group: Group) -> None:
    groups.dissolve(MODERATOR, group.pk, REASON)
    User.objects.filter(pk="bob").update(is_active=False)
    entry = groups.restore(MODERATOR, group.pk, REASON)
    assert roles(group) == {"alice": "owner"}
    assert entry.details == {"left_out": ["bob"]}
    assert entry.log_id


def test_handover_changes_owner(group: Group) -> None:
    entry = groups.hand_over(MODERATOR, group.pk, "bob", REASON)
    assert roles(group) == {"alice": "admin", "bob": "owner"}
    assert entry.details == {"userid": "bob"}


def test_edit_changes_name_and_notice(group: Group) -> None:
    entry = groups.edit_group(MODERATOR, group.pk, REASON, "another name", "a notice")
    group.refresh_from_db()
    assert (group.name, group.notice) == ("another name", "a notice")
    assert entry.details == {
        "name": "another name",
        "notice": "a notice",
        "before": {"name": "我的群", "notice": ""},
    }


@pytest.mark.parametrize("name", EVERY)
def test_repeated_group_action_changes_nothing_and_is_audited(group: Group, name: str) -> None:
    EVERY[name](MODERATOR, group.pk, REASON)
    before = everything()
    assert EVERY[name](MODERATOR, group.pk, REASON).log_id is None
    assert everything() == before
    assert entries() == [(f"group.{name}", f"g:{group.pk}")] * 2


@pytest.mark.parametrize("name", [name for name in EVERY if name not in ("dissolve", "restore", "keep")])
def test_dissolved_group_cannot_be_moderated(group: Group, name: str) -> None:
    groups.dissolve(MODERATOR, group.pk, REASON)
    before = everything()
    with pytest.raises(GroupNotFound):
        EVERY[name](MODERATOR, group.pk, REASON)
    assert everything() == before


def test_invalid_group_changes_raise_errors_of_groups(group: Group) -> None:
    before = everything()
    with pytest.raises(InvalidValue):
        groups.edit_group(MODERATOR, group.pk, REASON, " ")
    with pytest.raises(InvalidValue):
        groups.edit_group(MODERATOR, group.pk, REASON)
    with pytest.raises(InvalidValue):
        groups.set_slow_mode(MODERATOR, group.pk, -1, REASON)
    assert everything() == before
    assert entries() == []
