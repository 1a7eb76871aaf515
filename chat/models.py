"""The tables of chat besides the log."""

from django.conf import settings
from django.db import models


class Installation(models.Model):
    """The identity of this installation: one row, created on first use. See
    `chat.delivery.cluster.installation`.

    `kept_log`: the name that the log had before it was moved into this database; empty if it was not.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    key = models.CharField(max_length=64)
    kept_log = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return "this installation"


class NewestLogin(models.Model):
    """The last login of a person for whom only the newest connection gets messages.

    `number` counts the person's logins. `process` is the process of the last login, `previous` that of the
    login before it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField()
    process = models.CharField(max_length=32)
    previous = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"login {self.number} of {self.user_id}"


class LinkPreview(models.Model):
    """The preview of the page to which the message `message_id` links. `picture`: the path of the stored
    copy. It is not shown if the message was edited or recalled since."""

    # Not a foreign key, like in all tables about messages.
    message_id = models.BigIntegerField(primary_key=True)
    url = models.TextField()
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=300)
    site = models.CharField(max_length=60)
    picture = models.CharField(max_length=300)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.site} below {self.message_id}"

    @property
    def fields(self) -> dict[str, str]:
        """The preview as clients get it, with the stored path of the picture instead of its URL."""
        names = ("url", "title", "description", "site", "picture")
        return {name: value for name in names if (value := getattr(self, name))}


class ContactRequest(models.Model):
    """A request of `sender` that `recipient` and they become contacts. `asked_at`: seconds since 1970.
    `state`: see `chat.services.contacts`."""

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10)
    asked_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "recipient"], name="asked_contact_once")]

    def __str__(self) -> str:
        return f"{self.sender_id} asks {self.recipient_id}"


class Device(models.Model):
    """A device that its person has named. `acked_id`: the last row that it has acknowledged."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=64)
    acked_id = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_of_each_name")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class LogReader(models.Model):
    """The cursor of a reader that follows the log at its own pace. See `chat.readers.reader`."""

    name = models.CharField(max_length=32, primary_key=True)
    cursor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.cursor}"


class Pruned(models.Model):
    """The row up to which the log was pruned. `place`: the id of a group with a retention period of its own;
    0 for everything else. `upto_id` never decreases. Rows under a legal hold are kept all the same."""

    place = models.BigIntegerField(primary_key=True)
    upto_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.place or 'the log'} up to {self.upto_id}"
