"""Moderators for tests, and the results of their actions."""

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from log.models import Message
from moderation.models import AuditEntry
from moderation.moderators import ALL_PERMISSIONS, Moderator
from moderation.roles import make_roles

MODERATOR = Moderator("moderator", "192.0.2.1", ALL_PERMISSIONS)
# A moderator without permissions.
NOBODY = Moderator("charlie", "192.0.2.2")
REASON = "because"
DESK = "im66-desk"
_TABLE = AuditEntry._meta.db_table


def staff(userid: str, role: str) -> User:
    """Return a user with the role. Roles are recreated if a test has emptied the database."""
    make_roles(apps)
    user = User.objects.create_user(userid, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def empty_audit_log() -> None:
    """Remove the permanent entries of earlier tests, which nothing else removes."""
    if not AuditEntry.objects.exists():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {_TABLE} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM {_TABLE}")
            cursor.execute(f"ALTER TABLE {_TABLE} ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND type = 'trigger'", [_TABLE]
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(f"DELETE FROM {_TABLE}")
        for _, statement in triggers:
            cursor.execute(statement)


def audit_log() -> QuerySet[AuditEntry]:
    """Return the audit log, oldest first, without the entries about API keys."""
    return AuditEntry.objects.exclude(action__startswith="key.").order_by("pk")


def key_lines() -> list[tuple[str, str, str]]:
    """Return the entries about API keys, oldest first: actor, action, target."""
    rows = AuditEntry.objects.filter(action__startswith="key.").order_by("pk")
    return list(rows.values_list("actor", "action", "target"))


def entries() -> list[tuple[str, str]]:
    """Return the actions and targets in the audit log, oldest first."""
    return list(audit_log().values_list("action", "target"))


def last_entry() -> AuditEntry:
    entry = audit_log().last()
    assert entry
    return entry


def notices_to(userid: str) -> list[str]:
    """Return the service messages to the person, oldest first."""
    rows = Message.objects.filter(sender=DESK, recipient=userid).order_by("id")
    return list(rows.values_list("content", flat=True))


def row_of(entry: AuditEntry) -> Message:
    """Return the row of the log that belongs to the entry."""
    assert entry.log_id
    return Message.objects.get(pk=entry.log_id)
