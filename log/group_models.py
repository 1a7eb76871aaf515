"""Groups, and who was a member when."""

from typing import Any

from django.conf import settings
from django.db import models

from accounts.access import Role
from accounts.models import NICKNAME_LENGTH
from accounts.names.userids import MAX_LENGTH
from log import group_choices
from log.group_choices import Choice

# Stands for an id that is not known yet: no row will ever have this id.
ANY_ID = 2**63 - 1

ROLES = [(role.value, role.value.capitalize()) for role in Role]


def _options(choice: Choice) -> dict[str, Any]:
    return {"default": choice.off, "db_default": choice.off, "editable": False, "help_text": choice.meaning}


def _switch(choice: Choice) -> "models.BooleanField[bool, bool]":
    return models.BooleanField(**_options(choice))


def _one_of_two(choice: Choice) -> "models.CharField[str, str]":
    values = [(value, str(value).capitalize()) for value in choice.values]
    return models.CharField(max_length=10, choices=values, **_options(choice))


class GroupQuerySet(models.QuerySet["Group"]):
    def alive(self) -> "GroupQuerySet":
        """The groups that were not dissolved."""
        return self.filter(dissolved_at=None)


class Group(models.Model):
    """Several people who write to each other at once. A dissolved group keeps its row, without members,
    because the log refers to it."""

    name = models.TextField()
    notice = models.TextField(blank=True)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="created_groups")
    snap = models.CharField(
        max_length=100, blank=True, editable=False, help_text="The stored file with the group's picture."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    dissolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_quiet = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Only owners and admins may write."
    )
    slow_seconds = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="A member may write once in so many seconds. 0: as often as elsewhere.",
    )
    notice_by = _one_of_two(group_choices.NOTICE_BY)
    add_by = _one_of_two(group_choices.ADD_BY)
    needs_approval = _switch(group_choices.APPROVAL)
    history = _one_of_two(group_choices.HISTORY)
    must_confirm = _switch(group_choices.CONFIRM)
    picture = models.CharField(
        max_length=100,
        default="",
        db_default="",
        editable=False,
        help_text="The stored file that the group has instead of the picture of its members.",
    )
    notice_id = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="The position in the log at which the notice got its text, if members are to confirm it.",
    )
    custom: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, editable=False, help_text="What programs attach to the group."
    )
    keep_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Messages here are kept for so many days. Empty: as long as elsewhere.",
    )

    objects = GroupQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        """The current membership periods."""
        return self.filter(until_id=None)

    def ended(self) -> "MembershipQuerySet":
        """The membership periods that have ended."""
        return self.filter(until_id__isnull=False)

    def by_rank(self) -> "MembershipQuerySet":
        """Owners first, then admins, then the others; each in the order in which they joined."""
        ranks = [models.When(role=role, then=rank) for rank, role in enumerate(Role)]
        return self.order_by(models.Case(*ranks), "pk")


class Membership(models.Model):
    """One membership period: one person in one group, from one log position to another.

    A person who left and came back has two. A person who was a member at a log position may read the row
    there. The periods of a group's first members begin before the notice of it, where other rows may be.

    `last_id`: in this period the log has nothing of the group after that id. It is set when the period ends;
    0 means that the period is empty. It lets a login find the waiting messages without looking into every
    past period.

    `invited_by`: who has put the person into the group, until the person is known to have accepted it; null
    for who made the group, and for those whom the operator has put in. `left_at`: when the person has left;
    null for those who were removed. `ended_at`: when the period ended, in either way; null if an earlier
    version ended it. `nickname`: what the person wants to be called in the group; empty for the usual name.
    """

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=ROLES, default=Role.MEMBER.value)
    since_id = models.BigIntegerField(editable=False)
    until_id = models.BigIntegerField(null=True, editable=False)
    last_id = models.BigIntegerField(default=ANY_ID, db_default=ANY_ID, editable=False)
    # No foreign key, which would need an index.
    invited_by = models.CharField(max_length=MAX_LENGTH, null=True, editable=False)  # noqa: DJ001
    left_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    nickname = models.CharField(max_length=NICKNAME_LENGTH, default="", db_default="", editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "user"], condition=models.Q(until_id=None), name="one_current_stay"
            )
        ]
        indexes = [
            models.Index(fields=["user", "group"], condition=models.Q(until_id=None), name="current_groups"),
            models.Index(
                fields=["user", "last_id"], condition=models.Q(until_id__isnull=False), name="ended_stays"
            ),
            models.Index(
                fields=["user", "until_id"], condition=models.Q(until_id__isnull=False), name="left_at"
            ),
            models.Index(
                fields=["group", "user", "last_id"],
                condition=models.Q(until_id__isnull=False),
                name="ended_stays_in_group",
            ),
            models.Index(
                fields=["user", "invited_by"],
                condition=models.Q(invited_by__isnull=False),
                name="not_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class GroupMute(models.Model):
    """The person may read but not write in the group, also after leaving it and coming back."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="mutes", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    until = models.DateTimeField(null=True, help_text="Empty: for good.")
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="muted_once")]
        indexes = [
            models.Index(fields=["until"], condition=models.Q(until__isnull=False), name="mutes_that_end")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} muted in {self.group_id}"
