"""Django's SQLite backend, in which the threads of a process write in the order in which they asked, and a
statement is translated once.

SQLite has one writer at a time and no queue: a connection that finds it taken tries again at growing
intervals, and later ones can overtake it. So a few busy writers made the log's writer wait for seconds.

What nobody waits for gives way: whoever asks to write meanwhile interrupts it, and it is attempted again.
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
# How often what nobody waits for is attempted before it gives way to nobody.
POLITE_ATTEMPTS = 3
ASK_AGAIN_SECONDS = 0.001
# How many statements are remembered as SQLite takes them.
REMEMBERED = 512


Made = TypeVar("Made")
Interrupt = Callable[[], None]


class FairLock:
    """A lock that is granted in the order of the requests, and may be released by another thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._interrupt: Interrupt | None = None
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, seconds: float) -> bool:
        """Take the lock; return whether it was granted within this time."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._has_interrupted():
            if turn.acquire(timeout=ASK_AGAIN_SECONDS):
                return True
        return turn.acquire(timeout=max(0, deadline - time.monotonic())) or not self._gave_up(turn)

    def give_way(self, interrupt: Interrupt) -> None:
        """From now on until the lock is released, a waiting writer calls `interrupt`, which must not wait."""
        with self._mutex:
            self._interrupt = interrupt

    def release(self) -> None:
        """Hand the lock to the next who waits."""
        with self._mutex:
            self._interrupt = None
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _has_interrupted(self) -> bool:
        """Whether who has the lock gives way. It may have been between two statements, and go on."""
        with self._mutex:
            if self._interrupt:
                self._interrupt()
            return self._interrupt is not None

    def _gave_up(self, turn: threading.Lock) -> bool:
        """Leave the queue; False if the lock was granted in the same moment."""
        with self._mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


_line = FairLock()


class Cursor(base.SQLiteCursorWrapper):
    """Django looks through each statement for its parameters each time. For the log's long ones that takes as
    long as a third of the rest."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        converted = _converted.get(query) if param_names is None else None
        if converted is None:
            converted = super().convert_query(query, param_names=param_names)
            if param_names is None:
                _remember(query, converted)
        return converted


# Statements, and how SQLite takes them.
_converted: dict[str, str] = {}


def _remember(query: str, converted: str) -> None:
    if len(_converted) >= REMEMBERED:
        _converted.clear()
    _converted[query] = converted


class DatabaseWrapper(BeforeCommit, base.DatabaseWrapper):
    """One connection. A transaction waits in the queue when it begins, because all transactions are
    IMMEDIATE."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._writes = False
        self._gives_way = False
        self._gave_way = False

    def write_giving_way(self, write: Callable[[], Made]) -> Made:
        """Call `write`, which makes one transaction and can be called again, and return its result. If others
        want to write meanwhile, its transaction is rolled back, and it is called again. The last attempt does
        not give way. Raises what `write` raises."""
        for _ in range(POLITE_ATTEMPTS):
            self._gives_way, self._gave_way = True, False
            try:
                with self.execute_wrapper(self._execute_unless_stopped):
                    return write()
            except OperationalError:
                if not self._gave_way:
                    raise
                # Django would have the connection tested or closed after an error.
                self.errors_occurred = False
            finally:
                self._gives_way = False
        return write()

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        if not _line.acquire(WAIT_SECONDS):
            raise OperationalError("database is locked")
        self._writes = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise
        if self._gives_way:
            _line.give_way(self._interrupt)

    def _execute_unless_stopped(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self._stop_if_requested()
        return execute(*arguments)

    def _stop_if_requested(self) -> None:
        if self._gives_way and self._gave_way:
            raise OperationalError("interrupted")

    def _interrupt(self) -> None:
        """Called by another thread. What runs fails; if nothing runs, the next statement does."""
        self._gave_way = True
        with suppress(sqlite3.ProgrammingError):  # it is being closed
            self.connection.interrupt()

    def _commit(self) -> None:
        self._stop_if_requested()
        super()._commit()
        self._leave()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._writes:
            self._writes = False
            _line.release()
