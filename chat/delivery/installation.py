"""A key in the database. It distinguishes this installation from others, and its processes recognize each
other by it.

Anyone who can read the key can write messages anyway. The processes need nothing else in common, and two
installations may share a Redis.
"""

import hmac
import secrets
from pathlib import Path

from django.db import Error, connection

from chat.models import Installation


def installation_key() -> bytes:
    """The key, created on first use. Raises DatabaseError.

    A copy of the database has another key, because people try the next version on last night's backup, with
    the same Redis.
    """
    return hmac.digest(bytes.fromhex(_stored()), _place().encode(), "sha256")


def log_name(key: bytes) -> str:
    """The name of the log of the installation with this key: not that of a copy of it."""
    return hmac.digest(key, b"log", "sha256").hex()[:16]


def _stored() -> str:
    stored = Installation.objects.filter(pk=1).values_list("key", flat=True)
    found = stored.first()
    if found is None:
        # Another process may create one at the same time: the first one stays.
        made = Installation(pk=1, key=secrets.token_hex(32))
        Installation.objects.bulk_create([made], ignore_conflicts=True)
        found = stored.get()
    return found


def _place() -> str:
    """Where the database is: the same for all processes, and different for a copy of the database."""
    if connection.vendor == "sqlite":
        return str(Path(connection.settings_dict["NAME"]).stat().st_ino)
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
