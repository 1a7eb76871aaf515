"""The database that DATABASE_URL names."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from im66.privacy import keep_private

# A page that several commits change is written from the WAL into the database once for so many pages (16 MB),
# and not once for each thousand.
_SQLITE = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000")


def database(url: str, data_dir: Path, media_jobs: int) -> dict[str, Any]:
    """Django's settings of the database of `url`, with what the log relies on. A process does at most
    `media_jobs` uploads at once.

    SQLite: WAL, so that reading never waits for the writer; IMMEDIATE, so that a transaction takes its
    place in the line of writers at its start and cannot fail half-way. PostgreSQL: a pool for HTTP calls,
    because connections kept by Django itself leak under ASGI; chat has connections of its own.
    """
    if url.startswith("sqlite:"):
        path = unquote(urlsplit(url).path[1:])
        keep_private(Path(path))
        return {
            "ENGINE": "im66.sqlite",
            "NAME": path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": f"PRAGMA {'; PRAGMA '.join(_SQLITE)}",
            },
            # Tests in a file as well: threads that share a database in memory lock each other out.
            "TEST": {"NAME": str(data_dir / f"test-{os.getpid()}.sqlite3")},
        }
    return {"ENGINE": "im66.postgresql", "CONN_HEALTH_CHECKS": True, **_postgresql(url, media_jobs)}


_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def _postgresql(url: str, media_jobs: int) -> dict[str, Any]:
    """Of several hosts, that one is used which takes writes."""
    # Here, for most start without it.
    from psycopg.conninfo import conninfo_to_dict

    options = conninfo_to_dict(url)
    names = {django: options.pop(name) for name, django in _DJANGO_NAMES.items() if name in options}
    writable = {"target_session_attrs": "read-write"} if "," in str(names.get("HOST", "")) else {}
    return {**names, "OPTIONS": {**_LIVENESS, **writable, **options, "pool": _pool(media_jobs)}}


# A connection to PostgreSQL whose other end is gone without a word is given up, in time to serve within five
# seconds of its return; and one that is missing at the start is reported by then. Kernels answer here, so a
# database that is only slow keeps its connections. Seconds, the last one in milliseconds.
_LIVENESS = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


def _pool(media_jobs: int) -> dict[str, Any]:
    """By default, its wait for a database that is away doubles without a bound."""
    return {
        "min_size": 1,
        "max_size": 10 + media_jobs,
        "timeout": 4.0,
        "reconnect_timeout": 2.0,
    }
