"""Django's SQLite backend, with a fair queue for the writing threads of a process, and a cache of converted
statements.

SQLite has one writer at a time and no queue: a connection that finds the database locked retries at growing
intervals, and later ones can overtake it. So a few busy writers made the log's writer wait for seconds.

Background writes give way: a thread that wants to write interrupts them, and they are attempted again.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from im66.before_commit import BeforeCommit

# The same time as SQLite's own timeout.
WAIT_SECONDS = 20.0
# How many attempts of a background write give way. The next attempt does not.
POLITE_ATTEMPTS = 3
INTERRUPT_SECONDS = 0.001
# The maximum number of cached statements.
MAX_CACHED = 512


Made = TypeVar("Made")
Interrupt = Callable[[], None]


class FairLock:
    """A lock that is granted in the order of the requests, and may be released by another thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_locked = False
        self._interrupt: Interrupt | None = None
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, seconds: float) -> bool:
        """Acquire the lock. Return whether it was granted within this time."""
        with self._mutex:
            if not self._is_locked:
                self._is_locked = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._has_interrupted():
            if turn.acquire(timeout=INTERRUPT_SECONDS):
                return True
        return turn.acquire(timeout=max(0, deadline - time.monotonic())) or not self._gave_up(turn)

    def give_way(self, interrupt: Interrupt) -> None:
        """Let waiting writers call `interrupt`, which must not wait, until the lock is released."""
        with self._mutex:
            self._interrupt = interrupt

    def release(self) -> None:
        """Pass the lock to the next waiting thread."""
        with self._mutex:
            self._interrupt = None
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_locked = False

    def _has_interrupted(self) -> bool:
        """Interrupt the owner of the lock if it gives way, and return whether it does. The owner may have
        been between two statements, so one interrupt may not suffice."""
        with self._mutex:
            if self._interrupt:
                self._interrupt()
            return self._interrupt is not None

    def _gave_up(self, turn: threading.Lock) -> bool:
        """Leave the queue. Return False if the lock was granted at the same time."""
        with self._mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


_write_lock = FairLock()


class Cursor(base.SQLiteCursorWrapper):
    """Caches statements with converted placeholders. Django converts a statement at each execution, which for
    the log's long statements takes a third as long as everything else."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        converted = _converted.get(query) if param_names is None else None
        if converted is None:
            converted = super().convert_query(query, param_names=param_names)
            if param_names is None:
                _remember(query, converted)
        return converted


# Statements with Django's placeholders, and with those of SQLite.
_converted: dict[str, str] = {}


def _remember(query: str, converted: str) -> None:
    if len(_converted) >= MAX_CACHED:
        _converted.clear()
    _converted[query] = converted


class DatabaseWrapper(BeforeCommit, base.DatabaseWrapper):
    """A connection. All transactions are IMMEDIATE, so each of them waits in the queue when it begins."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._writes = False
        self._gives_way = False
        self._gave_way = False

    def write_giving_way(self, write: Callable[[], Made]) -> Made:
        """Call `write`, a repeatable function with one transaction, and return its result. If another thread
        wants to write meanwhile, roll the transaction back and call `write` again. The last attempt does not
        give way. Raises the errors of `write`."""
        for _ in range(POLITE_ATTEMPTS):
            self._gives_way, self._gave_way = True, False
            try:
                with self.execute_wrapper(self._execute_unless_stopped):
                    return write()
            except OperationalError:
                if not self._gave_way:
                    raise
                # Otherwise Django would test or close the connection after the error.
                self.errors_occurred = False
            finally:
                self._gives_way = False
        return write()

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        if not _write_lock.acquire(WAIT_SECONDS):
            raise OperationalError("database is locked")
        self._writes = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._release_lock()
            raise
        if self._gives_way:
            _write_lock.give_way(self._interrupt)

    def _execute_unless_stopped(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._stop_if_requested()
        return execute(*arguments)

    def _stop_if_requested(self) -> None:
        if self._gives_way and self._gave_way:
            raise OperationalError("interrupted")

    def _interrupt(self) -> None:
        """Make the running statement fail, or else the next one. Called by another thread."""
        self._gave_way = True
        with suppress(sqlite3.ProgrammingError):  # it is being closed
            self.connection.interrupt()

    def _commit(self) -> None:
        self._stop_if_requested()
        super()._commit()
        self._release_lock()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._release_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._release_lock()

    def _release_lock(self) -> None:
        if self._writes:
            self._writes = False
            _write_lock.release()
