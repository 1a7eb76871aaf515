"""The key of the installation, which is stored in the database. It distinguishes the installation from others
and from copies, and its processes recognize each other by it.

Anyone who can read the key can also write messages. The processes need nothing else in common, and two
installations may share a Redis.
"""

import hmac
import secrets
import socket
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.db import Error, connection

from chat.models import Installation


class Database(NamedTuple):
    """The database of a process. `name`: a name that no other database has, not even a copy of it.
    `description`: its description for the operator. `instance`: changes when its server restarts."""

    name: str
    description: str
    instance: str = ""


def installation_key() -> bytes:
    """Return the key, and create it on first use. Raises DatabaseError.

    A copy of the database has another key, because people try the next version on last night's backup, with
    the same Redis.
    """
    return derive_key(_stored_key(), _database_location())


def derive_key(stored: str, location: str) -> bytes:
    """Return the key of an installation with this stored key in a database at this location."""
    return hmac.digest(bytes.fromhex(stored), location.encode(), "sha256")


def group_name(key: bytes) -> str:
    """Return the name of the installation with this key in Redis: its group in the channel layer, and the
    prefix of its rate limits."""
    return f"im66.{hmac.digest(key, b'topic', 'sha256').hex()[:32]}"


def log_name() -> str:
    """Return the name of the log, which a copy of the log does not share. Raises DatabaseError."""
    key = installation_key()
    return log_name_for(key, Installation.objects.values_list("kept_log", flat=True).get(pk=1))


def log_name_for(key: bytes, stored: str) -> str:
    """Return the name of the log of an installation with this key. `stored`: a value of `bind_log_name`, or
    empty."""
    name, _, mark = stored.partition(" ")
    return name if mark and mark == _mark(key) else hmac.digest(key, b"log", "sha256").hex()[:16]


def rename_log(before: str) -> None:
    """Give the log another name if it still has the name `before`. Clients then discard what they have and
    load it again. Raises DatabaseError."""
    if log_name() == before:
        name = bind_log_name(secrets.token_hex(8), installation_key())
        Installation.objects.filter(pk=1).update(kept_log=name)


def bind_log_name(name: str, key: bytes) -> str:
    """Return the value of Installation.kept_log with which the log has this name as long as the installation
    has this key. So a log keeps its name when it is moved to another database, but not when it is copied."""
    return f"{name} {_mark(key)}"


def database(before: Database | None = None) -> Database:
    """Return the database of this process. `before`: an earlier result, which is returned again if nothing
    has changed. Raises DatabaseError."""
    instance = _instance()
    if before and before.instance == instance:
        return before
    name = hmac.digest(installation_key(), instance.encode(), "sha256").hex()[:32]
    return Database(name, database_description(), instance)


def database_description() -> str:
    """Describe the database of this process for the operator."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {Path(settings['NAME']).resolve()} on {socket.gethostname()}"
    host = settings["HOST"] or "localhost"
    return f"PostgreSQL {settings['NAME']} at {host}" + (f":{settings['PORT']}" if settings["PORT"] else "")


def sqlite_location(path: Path) -> str:
    """Return the location of the SQLite database in this file."""
    return str(path.stat().st_ino)


def _stored_key() -> str:
    keys = Installation.objects.filter(pk=1).values_list("key", flat=True)
    key = keys.first()
    if key is None:
        # Another process may create a key at the same time: the first one stays.
        created = Installation(pk=1, key=secrets.token_hex(32))
        Installation.objects.bulk_create([created], ignore_conflicts=True)
        key = keys.get()
    return key


def _database_location() -> str:
    """Return the location of the database: the same for all processes, and another one for a copy."""
    if connection.vendor == "sqlite":
        return sqlite_location(Path(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
        try:
            # Created with the cluster, and the same on its replicas.
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            (cluster,) = cursor.fetchone()
        except Error:  # some hosting services forbid the query
            cluster = ""
    return f"{name} {cluster}"


def _instance() -> str:
    """Return what distinguishes the database from a copy that is used at the same time."""
    if connection.vendor == "sqlite":
        status = Path(connection.settings_dict["NAME"]).stat()
        return f"{status.st_ino} {status.st_dev} {_machine()}"
    with connection.cursor() as cursor:
        # A copy of the whole server was started at another time.
        cursor.execute("SELECT current_database(), extract(epoch FROM pg_postmaster_start_time())")
        return " ".join(map(str, cursor.fetchone()))


def _mark(key: bytes) -> str:
    return hmac.digest(key, b"kept log", "sha256").hex()[:16]


@cache
def _machine() -> str:
    """Return the id of the running kernel. Containers on a machine share it, as they may share the file."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()
