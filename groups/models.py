"""What groups keep about themselves. Groups and their members are tables of the log."""

from django.conf import settings
from django.db import models

from log.models import Group


class Confirmation(models.Model):
    """The person has confirmed the notice that the group got at this position in the log."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="confirmations", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    notice_id = models.BigIntegerField()
    confirmed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "user", "notice_id"], name="confirmed_once")]

    def __str__(self) -> str:
        return f"{self.user_id} has confirmed {self.notice_id}"


class GroupLink(models.Model):
    """People who follow the link with this code join the group. The code is stored as it is: managers of the
    group pass it on again, and it opens this group only. `uses`: how many have followed it. A link is deleted
    to end it."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="links")
    code = models.CharField(max_length=32, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, help_text="Empty: never.")
    max_uses = models.PositiveIntegerField(null=True, help_text="Empty: as often as people like.")
    uses = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"link {self.pk} to {self.group_id}"


class JoinRequest(models.Model):
    """Somebody has followed a link to a group and waits for a manager of the group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="join_requests", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.user_id} asks to join {self.group_id}"
