"""The notification state of people and of their browsers, and which messages may not have reached everybody.
Times are seconds since 1970."""

from django.conf import settings
from django.db import models

from log.models import Group


class Person(models.Model):
    """`told_id`: the position up to which the person was notified of what had not reached them. It never
    falls. `quiet_from`, `quiet_to`: minutes of a day, between which nothing is told; empty: there are no such
    hours. `quiet_zone`: where these hours are meant."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    told_id = models.BigIntegerField(default=0)
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_to = models.PositiveSmallIntegerField(null=True)
    quiet_zone = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} told up to {self.told_id}"


class PushSubscription(models.Model):
    """A browser that wants to be woken. `url`: of the browser's maker, with a secret in it. `digest`: of the
    URL. `host`: of the URL, with the port; empty if a version that did not know it has stored the row.
    `failures`: how often in a row it could not be reached. `has_answered`: whether it ever was reached.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    url = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=300, blank=True, default="", db_default="")
    failures = models.PositiveSmallIntegerField(default=0)
    has_answered = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"a browser of {self.user_id}"


class PushKey(models.Model):
    """The key by which push services know this installation: one row, created on first use."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    private = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_push_key")]

    def __str__(self) -> str:
        return "the push key"


class Waiting(models.Model):
    """Where somebody has written: to a person, or in a group. There is one row for all that is written there
    until it is looked at, however many members the group has.

    `first_id`, `last_id`: the first and the last message that nobody has looked at. `due_at`: when to look
    who has not got them.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    group = models.OneToOneField(Group, models.CASCADE, null=True, related_name="+")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    due_at = models.FloatField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], name="waiting_due")]

    def __str__(self) -> str:
        return f"{self.first_id} to {self.last_id} for {self.user_id or self.group_id}"


class Pending(models.Model):
    """Somebody who is to be told of what they have not got. `since_id`: of what comes after it. `due_at`: not
    before, because of quiet hours."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    since_id = models.BigIntegerField()
    due_at = models.FloatField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], name="pending_due")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since_id}"
