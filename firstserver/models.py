"""The record of a finished import."""

from django.db import models

SOURCE_LENGTH = 500


class FinishedImport(models.Model):
    """At most one row, written in the transaction that imported the first server's data."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    finished_at = models.DateTimeField(auto_now_add=True)
    people = models.BigIntegerField()
    groups = models.BigIntegerField()
    messages = models.BigIntegerField()
    # As returned by `source.database_address`.
    source = models.CharField(max_length=SOURCE_LENGTH, default="", db_default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_finished_import")]

    def __str__(self) -> str:
        return f"{self.people:,} people, {self.groups:,} groups and {self.messages:,} messages"
