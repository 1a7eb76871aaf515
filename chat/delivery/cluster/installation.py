"""A key in the database. It distinguishes this installation from others, and its processes recognize each
other by it.

Anyone who can read the key can write messages anyway. The processes need nothing else in common, and two
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
    """The database of a process. `name`: that of no other one, not even of a copy, as long as it runs.
    `described`: what an operator knows it by. `instance`: another one after its server has started anew."""

    name: str
    described: str
    instance: str = ""


def installation_key() -> bytes:
    """The key, created on first use. Raises DatabaseError.

    A copy of the database has another key, because people try the next version on last night's backup, with
    the same Redis.
    """
    return key_at(_stored(), _place())


def key_at(stored: str, place: str) -> bytes:
    """The key of an installation that has stored this, in a database that is there."""
    return hmac.digest(bytes.fromhex(stored), place.encode(), "sha256")


def group_name(key: bytes) -> str:
    """The name under which the processes of the installation with this key meet: in the channel layer, and
    before their limits in Redis."""
    return f"im66.{hmac.digest(key, b'topic', 'sha256').hex()[:32]}"


def log_name() -> str:
    """The name of the log: not that of a copy of it. Raises DatabaseError."""
    key = installation_key()
    return log_name_with(key, Installation.objects.values_list("kept_log", flat=True).get(pk=1))


def log_name_with(key: bytes, stored: str) -> str:
    """The name of the log of an installation with this key. `stored`: what `bound_name` has made, or
    nothing."""
    name, _, place = stored.partition(" ")
    return name if place and place == _mark(key) else hmac.digest(key, b"log", "sha256").hex()[:16]


def rename_log(before: str) -> None:
    """Give the log another name if it still has this one: clients discard what they have, and load it again.
    Raises DatabaseError."""
    if log_name() == before:
        name = bound_name(secrets.token_hex(8), installation_key())
        Installation.objects.filter(pk=1).update(kept_log=name)


def bound_name(name: str, key: bytes) -> str:
    """What Installation.kept_log must be, so that the log has this name as long as the installation has this
    key: it is the log that had the name elsewhere."""
    return f"{name} {_mark(key)}"


def database(before: Database | None = None) -> Database:
    """The database of this process. `before`: what this has returned before, and returns again if nothing
    has changed. Raises DatabaseError."""
    instance = _instance()
    if before and before.instance == instance:
        return before
    name = hmac.digest(installation_key(), instance.encode(), "sha256").hex()[:32]
    return Database(name, described(), instance)


def described() -> str:
    """What an operator knows the database of this process by."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {Path(settings['NAME']).resolve()} on {socket.gethostname()}"
    host = settings["HOST"] or "localhost"
    return f"PostgreSQL {settings['NAME']} at {host}" + (f":{settings['PORT']}" if settings["PORT"] else "")


def sqlite_place(path: Path) -> str:
    """Where the SQLite database of that file is."""
    return str(path.stat().st_ino)


def _stored() -> str:
    stored = Installation.objects.filter(pk=1).values_list("key", flat=True)
    installation = stored.first()
    if installation is None:
        # Another process may create one at the same time: the first one stays.
        made = Installation(pk=1, key=secrets.token_hex(32))
        Installation.objects.bulk_create([made], ignore_conflicts=True)
        installation = stored.get()
    return installation


def _place() -> str:
    """Where the database is: the same for all processes, and different for a copy of the database."""
    if connection.vendor == "sqlite":
        return sqlite_place(Path(connection.settings_dict["NAME"]))
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
    """A copy that is used at the same time has another one."""
    if connection.vendor == "sqlite":
        about = Path(connection.settings_dict["NAME"]).stat()
        return f"{about.st_ino} {about.st_dev} {_machine()}"
    with connection.cursor() as cursor:
        # A copy of the whole server was started at another moment.
        cursor.execute("SELECT current_database(), extract(epoch FROM pg_postmaster_start_time())")
        return " ".join(map(str, cursor.fetchone()))


def _mark(key: bytes) -> str:
    return hmac.digest(key, b"kept log", "sha256").hex()[:16]


@cache
def _machine() -> str:
    """Its kernel, which containers share, so that they may share a file."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()
