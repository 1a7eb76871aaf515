"""The log: every message, every change of membership or standing, in the order in which they happened."""

import json
from collections.abc import Sequence

from django.conf import settings
from django.db import models

from accounts.compact import compact_text
from accounts.standing import Change
from chat.protocol.rows import KINDS, NOTICE, STANDING, Entry, MembershipNotice, Row, StandingChange
from groups.models import Group


class Message(models.Model):
    """One row of the log. Ids rise in the order of commits, and `timet` never falls. `chat.log` ensures both,
    and nothing else appends rows. Rows are never changed."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in (*KINDS, NOTICE, STANDING)])
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
    """This installation: one row, created on first use. See `chat.delivery.installation`."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    key = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return "this installation"


class NewestLogin(models.Model):
    """The last login of a person for whom only the newest connection gets messages.

    `number` counts the person's logins. `process` is the process of the last one, `previous` that of the one
    before.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField()
    process = models.CharField(max_length=32)
    previous = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"login {self.number} of {self.user_id}"


ROW_FIELDS = ("id", "kind", "sender_id", "recipient_id", "group_id", "content", "extension", "timet")


def as_row(
    id: int,
    kind: str,
    sender_id: str | None,
    recipient_id: str | None,
    group_id: int | None,
    content: str,
    extension: str,
    timet: int,
) -> Row:
    """The row with these ROW_FIELDS, as the rest of chat uses it."""
    if kind == NOTICE:
        assert group_id is not None
        return as_notice(id, group_id, content, timet)
    if kind == STANDING:
        assert recipient_id is not None
        return as_standing(id, recipient_id, content, timet)
    to = recipient_id if group_id is None else group_id
    assert sender_id is not None
    assert to is not None
    return Entry(id, kind, sender_id, to, content, extension, timet)


def as_notice(id: int, group_id: int, content: str, timet: int) -> MembershipNotice:
    """The notice with a content that `notice_content` made."""
    change = json.loads(content)
    return MembershipNotice(id, group_id, tuple(change["joined"]), tuple(change["left"]), timet)


def notice_content(joined: Sequence[str], left: Sequence[str]) -> str:
    """The content that stores a change of membership in the log."""
    return json.dumps({"joined": joined, "left": left}, ensure_ascii=False)


def as_standing(id: int, userid: str, content: str, timet: int) -> StandingChange:
    """The row with a content that `standing_content` made."""
    return StandingChange(id, userid, Change(**json.loads(content)), timet)


def standing_content(change: Change) -> str:
    """The content that stores a change of standing in the log: what changes."""
    values = {"muted": change.muted, "locked": change.locked, "ended": change.ended or None}
    return compact_text({name: value for name, value in values.items() if value is not None})
