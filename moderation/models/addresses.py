"""From where people have logged in."""

from django.conf import settings
from django.db import models

from moderation.models.audit import ADDRESS_LENGTH


class LastAddress(models.Model):
    """An address from which a person has logged in on a socket, and when they did first and last. `first_at`:
    NULL if an earlier version has noted it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=ADDRESS_LENGTH)
    first_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="once_for_each_address")]
        indexes = [models.Index(fields=["address", "-seen_at"], name="who_came_from_address")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.address}"
