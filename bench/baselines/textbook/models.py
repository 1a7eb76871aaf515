"""The two tables of the textbook server."""

from typing import ClassVar

from django.db import models


class Membership(models.Model):
    """One person's membership of one group."""

    group = models.BigIntegerField()
    userid = models.CharField(max_length=64, db_index=True)

    objects: ClassVar[models.Manager["Membership"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.userid} in {self.group}"


class ChatMessage(models.Model):
    """One message."""

    kind = models.CharField(max_length=10)
    sender = models.CharField(max_length=64)
    to = models.CharField(max_length=64, db_index=True)
    type = models.CharField(max_length=10)
    content = models.TextField()
    extension = models.TextField(blank=True)
    time = models.BigIntegerField()

    objects: ClassVar[models.Manager["ChatMessage"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
