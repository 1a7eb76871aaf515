"""Django's PostgreSQL backend, whose pool drops all its connections when it finds one of them broken.

A pool checks each connection before it hands it out, and waits longer after each broken one. After a restart
of the database all connections are broken, so the next calls failed long after the database was back.
"""

from functools import partial
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from im66.before_commit import BeforeCommit

Pool = ConnectionPool[Any]


class DatabaseWrapper(BeforeCommit, base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    @property
    def pool(self) -> Pool | None:
        """The pool of the process; None if the settings have none."""
        pool: Pool | None = super().pool
        if pool is not None and pool._check is ConnectionPool.check_connection:
            pool._check = partial(_check, pool)
        return pool


def _check(pool: Pool, connection: Any) -> None:
    try:
        ConnectionPool.check_connection(connection)
    except Exception:
        pool.drain()
        raise
