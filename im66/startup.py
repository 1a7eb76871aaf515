"""Checks the conditions of a start, and reports a mistake of the operator in one sentence.

Such a mistake is not a bug, so the operator must not have to search for it at the end of a traceback.
"""

import fcntl
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import load_backend

from keeping.errors import MaintenanceRefused
from keeping.unfinished import require_complete

logger = logging.getLogger(__name__)

# The exit status after a mistake of the operator.
WRONG = 2
# The exit status of an interrupted command.
INTERRUPTED = 130
# The commands that begin with a query.
NEED_DATABASE = {
    "changepassword",
    "createsuperuser",
    "demo",
    "erasures",
    "eraseuser",
    "hold",
    "holds",
    "importfirstserver",
    "migrate",
    "prepare",
    "prune",
    "prunemedia",
    "restore",
    "serve",
    "unhold",
}
# The connect timeout covers neither names with several addresses nor resolvers that do not answer.
ANSWER_SECONDS = 4.0
_ANSWERED = {"--noinput", "--no-input", "-h", "--help"}


class CannotStart(Exception):
    """The exception's text is the reason, in one sentence."""


# The errors that an operator can fix.
_OPERATOR_ERRORS = (CannotStart, ImproperlyConfigured, OperationalError, InterfaceError, PermissionError)


@contextmanager
def complaints() -> Iterator[None]:
    """If the block raises an error that the operator can fix, print it in one sentence, and exit with
    WRONG."""
    try:
        yield
    except _OPERATOR_ERRORS as error:
        _stop(_sentence(error))


def start_failure() -> str:
    """Return why this process cannot serve, in one sentence; empty if it can. For servers other than
    `manage.py serve`, after the application is loaded."""
    try:
        require_folders()
        require_database()
        require_tables()
        require_metrics_address()
    except _OPERATOR_ERRORS as error:
        return _sentence(error)
    return ""


def require_terminal(arguments: Sequence[str]) -> None:
    """Exit with 1 if the command would prompt without a terminal. Django exits with 0, and a script would
    assume that an administrator was created."""
    is_prompting = arguments[:1] == ["createsuperuser"] and not _ANSWERED.intersection(arguments)
    if is_prompting and not (sys.stdin and sys.stdin.isatty()):
        sys.stderr.write(
            "createsuperuser asks for a userid and a password, and there is no terminal: set "
            "DJANGO_SUPERUSER_PASSWORD and add --noinput --userid NAME.\n"
        )
        sys.exit(1)


def require_database() -> None:
    """Raises CannotStart if the database does not answer within ANSWER_SECONDS."""
    # Connects without the pool, which would wait for a database to start.
    configured = connections.settings[DEFAULT_DB_ALIAS]
    options = {name: value for name, value in configured["OPTIONS"].items() if name != "pool"}
    backend = load_backend(configured["ENGINE"])
    failed: list[Exception] = []

    def probe() -> None:
        database = backend.DatabaseWrapper({**configured, "OPTIONS": options}, DEFAULT_DB_ALIAS)
        try:
            _ask(database)
        except (DatabaseError, InterfaceError) as error:
            failed.append(error)
        finally:
            database.close()

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    # SQLite always answers, but may first wait for another process that writes.
    thread.join(None if connection.vendor == "sqlite" else ANSWER_SECONDS)
    if failed:
        raise CannotStart(_database_failure(failed[0]))
    if thread.is_alive():
        raise CannotStart(
            f"The database does not answer: nothing came of it in {ANSWER_SECONDS:.0f} seconds."
        )


def require_tables() -> None:
    """Raises CannotStart if the database misses migrations of this version, or has an unfinished restore or
    move."""
    try:
        require_complete()
    except MaintenanceRefused as refused:
        raise CannotStart(str(refused)) from refused
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if missing:
        raise CannotStart("The database was not prepared for this version: run `im66 migrate`.")


def require_folders() -> None:
    """Raises CannotStart if the folders for uploads are not writable."""
    for path in (Path(settings.FILE_UPLOAD_TEMP_DIR), Path(settings.MEDIA_ROOT)):
        existing = next(folder for folder in (path, *path.resolve().parents) if folder.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            raise CannotStart(
                f"IM66_MEDIA_ROOT must be a folder that can be written to, but {existing} is not."
            )


def warn_of_another_server() -> None:
    """Log a warning if another server uses this SQLite database. Holds a lock until the process ends, also
    after an exec."""
    if connection.vendor != "sqlite":
        return
    descriptor = os.open(
        Path(connection.settings_dict["NAME"]).with_name("serve-lock"), os.O_RDWR | os.O_CREAT, 0o600
    )
    os.set_inheritable(descriptor, True)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.warning(
            "Another server uses this database. Messages between the two arrive up to %g seconds late. "
            "Stop one of them: several need PostgreSQL (docs/scaling.md).",
            settings.IM66.poll_seconds,
        )


def require_address(host: str, port: int) -> None:
    """Raises CannotStart if the server cannot listen on this port."""
    listener(host, port).close()


def listener(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises CannotStart if that is not possible."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        # getaddrinfo accepts any number as a port.
        return socket.create_server((address[0], port), family=family, dualstack_ipv6=both)
    except (OSError, OverflowError) as error:
        text = error.strerror if isinstance(error, OSError) else str(error)
        reason = (text or str(error)).partition(" (while")[0].rstrip(".")
        raise CannotStart(f"{host}:{port} cannot be listened on: {reason}.") from error


def require_metrics_address() -> None:
    """Raises CannotStart if there is a port for metrics and the server cannot listen on it."""
    if settings.IM66.metrics_port:
        require_address(settings.IM66.metrics_host, settings.IM66.metrics_port)


def _ask(database: BaseDatabaseWrapper) -> None:
    database.ensure_connection()
    if database.vendor == "sqlite":
        # Check that the database is writable, without Django's cursors, which need all apps to be loaded.
        with database.wrap_database_errors:
            database.connection.execute("BEGIN IMMEDIATE")
            database.connection.execute("ROLLBACK")


def _sentence(error: Exception) -> str:
    if isinstance(error, OperationalError | InterfaceError):
        return _database_failure(error)
    if isinstance(error, PermissionError):
        return f"{error.filename} cannot be used: {error.strerror}."
    return str(error)


def _database_failure(error: Exception) -> str:
    first_line = str(error).partition("\n")[0]
    if "timeout expired" in first_line:
        return f"The database does not answer: {first_line.rstrip('.')}."
    return f"The database cannot be used: {first_line.rstrip('.')}."


def _stop(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
    sys.exit(WRONG)
