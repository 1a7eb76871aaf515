"""Checks whether this process is ready for clients."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chat.delivery import runtime
from chat.delivery.runtime import Runtime
from im66.operating import draining, one_database
from im66.operating.hub_lag import lag_of
from im66.operating.inquiry import Inquiry
from log import positions
from log.rows import LogId

# The maximum time for an answer of the database, and for the start of the runtime.
ANSWER_SECONDS = 1.0
# The maximum time that writing a batch to the log may take.
MAX_WRITE_SECONDS = 5.0
# The maximum time that the hub may know of a row without applying it.
MAX_LAG_SECONDS = 10.0

DRAINING, DATABASE, MIGRATIONS, WRITER, HUB = "draining", "database", "migrations", "writer", "hub"
OTHER_DATABASE = "other_database"

# The reasons of failed checks, by the check's name. They contain no secrets.
Failures = dict[str, str]


class NotMigrated(Exception):
    """Migrations of this version are not applied."""


async def failures() -> Failures:
    """Return why this process is not ready, within about two seconds; empty if it is ready."""
    if draining.is_on():
        return {DRAINING: "the process is about to end"}
    try:
        last_id = await _database.answer(ANSWER_SECONDS)
    except TimeoutError:
        return {DATABASE: f"no answer within {ANSWER_SECONDS:g} s"}
    except NotMigrated:
        return {MIGRATIONS: "not all are applied: run im66 migrate"}
    except AnyDatabaseError as error:
        return {DATABASE: f"cannot be used: {type(error).__name__}"}
    return await _log_failures(last_id)


async def _log_failures(last_id: LogId) -> Failures:
    until = asyncio.get_running_loop().time() + ANSWER_SECONDS
    run = runtime.running() or await _start_runtime()
    if run is None:
        return {WRITER: "the log is not followed yet"}
    run.hub.expect_row(last_id)
    others = await one_database.other_databases(run, until)
    return {**_writer_failures(run), **_hub_failures(run), **_other_database_failures(others)}


async def _start_runtime() -> Runtime | None:
    """Start the runtime if the database was away when the process started. Otherwise only a login would start
    it, and a process that is not ready gets none. Return None if the runtime does not start in time."""
    with suppress(TimeoutError, AnyDatabaseError):
        async with asyncio.timeout(ANSWER_SECONDS):
            return await runtime.current()
    return None


def _writer_failures(run: Runtime) -> Failures:
    since = run.writer.writing_since
    seconds = 0.0 if since is None else run.loop.time() - since
    if seconds <= MAX_WRITE_SECONDS:
        return {}
    return {WRITER: f"a batch is on its way into the log for {seconds:.0f} seconds"}


def _hub_failures(run: Runtime) -> Failures:
    rows, seconds = lag_of(run)
    if seconds <= MAX_LAG_SECONDS:
        return {}
    return {HUB: f"behind the log by {rows} rows, for {seconds:.0f} seconds"}


def _other_database_failures(others: Collection[str]) -> Failures:
    if not others:
        return {}
    return {OTHER_DATABASE: f"another process behind this address uses {', '.join(others)}"}


class _Migrations:
    """The migrations of this version."""

    def __init__(self) -> None:
        # Loaded on first use, which takes a tenth of a second.
        self._names: frozenset[tuple[str, str]] = frozenset()

    def require(self) -> None:
        """Raises NotMigrated if one is not applied, and DatabaseError."""
        self._names = self._names or frozenset(MigrationLoader(connection).graph.nodes)
        if not self._names <= MigrationRecorder(connection).applied_migrations().keys():
            raise NotMigrated


def _query_last_id() -> LogId:
    _migrations.require()
    return positions.last_id()


_migrations = _Migrations()
_database = Inquiry(_query_last_id)
