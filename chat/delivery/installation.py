"""What tells this installation from every other, and its processes each other: a key kept in the database.

Who can read it can write messages anyway. Processes need nothing else in common, and two installations may
share a Redis.
"""

import hmac
import secrets
from pathlib import Path

from django.db import Error, connection

from chat.models import Installation


def installation_key() -> bytes:
    """The key, made on first use. Raises DatabaseError.

    A copy of the database has another one: somebody tries the next version on last night's backup, with the
    same Redis.
    """
    return hmac.digest(bytes.fromhex(_stored()), _place().encode(), "sha256")


def _stored() -> str:
    stored = Installation.objects.filter(pk=1).values_list("key", flat=True)
    found = stored.first()
    if found is None:
        # Another process may be making it, too: the first one's stays.
        made = Installation(pk=1, key=secrets.token_hex(32))
        Installation.objects.bulk_create([made], ignore_conflicts=True)
        found = stored.get()
    return found


def _place() -> str:
    """Where the database is, in terms that no process sees otherwise, and that no copy takes along."""
    if connection.vendor == "sqlite":
        return str(Path(connection.settings_dict["NAME"]).stat().st_ino)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
        try:
            # Made with the cluster, and the same on its replicas.
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            (cluster,) = cursor.fetchone()
        except Error:  # some hosts of databases forbid the question
            cluster = ""
    return f"{name} {cluster}"
