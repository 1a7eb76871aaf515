"""What must be kept, and what was forgotten."""

from django.conf import settings
from django.db import models

from log.models import Group

REASON_LENGTH = 1000
FOREIGN_ID_LENGTH = 100


class Hold(models.Model):
    """A legal hold: nothing of the person, or of the group, is pruned or erased while it is there. `made_by`:
    the audit log's name of the actor."""

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
    """That a person, or a message, was erased. `target`: `u:<userid>` or `m:<id>`. `finished_at`: when all of
    it was done; empty while something may be left. `is_queued`: a server does it in the background.
    `claimed_at`: when a process has last said that it is at it."""

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
    """Under which name the directory of another product knows a group. It stays with a dissolved group."""

    foreign_id = models.CharField(primary_key=True, max_length=FOREIGN_ID_LENGTH)
    group = models.OneToOneField(Group, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.foreign_id


class OwnExport(models.Model):
    """A copy of their data that a person has asked for. `name`: of its file, a new one for each attempt.
    `claimed_at`: the last heartbeat of the process that makes it. `size`: of the file; of one for which there
    was no space, how much it needs at least. `failure`: why there is none."""

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
    """That a person wants to be erased. `promised_at`: when, as the person was told. `due_at`: when it is
    tried next. `begun_at`: from then on the person cannot keep the account."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    begun_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"deletion of {self.user_id}"
