"""Django's settings of the database that DATABASE_URL names."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from im66.privacy import keep_private

# Checkpoints happen every 4000 pages (16 MB) of the WAL instead of every 1000: a page that several commits
# have changed is then written to the database only once.
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000")


def database(url: str, data_dir: Path, media_jobs: int) -> dict[str, Any]:
    """Return Django's settings of the database at `url`. `media_jobs`: the maximum number of uploads that a
    process handles at once.

    SQLite: WAL, so that readers never wait for the writer; IMMEDIATE, so that a transaction gets the write
    lock at its start and cannot fail half-way. PostgreSQL: a pool for HTTP calls, because persistent
    connections of Django leak under ASGI. `chat` has its own connections.
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
                "init_command": f"PRAGMA {'; PRAGMA '.join(_SQLITE_PRAGMAS)}",
            },
            # Tests use a file as well, because threads that share a database in memory lock each other out.
            "TEST": {"NAME": str(data_dir / f"test-{os.getpid()}.sqlite3")},
        }
    return {"ENGINE": "im66.postgresql", "CONN_HEALTH_CHECKS": True, **_postgresql(url, media_jobs)}


_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def _postgresql(url: str, media_jobs: int) -> dict[str, Any]:
    """Return the settings. Of several hosts, libpq uses the one that accepts writes."""
    # Imported here, because most installations start without it.
    from psycopg.conninfo import conninfo_to_dict

    options = conninfo_to_dict(url)
    names = {django: options.pop(name) for name, django in _DJANGO_NAMES.items() if name in options}
    writable = {"target_session_attrs": "read-write"} if "," in str(names.get("HOST", "")) else {}
    return {**names, "OPTIONS": {**_LIVENESS, **writable, **options, "pool": _pool(media_jobs)}}


# A connection whose peer has vanished is closed soon enough to serve within five seconds of its return, and a
# missing server is reported at the start. Kernels answer keepalives, so a slow database keeps its
# connections. In seconds, tcp_user_timeout in milliseconds.
_LIVENESS = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


def _pool(media_jobs: int) -> dict[str, Any]:
    """Return the settings of the pool. By default, its delay between reconnects doubles without a bound."""
    return {
        "min_size": 1,
        "max_size": 10 + media_jobs,
        "timeout": 4.0,
        "reconnect_timeout": 2.0,
    }
