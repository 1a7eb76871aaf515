"""What was noted of API keys today."""

from django.db import models

# A userid, a line end, and another userid; or an address.
SUBJECT_LENGTH = 160


class KeyUse(models.Model):
    """The audit log has a line of this key, this day (in UTC) and this subject: an address from which it was
    used, or a conversation that was read with it. Rows of past days are removed."""

    day = models.DateField()
    key = models.CharField(max_length=16)
    subject = models.CharField(max_length=SUBJECT_LENGTH)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "key", "subject"], name="noted_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} on {self.day}"
