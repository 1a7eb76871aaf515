"""Bots: a program that has the secret of one writes in one group."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from log.models import Group

NAME_LENGTH = 64


class Hook(models.Model):
    """A bot, without its secret and the end of its address for Slack's payloads. Bots are revoked, not
    deleted. `bot`: the account that writes, a member of the group. The class keeps its old name,
    which permissions and addresses of the admin have as well."""

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
    # Of what only writes: it stands in addresses, which logs hold.
    address_digest = models.CharField(max_length=64, unique=True, editable=False)
    # Signs what its commands are called with; empty until it has one.
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

    # Known only when the bot was just made. They are not stored.
    token = ""
    address_token = ""

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        # An erasure takes the name.
        return self.name or self.bot_id

    @property
    def details(self) -> dict[str, str]:
        """What the audit log says of it."""
        return {"name": self.name, "userid": self.bot_id}


class SlashCommand(models.Model):
    """A text `/name` in the group of the bot is sent to `url`, and what that answers is shown."""

    hook = models.ForeignKey(Hook, models.CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=32)
    url = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["hook", "name"], name="command_once")]

    def __str__(self) -> str:
        return f"/{self.name} of {self.hook_id}"


class SlashCall(models.Model):
    """A command that was called: whoever has the secret of `digest` may answer `left` times until
    `expires_at`. `message_id`: the text that calls it, of the person `userid`."""

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
