"""The notification state of people, their push devices, and messages that may be undelivered. Times are
seconds since 1970."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from log.models import Group


class Person(models.Model):
    """Notification settings of a person. `told_id`: the log position up to which the person was notified of
    undelivered messages; it never decreases. `quiet_from`, `quiet_to`: minutes of the day between which no
    notification is sent; null: no quiet hours. `quiet_zone`: the time zone of these hours. `push_text`:
    pushes to devices show texts of messages."""

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
    """A browser or a device that gets pushes. `name`: unique among the devices of its person. `provider`: the
    name of the provider that reaches it. `token`: identifies it at the provider's service; a secret.
    `digest`: of provider, app and token; unique, so that a device belongs to one person only. `host`: host
    and port of the service. `app`, `language`, `time_zone`, `key`: reported by the app; empty for browsers.
    `login`: the login that registered it, as in `account_status`, and with which it is removed; empty: it is
    kept. `failures`: failures in a row. `has_answered`: whether it was ever reached. `pushed_at`: the time of
    the last push; 0: none.
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
    """A person or a group with new messages whose delivery is not checked yet: one row each, however many
    messages and members there are.

    `first_id`, `last_id`: the first and the last unchecked message. `due_at`: when to check which recipients
    have not received them. `prompt_at`: when to check which of these are offline; null: offline people were
    notified.
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
    """A person to be notified of undelivered messages after `since_id`, not before `due_at` (quiet hours)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    since_id = models.BigIntegerField()
    due_at = models.FloatField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], name="pending_due")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since_id}"
