"""Checks the database: the login, the version, the encoding, the speed of commits, and the tables."""

import re
import sqlite3
import time
from collections.abc import Iterator
from statistics import median

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_noop

from im66.doctor.clocks import drift
from im66.doctor.findings import Fault, Finding, Findings
from keeping.errors import MaintenanceRefused
from keeping.unfinished import require_complete

COMMITS, SLOW_SECONDS = 3, 0.05
# The minimum versions of this version of Django.
MIN_POSTGRESQL, MIN_SQLITE = (14, 0), (3, 31)

AWAY = Fault(
    "database.away",
    gettext_noop("The database cannot be reached: %(why)s."),
    gettext_noop("Start it, or correct host and port in DATABASE_URL."),
)
LOGIN = Fault(
    "database.login",
    gettext_noop("The database refuses the login of %(user)s."),
    gettext_noop("Put the right user and password into DATABASE_URL."),
)
MISSING = Fault(
    "database.missing",
    gettext_noop("There is no database %(name)s."),
    gettext_noop("Create it with the encoding UTF8, or correct the name in DATABASE_URL."),
)
UNUSABLE = Fault(
    "database.unusable",
    gettext_noop("The file of the database cannot be used: %(why)s."),
    gettext_noop("Let the user of the server own the file and its folder, or restore a backup."),
)
VERSION = Fault(
    "database.version",
    gettext_noop("The database has the version %(found)s."),
    gettext_noop("Upgrade it to %(least)s or later."),
)
ENCODING = Fault(
    "database.encoding",
    gettext_noop("The database has the encoding %(found)s."),
    gettext_noop("Create it again with the encoding UTF8."),
)
COLLATION = Fault(
    "database.collation",
    gettext_noop("The system's sort order has changed since the database was created."),
    gettext_noop(
        "Indexes may miss rows: run REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION."
    ),
)
READ_ONLY = Fault(
    "database.read_only",
    gettext_noop("The database takes no writes."),
    gettext_noop("Let DATABASE_URL name the primary server, not a replica."),
)
SLOW = Fault(
    "database.slow",
    gettext_noop("A commit takes %(milliseconds)d ms."),
    gettext_noop(
        "Put the database on a faster disk, or closer to this machine: people wait for each commit."
    ),
    is_warning=True,
)
MIGRATIONS = Fault(
    "database.migrations",
    gettext_noop("The tables are not those of this version: %(number)d migrations are missing."),
    gettext_noop("Run im66 migrate."),
)
UNFINISHED = Fault(
    "database.unfinished",
    gettext_noop("The data are not complete."),
    "%(what)s",
)
CLOCK = Fault(
    "database.clock",
    gettext_noop("The clock of the database differs by %(seconds)d s."),
    gettext_noop("Run chrony or systemd-timesyncd on both machines."),
)


def check() -> Findings:
    try:
        connection.ensure_connection()
    except Error as error:
        yield _refusal(str(error).strip())
        return
    if connection.vendor == "postgresql":
        yield from _check_postgresql()
    elif sqlite3.sqlite_version_info < MIN_SQLITE:
        yield VERSION.finding(found=sqlite3.sqlite_version, least="3.31")
    yield from _check_commit_time()
    yield from _check_tables()


def _refusal(text: str) -> Finding:
    if connection.vendor == "sqlite":
        return UNUSABLE.finding(why=_brief(text))
    names = connection.settings_dict
    if re.search(r"authentication failed|no password supplied|role .* does not exist|pg_hba", text):
        return LOGIN.finding(user=names["USER"] or "-")
    if re.search(r"database .* does not exist", text):
        return MISSING.finding(name=names["NAME"])
    return AWAY.finding(why=_brief(text))


def _brief(error: object) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _check_postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
        if (number // 10_000, number % 10_000) < MIN_POSTGRESQL:
            yield VERSION.finding(found=f"{number // 10_000}.{number % 10_000}", least="14")
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
        if encoding != "UTF8":
            yield ENCODING.finding(found=encoding)
        if number >= 150_000:
            cursor.execute(
                "SELECT datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)"
                " FROM pg_database WHERE datname = current_database()"
            )
            if cursor.fetchone()[0]:
                yield COLLATION.finding()
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone()[0] == "on":
            yield READ_ONLY.finding()
        sent_at = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        if seconds := drift(float(cursor.fetchone()[0]), sent_at):
            yield CLOCK.finding(seconds=seconds)


def _check_commit_time() -> Iterator[Finding]:
    try:
        seconds = _commit_seconds()
    except Error as error:
        if connection.vendor == "sqlite":
            yield UNUSABLE.finding(why=_brief(error))
        return
    if seconds > SLOW_SECONDS:
        yield SLOW.finding(milliseconds=seconds * 1000)


def _commit_seconds() -> float:
    """Return the median duration of a commit that waits for the disk, as the log's commits do. Writes no rows
    into the server's tables."""
    durations = []
    for _ in range(COMMITS):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Assigns a transaction id, so that the commit is written to the disk.
                cursor.execute("SELECT pg_current_xact_id()")
            else:
                _write_to_sqlite()
        durations.append(time.perf_counter() - began)
    return median(durations)


def _write_to_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version")
        (version,) = cursor.fetchone()
        cursor.execute(f"PRAGMA user_version = {int(version)}")


def _check_tables() -> Iterator[Finding]:
    try:
        require_complete()
    except MaintenanceRefused as refused:
        yield UNFINISHED.finding(what=str(refused))
        return
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield MIGRATIONS.finding(number=len(missing))
