"""The log: every message and every change of membership, in the order they happened."""

from django.conf import settings
from django.db import models

from chat.protocol.events import GROUP, KINDS, NOTICE, UNICAST, Entry
from groups.models import Group


class Message(models.Model):
    """One row of the log. Ids rise in the order of commits, and so does `timet`; `log.append` sees to both
    and is the only way in. Rows are never changed."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in (*KINDS, NOTICE)])
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, db_index=False, related_name="+")
    content = models.TextField()
    extension = models.TextField(blank=True)
    timet = models.BigIntegerField("time", help_text="Whole seconds since 1970.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipient=None) ^ models.Q(group=None), name="to_a_person_or_a_group"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "id"], name="unicast_backlog"),
            models.Index(fields=["group", "id"], name="group_backlog"),
            models.Index(fields=["sender", "recipient", "id"], name="unicast_history"),
            models.Index(fields=["timet"], name="first_of_a_second"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Installation(models.Model):
    """This installation: one row, made on first use. See `chat.delivery.installation`."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    key = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return "this installation"


ENTRY_FIELDS = ("id", "kind", "sender_id", "recipient_id", "group_id", "content", "extension", "timet")


def as_entry(
    id: int,
    kind: str,
    sender_id: str | None,
    recipient_id: str | None,
    group_id: int | None,
    content: str,
    extension: str,
    timet: int,
) -> Entry:
    """A row's ENTRY_FIELDS as the rest of chat handles them."""
    to, type_ = (str(group_id), GROUP) if recipient_id is None else (recipient_id, UNICAST)
    return Entry(id, kind, sender_id or "", to, type_, content, extension, timet)
