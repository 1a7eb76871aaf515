"""Whether this process is ready for people, and if not, why."""

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

# Within so many seconds the database must answer, and the log must begin to be followed.
ANSWER_SECONDS = 1.0
# So long a batch may be on its way into the log.
WRITE_SECONDS = 5.0
# So long the hub may know of a row that it has not applied.
LAG_SECONDS = 10.0

DRAINING, DATABASE, MIGRATIONS, WRITER, HUB = "draining", "database", "migrations", "writer", "hub"
OTHER_DATABASE = "other_database"

# The names of checks that failed, each with the reason. Nothing in it is secret.
Failures = dict[str, str]


class NotMigrated(Exception):
    """Migrations of this version are not applied."""


async def failures() -> Failures:
    """What keeps this process from being ready; empty if it is. Answers within two seconds or so."""
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
    return await _of_the_log(last_id)


async def _of_the_log(last_id: LogId) -> Failures:
    until = asyncio.get_running_loop().time() + ANSWER_SECONDS
    run = runtime.running() or await _started()
    if run is None:
        return {WRITER: "the log is not followed yet"}
    run.hub.expect_row(last_id)
    others = await one_database.other_databases(run, until)
    return {**_of_the_writer(run), **_of_the_hub(run), **_of_others(others)}


async def _started() -> Runtime | None:
    """The database was away at the start. Nothing would restart it: a process that is not ready gets no
    logins."""
    with suppress(TimeoutError, AnyDatabaseError):
        async with asyncio.timeout(ANSWER_SECONDS):
            return await runtime.current()
    return None


def _of_the_writer(run: Runtime) -> Failures:
    since = run.writer.writing_since
    seconds = 0.0 if since is None else run.loop.time() - since
    if seconds <= WRITE_SECONDS:
        return {}
    return {WRITER: f"a batch is on its way into the log for {seconds:.0f} seconds"}


def _of_the_hub(run: Runtime) -> Failures:
    rows, seconds = lag_of(run)
    if seconds <= LAG_SECONDS:
        return {}
    return {HUB: f"behind the log by {rows} rows, for {seconds:.0f} seconds"}


def _of_others(others: Collection[str]) -> Failures:
    if not others:
        return {}
    return {OTHER_DATABASE: f"another process behind this address uses {', '.join(others)}"}


class _Migrations:
    """Those of this version."""

    def __init__(self) -> None:
        # Empty until they are looked for, which takes a tenth of a second.
        self._names: frozenset[tuple[str, str]] = frozenset()

    def require(self) -> None:
        """Raises NotMigrated and DatabaseError."""
        self._names = self._names or frozenset(MigrationLoader(connection).graph.nodes)
        if not self._names <= MigrationRecorder(connection).applied_migrations().keys():
            raise NotMigrated


def _ask() -> LogId:
    _migrations.require()
    return positions.last_id()


_migrations = _Migrations()
_database = Inquiry(_ask)
