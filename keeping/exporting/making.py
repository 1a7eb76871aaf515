"""Makes an export from one snapshot of the database, while people go on writing."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import User
from chat.reading.snapshot import snapshot
from keeping.acting import COMMAND
from keeping.backups.files import atomic_file
from keeping.backups.progress import Progress
from keeping.errors import MaintenanceRefused
from keeping.exporting import account_status, lines, machine, person, rendering, shapes
from keeping.exporting.archive import Archive
from keeping.exporting.files import Files
from keeping.exporting.sheets import Sheets
from keeping.exporting.talks import count_rows, talks_of
from log.reach import rules_of
from moderation import audit
from moderation.actions.acting import person_target
from moderation.audit import Actor
from uploads.disk_space import Quota

ME, INDEX = "me.json", "index.html"


class Exported(NamedTuple):
    conversations: int
    messages: int
    files: int
    bytes: int


def export(
    userid: str,
    target: Path,
    version: str,
    progress: Progress,
    reason: str,
    by: Actor = COMMAND,
    quota: Quota | None = None,
) -> Exported:
    """Export the person's data to the file `target`, which must not exist. Record the export and its reason
    in the audit log first.

    Raises MaintenanceRefused, OSError and DatabaseError, and then leaves no file.
    """
    if not User.objects.filter(pk=userid).exists():
        raise MaintenanceRefused(f"There is nobody with the userid {userid}.")
    with atomic_file(target, quota) as file:
        audit.record(by, account_status.EXPORTED, person_target(userid), reason)
        made = timezone.localtime()
        with snapshot(), Archive(file, made) as archive:
            _disable_idle_timeout()
            return _write_content(archive, User.objects.get(pk=userid), made, version, progress)


def _disable_idle_timeout() -> None:
    """Switch off the idle timeout of the transaction: no statement runs while a large file is copied."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _write_content(
    archive: Archive, user: User, made: datetime, version: str, progress: Progress
) -> Exported:
    sheets = Sheets(user.pk, archive)
    avatar = sheets.files.picture(user.avatar) or user.avatar
    with progress("messages", count_rows(user.pk)) as advance:
        conversations = [sheets.write(talk, advance) for talk in talks_of(user.pk)]
    me = _describe(user, avatar, made, version, conversations, sheets.files)
    archive.add(ME, machine.encode(me))
    archive.add(INDEX, rendering.index(me))
    archive.add(rendering.STYLE, rendering.style())
    messages = sum(conversation.messages for conversation in conversations)
    return Exported(len(conversations), messages, sheets.files.count, sheets.files.bytes)


def _describe(
    user: User,
    avatar: str,
    made: datetime,
    version: str,
    conversations: list[shapes.Conversation],
    files: Files,
) -> shapes.PersonRecord:
    userid = user.pk
    return shapes.PersonRecord(
        format=shapes.FORMAT,
        made=made,
        version=version,
        profile=person.profile_of(user, avatar),
        groups=account_status.periods_of(userid),
        muted_in_groups=account_status.mutes_of(userid),
        devices=person.devices_of(userid),
        push_devices=person.push_devices_of(userid),
        logins=person.logins_of(userid),
        addresses=person.addresses_of(userid),
        blocked=person.blocked_by(userid),
        privacy=rules_of(userid),
        contacts=person.contacts_of(userid),
        contact_requests=person.contact_requests_of(userid),
        reports=account_status.reports_by(userid),
        standing=account_status.account_status_of(userid),
        audit=account_status.decisions_about(userid),
        held=account_status.held_of(userid),
        invitations=person.invitations_of(userid),
        bots=person.bots_of(userid),
        stars=lines.stars_of(userid),
        stickers=lines.stickers_of(userid, files),
        conversations=conversations,
    )
