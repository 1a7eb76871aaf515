"""The dashboard's data: counts of messages, and running processes."""

from django.db import models

NAME_LENGTH = 32


class Minute(models.Model):
    """The number of messages accepted in a minute. `minute`: whole minutes since 1970."""

    minute = models.BigIntegerField(primary_key=True)
    messages = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.messages} messages in minute {self.minute}"


class GroupHour(models.Model):
    """The number of messages to a group in an hour. `hour`: whole hours since 1970."""

    hour = models.BigIntegerField()
    # Not a foreign key: the count may outlive the group by hours, and nothing depends on it.
    group = models.BigIntegerField()
    messages = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["hour", "group"], name="one_count_each_hour")]
        indexes = [models.Index(fields=["hour", "-messages"], name="busiest_of_an_hour")]

    def __str__(self) -> str:
        return f"{self.messages} messages to group {self.group} in hour {self.hour}"


class Process(models.Model):
    """A process that serves sockets, at its last heartbeat. `people`: connected to it; `online`: online in
    any process, as far as it knows. `cursor`: id of the last log row delivered to its sockets. `waiting`:
    accepted messages not written yet. `stalls`: how often its event loop stalled.
    """

    name = models.CharField(primary_key=True, max_length=NAME_LENGTH)
    number = models.PositiveIntegerField(help_text="The id that the system gave it.")
    host = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    connections = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    online = models.PositiveIntegerField()
    cursor = models.BigIntegerField()
    waiting = models.PositiveIntegerField()
    stalls = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"process {self.name}"
