"""Summaries of a person and a group for the desk, in a few queries each."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.access import Role
from accounts.account_status import second_of
from accounts.models import User
from log.models import Group, GroupMute, Membership
from moderation.errors import NotFound
from moderation.models import Complaint, Report
from moderation.models.reports import STRIKE

# Counts stop here, and no more groups are listed.
MAX_COUNTED = 100


class PersonOverview(NamedTuple):
    """`muted_in`: groups with the end of the mute in each. `strikes`: resolved, not dismissed reports about
    the person. All are limited to MAX_COUNTED."""

    user: User
    muted_in: list[tuple[int, int | None]]
    strikes: int
    reports_about: int
    reports_by: int

    @property
    def muted_until(self) -> int | None:
        return second_of(self.user.muted_until)

    @property
    def banned_until(self) -> int | None:
        return second_of(self.user.banned_until)


class GroupOverview(NamedTuple):
    group: Group
    members: int
    owners: list[str]


def person_overview(userid: str) -> PersonOverview:
    """Return the summary of a person. Raises NotFound."""
    user = User.objects.filter(pk=userid).first()
    if user is None:
        raise NotFound
    about = Report.objects.filter(about=userid)
    return PersonOverview(
        user,
        [(group, second_of(until)) for group, until in _mutes(userid)],
        _count(about.filter(STRIKE)),
        _count(about),
        _count(Complaint.objects.filter(reporter=userid)),
    )


def group_overview(group_id: int) -> GroupOverview:
    """Return the summary of a group, which may be dissolved. Raises NotFound."""
    group = Group.objects.filter(pk=group_id).first()
    if group is None:
        raise NotFound
    current = Membership.objects.current().filter(group=group_id)
    owners = current.filter(role=Role.OWNER).order_by("pk").values_list("user_id", flat=True)
    return GroupOverview(group, current.count(), list(owners[:MAX_COUNTED]))


def _mutes(userid: str) -> QuerySet[GroupMute, tuple[int, datetime | None]]:
    return (
        GroupMute.objects.filter(user=userid).order_by("group").values_list("group_id", "until")[:MAX_COUNTED]
    )


def _count(rows: QuerySet[Report] | QuerySet[Complaint]) -> int:
    return rows[:MAX_COUNTED].count()
