"""Bots, their slash commands, and calls of these."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from log.models import Group

NAME_LENGTH = 64


class Hook(models.Model):
    """A bot. Only digests of its two secrets are stored. Bots are revoked, not deleted. `bot`: its account, a
    member of the group. The class keeps its old name, because permissions and URLs of the admin contain
    it."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="+", verbose_name=_("group"))
    bot = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=_("bot"),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH, help_text=_("The name of the bot."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Of the secret in the write-only address for Slack's payloads, which logs of proxies may contain.
    address_digest = models.CharField(max_length=64, unique=True, editable=False)
    # Signs the calls of its slash commands; empty until it has one.
    signing_secret = models.CharField(max_length=64, default="", db_default="", editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    # Set only on a bot that was just created, because they are not stored.
    token = ""
    address_token = ""

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        # The erasure of a person blanks the names of the person's bots.
        return self.name or self.bot_id

    @property
    def details(self) -> dict[str, str]:
        """The bot's details in the audit log."""
        return {"name": self.name, "userid": self.bot_id}


class SlashCommand(models.Model):
    """A command `/name` in the bot's group. Its calls are sent to `url`, and the answers are shown."""

    hook = models.ForeignKey(Hook, models.CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=32)
    url = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["hook", "name"], name="command_once")]

    def __str__(self) -> str:
        return f"/{self.name} of {self.hook_id}"


class SlashCall(models.Model):
    """A call of a slash command. With the secret of `digest`, it can be answered `left` more times until
    `expires_at`. `message_id`: the message of `userid` that made the call."""

    digest = models.CharField(max_length=64, primary_key=True)
    hook = models.ForeignKey(Hook, models.CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=32)
    userid = models.CharField(max_length=64)
    message_id = models.BigIntegerField()
    left = models.PositiveSmallIntegerField()
    expires_at = models.FloatField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"/{self.name} in {self.message_id}"
