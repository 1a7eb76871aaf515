"""Legal holds, erasures, and people's requests about their own data."""

from django.conf import settings
from django.db import models

from log.models import Group

REASON_LENGTH = 1000
FOREIGN_ID_LENGTH = 100


class Hold(models.Model):
    """A legal hold: while it exists, no data of the person or of the group is pruned or erased. `made_by`:
    the actor's name in the audit log."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    group = models.OneToOneField(Group, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    made_by = models.CharField(max_length=72)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None) ^ models.Q(group=None), name="of_a_person_or_a_group"
            )
        ]

    def __str__(self) -> str:
        return f"hold of {self.user_id or self.group_id}"


class Erasure(models.Model):
    """The erasure of a person or a message. `target`: `u:<userid>` or `m:<id>`. `finished_at`: None until
    everything is erased. `is_queued`: a server erases in the background. `claimed_at`: the last heartbeat of
    the process that erases."""

    target = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    is_queued = models.BooleanField(default=False, db_default=False)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(is_queued=True, finished_at=None), name="erasures_to_do"
            )
        ]

    def __str__(self) -> str:
        return f"erasure of {self.target}"


class DirectoryGroup(models.Model):
    """The id by which another product's directory knows a group. A dissolved group keeps it."""

    foreign_id = models.CharField(primary_key=True, max_length=FOREIGN_ID_LENGTH)
    group = models.OneToOneField(Group, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.foreign_id


class OwnExport(models.Model):
    """A copy of their data that a person has requested. `name`: the file's name, a new one for each attempt.
    `claimed_at`: the last heartbeat of the process that makes it. `size`: of the file; if there was no space,
    the least that it needs. `failure`: why the copy has failed."""

    WAITING, MAKING, DONE, FAILED = "waiting", "making", "done", "failed"
    ERROR, NO_SPACE, TOO_LARGE = "error", "no_space", "too_large"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    state = models.CharField(max_length=8, default=WAITING)
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=32, default="")
    size = models.BigIntegerField(null=True)
    failure = models.CharField(max_length=16, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(max_length=16)
    zone = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"export of {self.user_id}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.WAITING, self.MAKING)


class OwnDeletion(models.Model):
    """A person's request to be erased. `promised_at`: the date that the person was given. `due_at`: the time
    of the next attempt. `begun_at`: after this time the person cannot cancel."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    begun_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"deletion of {self.user_id}"
