"""Messages that may not have reached everybody. Times are seconds since 1970."""

from django.conf import settings
from django.db import models

from groups.models import Group


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
