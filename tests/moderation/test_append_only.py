"""The database keeps the audit log: entries are added, and nothing else is done to them."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from moderation import audit
from moderation.models import AuditEntry
from moderation.moderators import Moderator

pytestmark = pytest.mark.django_db

MODERATOR = Moderator("moderator", "192.0.2.1")
TABLE = AuditEntry._meta.db_table


@pytest.fixture
def entry(db: None) -> AuditEntry:
    return audit.record(MODERATOR, "person.mute", "u:bob", "spam", 7, until=None)


def refuses(statement: str, *values: int | str) -> None:
    """The database does, and everything is as before."""
    before = list(AuditEntry.objects.values())
    refused = pytest.raises(IntegrityError, match="only added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert list(AuditEntry.objects.values()) == before


def test_audit_entry_is_stored_with_all_fields(entry: AuditEntry) -> None:
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor, stored.address, stored.action) == ("moderator", "192.0.2.1", "person.mute")
    assert (stored.target, stored.reason, stored.log_id) == ("u:bob", "spam", 7)
    assert stored.details == {"until": None}


def test_audit_entry_cannot_be_updated(entry: AuditEntry) -> None:
    refuses(f"UPDATE {TABLE} SET reason = 'another' WHERE id = %s", entry.pk)


def test_audit_entry_cannot_be_deleted(entry: AuditEntry) -> None:
    refuses(f"DELETE FROM {TABLE} WHERE id = %s", entry.pk)
    refuses(f"DELETE FROM {TABLE}")


def test_audit_entry_cannot_be_updated_through_its_model(entry: AuditEntry) -> None:
    entry.reason = "another"
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        entry.delete()


def test_audit_entry_cannot_be_replaced(entry: AuditEntry) -> None:
    fields = "id, time, actor, action, target, reason, address, log_id, details"
    same = f"({fields}) SELECT {fields} FROM {TABLE} WHERE id = %s"
    if connection.vendor == "postgresql":
        refuses(f"INSERT INTO {TABLE} {same} ON CONFLICT (id) DO UPDATE SET reason = 'another'", entry.pk)
    else:
        refuses(f"INSERT OR REPLACE INTO {TABLE} {same}", entry.pk)


def test_audit_log_cannot_be_emptied(entry: AuditEntry) -> None:
    refuses(f"TRUNCATE {TABLE} CASCADE" if connection.vendor == "postgresql" else f"DELETE FROM {TABLE}")


@pytest.mark.django_db(transaction=True)
def test_database_flush_keeps_audit_log() -> None:
    User.objects.create_user("bob")
    entry = audit.record(MODERATOR, "person.mute", "u:bob", "spam")
    call_command("flush", interactive=False, verbosity=0)
    assert not User.objects.exists()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()
