"""The notification state of people and of their browsers, and which messages may not have reached everybody.
Times are seconds since 1970."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from log.models import Group


class Person(models.Model):
    """`told_id`: the position up to which the person was notified of what had not reached them. It never
    falls. `quiet_from`, `quiet_to`: minutes of a day, between which nothing is told; empty: there are no such
    hours. `quiet_zone`: where these hours are meant. `push_text`: pushes to devices show texts of
    messages."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    told_id = models.BigIntegerField(default=0)
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_to = models.PositiveSmallIntegerField(null=True)
    quiet_zone = models.CharField(max_length=64, blank=True)
    push_text = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} told up to {self.told_id}"


class PushDevice(models.Model):
    """A browser or a device that is woken. `name`: what it is called among those of its person. `provider`:
    the name of what reaches it. `token`: by which the provider's service knows it; a secret. `digest`: of all
    by which it is known there, so that it wakes one person only. `host`: of that service, with the port.
    `app`, `language`, `time_zone`, `key`: what the app has said of itself; empty for browsers. `login`: the
    login by which it was registered, as `account_status` calls it; empty: it ends with none. `failures`: how
    often in a row it could not be reached. `has_answered`: whether it ever was reached. `pushed_at`: when,
    for the last time; 0: never.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("device"), max_length=64)
    provider = models.CharField(_("provider"), max_length=20)
    token = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    host = models.CharField(_("host"), max_length=300)
    app = models.CharField(_("app"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=35, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    key = models.CharField(max_length=43, blank=True)
    login = models.CharField(max_length=32, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    has_answered = models.BooleanField(default=False)
    pushed_at = models.FloatField(default=0)

    class Meta:
        default_permissions = ("view", "delete")
        verbose_name = _("push device")
        verbose_name_plural = _("push devices")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="push_device_of_each_name")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.name}"


class PushKey(models.Model):
    """The key by which push services know this installation: one row, created on first use."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    private = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_push_key")]

    def __str__(self) -> str:
        return "the push key"


class Waiting(models.Model):
    """Where somebody has written: to a person, or in a group. There is one row for all that is written there
    until it is looked at, however many members the group has.

    `first_id`, `last_id`: the first and the last message that nobody has looked at. `due_at`: when to look
    who has not got them. `prompt_at`: when to look which of them are offline; null: they were notified.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    group = models.OneToOneField(Group, models.CASCADE, null=True, related_name="+")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    due_at = models.FloatField()
    prompt_at = models.FloatField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["due_at"], name="waiting_due"),
            models.Index(fields=["prompt_at"], name="waiting_prompt"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} to {self.last_id} for {self.user_id or self.group_id}"


class Pending(models.Model):
    """A person who is to be notified of unseen messages. `since_id`: of what comes after it. `due_at`: not
    before, because of quiet hours."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    since_id = models.BigIntegerField()
    due_at = models.FloatField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], name="pending_due")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since_id}"
