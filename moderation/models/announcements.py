"""Texts that the operator sends to many people."""

from typing import Any

from django.db import models

from accounts.names.userids import MAX_LENGTH
from log.models import Group

NAME_LENGTH, FIELD_LENGTH, TEXT_LENGTH = 64, 64, 4000
RUNNING, STOPPED, DONE = "running", "stopped", "done"
STATES = ((RUNNING, "Running"), (STOPPED, "Stopped"), (DONE, "Done"))


class Announcement(models.Model):
    """A text for everybody, or for people who match all given filters: `group`, `field` with `value`, and
    `active_since`.

    `name`: given by the maker, so that a repeated request does not create it twice. `after`: people up to
    this userid have received it. `total`: recipients at the start; `sent`: recipients so far. `pushes`:
    whether it causes push notifications. `holder`, `held_until`: the claim of the process that sends it.
    """

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    text = models.TextField()
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+", db_index=False)
    field = models.CharField(max_length=FIELD_LENGTH, blank=True, default="")
    value: "models.JSONField[Any, Any]" = models.JSONField(null=True)
    active_since = models.DateTimeField(null=True)
    pushes = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=STATES, default=RUNNING)
    after = models.CharField(max_length=MAX_LENGTH, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True, default="")
    made_by = models.CharField(max_length=MAX_LENGTH + 8)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=64, blank=True, default="")
    held_until = models.FloatField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state=RUNNING), name="announcing"),
        ]

    def __str__(self) -> str:
        return self.name
