"""Groups, and who was in them when."""

from django.conf import settings
from django.db import models

# Not known: no row will ever have this id.
ANY_ID = 2**63 - 1


class GroupQuerySet(models.QuerySet["Group"]):
    def alive(self) -> "GroupQuerySet":
        """Without those that were dissolved."""
        return self.filter(dissolved_at=None)


class Group(models.Model):
    """Several people who write to each other at once. A dissolved one stays, without members, for the log
    refers to it."""

    name = models.TextField()
    notice = models.TextField(blank=True)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="created_groups")
    snap = models.CharField(
        max_length=100, blank=True, editable=False, help_text="The stored file with the group's picture."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    dissolved_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = GroupQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        """Of those who are members now."""
        return self.filter(until_id=None)

    def ended(self) -> "MembershipQuerySet":
        """Of those who were members, and left."""
        return self.filter(until_id__isnull=False)


class Membership(models.Model):
    """One stay of one person in one group: from one place in the log to another.

    Who left and came back has two. Whoever was a member at a place in the log may read what stands there.

    `last_id`: the log has nothing of the group in this stay after that id. It is known once the stay is over,
    0 if nothing stands in it. So what waits for a person is found without looking into every stay there was.
    """

    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    since_id = models.BigIntegerField(editable=False)
    until_id = models.BigIntegerField(null=True, editable=False)
    # The database's default, too: a process of an earlier version ends stays that are looked into.
    last_id = models.BigIntegerField(default=ANY_ID, db_default=ANY_ID, editable=False)

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
                fields=["group", "user", "last_id"],
                condition=models.Q(until_id__isnull=False),
                name="ended_stays_in_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
