"""Endpoints, and deliveries to endpoints and devices. Times are seconds since 1970."""

import base64
import secrets
from datetime import UTC, datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names.userids import is_userid
from notifications.events import NOTICE, EventScope

STANDARD, FIRST_SERVER = "standard", "first_server"

_SECRET_BYTES = 24
# The new secret and the old one, during a rotation.
MAX_SECRETS = 2
_PREFIX = "whsec_"


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def secret_key(secret: str) -> bytes:
    """Return the key that the secret encodes. Raises ValueError."""
    if not secret.startswith(_PREFIX):
        raise ValueError("a secret begins with whsec_")
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def validate_secret(value: str) -> None:
    try:
        keys = [secret_key(secret) for secret in value.split()]
        if not 1 <= len(keys) <= MAX_SECRETS or not all(_SECRET_BYTES <= len(key) <= 64 for key in keys):
            raise ValueError
    except ValueError:
        raise ValidationError(
            gettext("whsec_ and 24 to 64 bytes in base64; two with a space between them during a rotation.")
        ) from None


def validate_url(value: str) -> None:
    if not value.startswith(("https://", "http://")):
        raise ValidationError(gettext("A URL that begins with https:// or http://."))


def normalized_conversations(value: str) -> str:
    """Return the conversations as they are stored: groups without `g:`, which earlier versions read, and
    people with `u:`. Raises ValidationError."""
    conversations = [word.removeprefix("g:") for word in value.split()]
    for word in conversations:
        is_person = word.startswith("u:") and is_userid(word[2:])
        if not is_person and not (word.isascii() and word.isdigit()):
            raise ValidationError(
                gettext("g: with ids of groups, u: with userids, with spaces between them.")
            )
    return " ".join(dict.fromkeys(conversations))


def validate_groups(value: str) -> None:
    normalized_conversations(value)


def expiry(now: float) -> float:
    """Return the time after which a delivery created now is not retried."""
    hours: int = settings.IM66.webhook_hours
    return now + hours * 3600


class Endpoint(models.Model):
    """A URL that gets events. `kind`: the name of its provider. `groups`: see `normalized_conversations`.
    `replay_after`: the events of rows after this id and up to `replay_upto` are sent again; None: no
    replay."""

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        default=STANDARD,
    )
    url = models.TextField("URL", validators=[validate_url])
    secret = models.CharField(
        _("secret"),
        max_length=200,
        default=new_secret,
        validators=[validate_secret],
        help_text=_("Signs each request, so that the receiver can verify the sender."),
    )
    events = models.CharField(
        _("events"), max_length=1000, default=NOTICE, help_text=_("The events that it gets, by name.")
    )
    groups = models.TextField(
        _("conversations"),
        blank=True,
        validators=[validate_groups],
        help_text=_(
            "g:7 for a group, u:alice for what is between Alice and others. Empty: all conversations. "
            "It limits what happens in conversations: messages, reactions, members, groups."
        ),
    )
    with_text = models.BooleanField(
        _("with text"), default=False, help_text=_("Whether events include the texts of messages.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Without it, nothing new is sent.")
    )
    replay_after = models.BigIntegerField(null=True, editable=False)
    replay_upto = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")

    def __str__(self) -> str:
        return self.name

    @property
    def conversations(self) -> list[str]:
        """The conversations with `g:` or `u:`, as everywhere outside of this table."""
        return [name if name.startswith("u:") else f"g:{name}" for name in self.groups.split()]

    def wants(self, event: str) -> bool:
        return event in self.events.split()

    def is_about(self, scope: EventScope) -> bool:
        """Whether the endpoint gets events of this conversation."""
        if not self.groups or scope.to is None:
            return True
        chosen = self.groups.split()
        if scope.people:
            return any(f"u:{userid}" in chosen for userid in scope.people)
        return not chosen or str(scope.to) in chosen


class Delivery(models.Model):
    """An event to be sent to an endpoint or to another target of a provider. It is removed on arrival, but a
    delivery to an endpoint is kept for a while, with `is_dead` and `arrived_at`.

    `target_kind`: the name of the provider. `target_id`: the provider's id of the target; null for an
    `endpoint`.

    Deliveries with the same `key` to one endpoint are sent in order: the next one after the previous one has
    arrived or is dead, regardless of its own `due_at`. `log_id`: the id of the event's row; for a notice, of
    its last message; 0 for an event without a row. `body`: data that the log does not have. `lane`: the lane
    of a push; empty for an endpoint.
    """

    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, null=True, db_index=False, related_name="+", verbose_name=_("endpoint")
    )
    target_kind = models.CharField(_("kind"), max_length=20, blank=True, default="")
    target_id = models.BigIntegerField(null=True)
    event = models.CharField(_("event"), max_length=20)
    key = models.CharField(_("conversation"), max_length=140)
    lane = models.CharField(max_length=450, blank=True, default="", db_default="")
    log_id = models.BigIntegerField(_("log id"))
    body = models.TextField(blank=True)
    made_at = models.FloatField()
    due_at = models.FloatField()
    expires_at = models.FloatField()
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    is_dead = models.BooleanField(_("given up"), default=False)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    arrived_at = models.FloatField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            # Only of endpoints: SQLite would search all pushes in this index for the next lane.
            models.Index(
                fields=["endpoint", "key", "id"],
                condition=models.Q(endpoint__isnull=False, is_dead=False),
                name="endpoint_in_order",
            ),
            models.Index(
                fields=["lane", "due_at", "key"],
                condition=models.Q(endpoint__isnull=True, is_dead=False),
                name="pushes_in_lanes",
            ),
            # A query for lanes must not imply this condition: without statistics, PostgreSQL would scan this
            # index.
            models.Index(
                fields=["target_id", "target_kind"],
                condition=models.Q(target_id__isnull=False),
                name="pushes_by_target",
            ),
            models.Index(fields=["id"], condition=models.Q(is_dead=True), name="dead_letters"),
            models.Index(
                fields=["endpoint", "id"],
                condition=models.Q(arrived_at__isnull=False),
                name="arrived_at_endpoint",
            ),
            models.Index(
                fields=["endpoint", "id"],
                condition=models.Q(is_dead=True, arrived_at=None),
                name="given_up_at_endpoint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.log_id}"

    @classmethod
    def due_now(cls, now: float, *, endpoint: Endpoint | None = None, **fields: Any) -> Self:
        """Return an unsaved delivery that is due at once. `endpoint`: its target, if it is an endpoint."""
        if endpoint is not None:
            fields |= {"endpoint": endpoint, "target_kind": endpoint.kind}
        return cls(made_at=now, due_at=now, expires_at=expiry(now), **fields)

    @property
    def state(self) -> str:
        if self.arrived_at is not None:
            return ARRIVED
        return DEAD if self.is_dead else WAITING

    @property
    def arrived(self) -> datetime | None:
        return None if self.arrived_at is None else datetime.fromtimestamp(self.arrived_at, UTC)

    @property
    def made(self) -> datetime:
        return datetime.fromtimestamp(self.made_at, UTC)

    @property
    def due(self) -> datetime:
        return datetime.fromtimestamp(self.due_at, UTC)


WAITING, DEAD, ARRIVED = "waiting", "dead", "arrived"
DEAD_LETTERS = models.Q(is_dead=True, arrived_at=None)
STATES = {WAITING: models.Q(is_dead=False), DEAD: DEAD_LETTERS, ARRIVED: models.Q(arrived_at__isnull=False)}
STATE_TITLES = {WAITING: _("waiting"), DEAD: _("given up"), ARRIVED: _("arrived")}


class Lease(models.Model):
    """The process that sends deliveries: `holder`, until `until`."""

    name = models.CharField(primary_key=True, max_length=32)
    holder = models.CharField(max_length=64)
    until = models.FloatField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
