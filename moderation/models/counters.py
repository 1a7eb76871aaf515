"""What the dashboard shows: how much is written, and which processes run."""

from django.db import models

NAME_LENGTH = 32


class Minute(models.Model):
    """How many messages were accepted in a minute. `minute`: whole minutes since 1970."""

    minute = models.BigIntegerField(primary_key=True)
    messages = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.messages} messages in minute {self.minute}"


class GroupHour(models.Model):
    """How many messages were written to a group in an hour. `hour`: whole hours since 1970."""

    hour = models.BigIntegerField()
    # Not a foreign key: the counter may outlive the group by hours, and nothing depends on it.
    group = models.BigIntegerField()
    messages = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["hour", "group"], name="one_count_each_hour")]
        indexes = [models.Index(fields=["hour", "-messages"], name="busiest_of_an_hour")]

    def __str__(self) -> str:
        return f"{self.messages} messages to group {self.group} in hour {self.hour}"


class Process(models.Model):
    """A process that serves sockets, as it last said. `people`: those connected to it; `online`: those who
    are online anywhere, as far as it knows. `cursor`: up to which row of the log it has told its sockets.
    `waiting`: messages that it has accepted and not written yet. `stalls`: how often it stood still.
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
