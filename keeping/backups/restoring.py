"""Restores a backup into an empty installation.

The database is marked until the restore is finished. Then its log gets a new name, by which clients detect
that messages after the backup are lost. Rows about processes and browsers of the old installation are
deleted.
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
from keeping.backups.archive import DATABASE, MEDIA, Digest, ObservedReader, Part, chunks, parts
from keeping.backups.checking import Checked, read_manifest
from keeping.backups.files import lock
from keeping.backups.making import verify
from keeping.backups.manifest import Manifest
from keeping.backups.progress import Advance, Progress
from keeping.errors import MaintenanceRefused
from keeping.own import deletion

# Logins; exports, whose files are not in backups; processes and their leases; and the key of the log's name,
# of which a new one is generated.
_NOT_RESTORED_MODELS = (
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
    """Restore the backup. `before_use` is called when everything is restored, before servers may start.
    Raises MaintenanceRefused, OSError, the database's errors, and the errors of `before_use`.

    While a restore is unfinished, the installation can neither serve nor be migrated. The restore can be
    repeated with the same backup.
    """
    with source.open("rb") as file:
        lock(file, str(source))
        _require_compatible(read_manifest(file))
        begun = unfinished.restored_here()
        if begun is None:
            _require_empty()
        checked = verify(file, source.stat().st_size, progress)
        _begin(begun, checked)
        _restore_parts(file, checked, progress)
    call_command("migrate", interactive=False, verbosity=0)
    before_use()
    _finish()
    return checked


def _require_compatible(manifest: Manifest) -> None:
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
    """Mark the database. Raises MaintenanceRefused if the restore of another backup is unfinished."""
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


def _restore_parts(file: IO[bytes], checked: Checked, progress: Progress) -> None:
    file.seek(0)
    total = checked.manifest.database_bytes + checked.seal.media_bytes
    digest = Digest()
    with progress("restoring", total) as advance:
        for part in parts(file):
            if part.name == DATABASE and not databases.is_loaded():
                databases.driver().load(_verified(part, checked.manifest, advance), checked.name)
                _require_rows(checked.manifest)
            elif part.name.startswith(MEDIA):
                digest.begin(part.name, part.size)
                content = ObservedReader(part.content, digest.update)
                media.restore_file(part._replace(content=content), advance)
    if digest.hex() != checked.seal.media_sha256:
        raise MaintenanceRefused(_CHANGED)
    # Sync all media files at once, before the mark is removed.
    os.sync()


def _verified(part: Part, manifest: Manifest, advance: Advance) -> Iterator[bytes]:
    """Yield the database. Raises MaintenanceRefused at its end, before it is used, if it differs from the
    verified one."""
    digest = hashlib.sha256()
    for data in chunks(part):
        digest.update(data)
        yield data
        advance(len(data))
    if digest.hexdigest() != manifest.database_sha256:
        raise MaintenanceRefused(_CHANGED)


def _require_rows(manifest: Manifest) -> None:
    """Raises MaintenanceRefused if a table has not as many rows as in the manifest."""
    actual = facts.row_counts(sorted(manifest.rows), facts.ask)
    if actual != manifest.rows:
        wrong = next(table for table in actual if actual[table] != manifest.rows[table])
        raise MaintenanceRefused(
            f"{wrong} has {actual[wrong]} rows, of {manifest.rows[wrong]} in the backup."
        )


def _finish() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for label in _NOT_RESTORED_MODELS:
            apps.get_model(label)._base_manager.all().delete()
        deletion.restart_pending()
        cursor.execute(unfinished.DROP)
