"""The model of calls with an idempotency key."""

from django.db import models

# Of a userid, and of a backend's key with the userid for whom it acts.
_USERID, _CALLER = 64, 100


class KeyedCall(models.Model):
    """An API call with an `Idempotency-Key`: its state and its answer. The key itself is not stored.

    `digest`: of caller, path and key. `fingerprint`: of the body. `run`: the attempt that may finish the
    call; `runs_until`: when that attempt counts as dead. `is_done`: a change of the call is committed.
    `status`: null until there is an answer. `size`: of head and body in bytes.
    """

    digest = models.CharField(max_length=64, unique=True)
    caller = models.CharField(max_length=_CALLER)
    userid = models.CharField(max_length=_USERID, db_index=True)
    fingerprint = models.CharField(max_length=64)
    run = models.CharField(max_length=32)
    runs_until = models.DateTimeField()
    is_done = models.BooleanField(default=False, db_default=False)
    status = models.SmallIntegerField(null=True)
    head = models.TextField(default="", db_default="")
    body = models.TextField(default="", db_default="")
    size = models.IntegerField(default=0, db_default=0)
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["caller", "-id"], name="latest_of_caller")]

    def __str__(self) -> str:
        return f"call of {self.caller} at {self.made_at}"
