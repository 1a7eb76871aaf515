"""Makes an empty place what another one was.

The database is marked until all is done. Only then is it known by a log of another name, so that clients
which have seen what came after the backup notice. What was about processes and browsers of the other place
is left behind.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from keeping import unfinished
from keeping.backups import databases, facts, media
from keeping.backups.archive import DATABASE, MEDIA, Digest, Part, Watched, chunks, parts
from keeping.backups.checking import Checked, read_manifest
from keeping.backups.files import hold
from keeping.backups.making import verify
from keeping.backups.manifest import Manifest
from keeping.backups.progress import Advance, Progress
from keeping.errors import MaintenanceRefused
from keeping.own import deletion

# Logins of browsers and sockets; finished exports, whose files no backup has; processes and their leases; and
# the key of the log's name, which is drawn again.
_LEFT_BEHIND = (
    "sessions.Session",
    "accounts.BrowserLogin",
    "accounts.SignInCode",
    "keeping.OwnExport",
    "chat.NewestLogin",
    "chat.Installation",
    "moderation.Process",
    "notifications.Lease",
)
_CHANGED = "It has been changed since it was verified: restore another one, or this one once more."


def restore(source: Path, progress: Progress, before_use: Callable[[], object] = lambda: None) -> Checked:
    """Restore the backup. Raises MaintenanceRefused, OSError, the database's errors, and what `before_use`
    raises: it is called when all is there.

    Before all of it has arrived, the place can neither serve nor be migrated, and this can be called again
    with the same backup.
    """
    with source.open("rb") as file:
        hold(file, str(source))
        _require_fit(read_manifest(file))
        begun = unfinished.restored_here()
        if begun is None:
            _require_empty()
        checked = verify(file, source.stat().st_size, progress)
        _begin(begun, checked)
        _put(file, checked, progress)
    call_command("migrate", interactive=False, verbosity=0)
    before_use()
    _finish()
    return checked


def _require_fit(manifest: Manifest) -> None:
    if manifest.database != databases.kind():
        raise MaintenanceRefused(
            f"It is of a place on {manifest.database}, and this one is on {databases.kind()}."
        )
    if newer := sorted(set(manifest.migrations) - databases.known_migrations()):
        raise MaintenanceRefused(
            f"It was made by a newer version of im66, {manifest.version}, which this one cannot read: "
            f"it has {newer[-1]}."
        )
    if not manifest.media_elsewhere and media.elsewhere():
        raise MaintenanceRefused(
            "It holds media, and this place keeps them in a bucket: set IM66_MEDIA_STORAGE=local."
        )


def _require_empty() -> None:
    if not databases.is_empty():
        raise MaintenanceRefused("The database is not empty: a backup is restored into a place of its own.")
    if not media.is_empty():
        raise MaintenanceRefused(
            f"{media.folder()} is not empty: a backup is restored into a place of its own."
        )


def _begin(begun: str | None, checked: Checked) -> None:
    """Mark the place. Raises MaintenanceRefused if the restore of another backup has begun here."""
    if begun not in (None, checked.name):
        raise MaintenanceRefused(
            "The restore of another backup has not finished here: empty the place first."
        )
    if not media.room_for(checked.seal.media_bytes):
        raise MaintenanceRefused(
            f"There is not enough room for the media: {checked.seal.media_bytes // 10**6} MB."
        )
    if begun is None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in unfinished.mark(checked.name):
                cursor.execute(statement)


def _put(file: IO[bytes], checked: Checked, progress: Progress) -> None:
    file.seek(0)
    total = checked.manifest.database_bytes + checked.seal.media_bytes
    digest = Digest()
    with progress("restoring", total) as advance:
        for part in parts(file):
            if part.name == DATABASE and not databases.is_loaded():
                databases.driver().load(_same(part, checked.manifest, advance), checked.name)
                _require_rows(checked.manifest)
            elif part.name.startswith(MEDIA):
                digest.begin(part.name, part.size)
                media.put_back(part._replace(content=Watched(part.content, digest.update)), advance)
    if digest.hex() != checked.seal.media_sha256:
        raise MaintenanceRefused(_CHANGED)
    # All of the media at once, before the mark goes.
    os.sync()


def _same(part: Part, manifest: Manifest, advance: Advance) -> Iterator[bytes]:
    """The database. Raises MaintenanceRefused at its end, before it is put in place, if it is not what was
    verified."""
    digest = hashlib.sha256()
    for data in chunks(part):
        digest.update(data)
        yield data
        advance(len(data))
    if digest.hexdigest() != manifest.database_sha256:
        raise MaintenanceRefused(_CHANGED)


def _require_rows(manifest: Manifest) -> None:
    """Raises MaintenanceRefused unless each table has as many rows as the backup says."""
    actual = facts.rows(sorted(manifest.rows), facts.ask)
    if actual != manifest.rows:
        wrong = next(table for table in actual if actual[table] != manifest.rows[table])
        raise MaintenanceRefused(
            f"{wrong} has {actual[wrong]} rows, of {manifest.rows[wrong]} in the backup."
        )


def _finish() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for label in _LEFT_BEHIND:
            apps.get_model(label)._base_manager.all().delete()
        deletion.restart_pending()
        cursor.execute(unfinished.DROP)
