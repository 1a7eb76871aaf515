"""Prepares an installation before it serves for the first time: the lock for that, and an administrator."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.invitations import has_admin, invite
from accounts.models import User
from im66.startup import CannotStart

# The log of a server has the link for the first administrator. Each start makes a new link.
LINK_HOURS = 24
# On PostgreSQL, the number of the advisory lock. It is arbitrary.
_LOCK = 6606002
# Polled, because a statement that waits for the lock keeps a snapshot, for which a migration may wait.
_RETRY_SECONDS = 0.5


@contextmanager
def prepare_lock(on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock in the block, so that no other process prepares the same database. If another process has
    it, call `on_wait` first, and wait."""
    lock = _postgresql_lock if connection.vendor == "postgresql" else _folder_lock
    with lock(on_wait):
        yield


@contextmanager
def _postgresql_lock(on_wait: Callable[[], None]) -> Iterator[None]:
    if not _ask("SELECT pg_try_advisory_lock(%s)"):
        on_wait()
        while not _ask("SELECT pg_try_advisory_lock(%s)"):
            time.sleep(_RETRY_SECONDS)
    yield
    # If the block fails, the process ends and releases the lock.
    _ask("SELECT pg_advisory_unlock(%s)")


def _ask(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [_LOCK])
        (answer,) = cursor.fetchone()
        return bool(answer)


@contextmanager
def _folder_lock(on_wait: Callable[[], None]) -> Iterator[None]:
    with (settings.IM66.data_dir / "prepare-lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure_admin() -> str:
    """Create the first administrator if IM66_ADMIN_PASSWORD_FILE is set, and return an empty text. Otherwise
    return the code of an invitation for the administrator, or an empty text if there is one already. Raises
    CannotStart."""
    if has_admin():
        return ""
    ours = settings.IM66
    if ours.admin_password_file:
        _make_admin(ours.admin_userid, _read_password(Path(ours.admin_password_file)))
        return ""
    expires_at = timezone.now() + timedelta(hours=LINK_HOURS)
    _, code = invite(None, ours.admin_userid, expires_at, makes_admin=True)
    return code


def _read_password(path: Path) -> str:
    try:
        return path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"IM66_ADMIN_PASSWORD_FILE cannot be read: {error}.") from error


def _make_admin(userid: str, password: str) -> None:
    # Anybody may have signed up with this userid, and must not become an administrator.
    if User.objects.filter(userid__iexact=userid).exists():
        raise CannotStart(f"IM66_ADMIN_USERID: {userid} exists and is no administrator. Choose another one.")
    try:
        validate_password(password, User(userid=userid))
        User.objects.create_superuser(userid, password)
    except ValidationError as error:
        raise CannotStart(f"The first administrator cannot be made: {' '.join(error.messages)}") from error
