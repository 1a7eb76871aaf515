"""Django's SQLite backend, in which the threads of a process write in the order in which they asked, and a
statement is translated once.

SQLite has one writer at a time and no queue: a connection that finds it taken tries again at growing
intervals, and later ones can overtake it. So a few busy writers made the log's writer wait for seconds.
"""

import threading
from collections import deque
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

# The same time as SQLite's own timeout.
WAIT_SECONDS = 20.0
# How many statements are remembered as SQLite takes them.
REMEMBERED = 512


class Line:
    """A lock that is granted in the order of the requests, and may be released by another thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
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
        return turn.acquire(timeout=seconds) or not self._gave_up(turn)

    def release(self) -> None:
        """Hand the lock to the next who waits."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _gave_up(self, turn: threading.Lock) -> bool:
        """Leave the queue; False if the lock was granted in the same moment."""
        with self._mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


_line = Line()


class Cursor(base.SQLiteCursorWrapper):
    """Django looks through each statement for its parameters each time. For the log's long ones that takes as
    long as a third of the rest."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        found = _converted.get(query) if param_names is None else None
        if found is None:
            found = super().convert_query(query, param_names=param_names)
            if param_names is None:
                _remember(query, found)
        return found


# Statements, and how SQLite takes them.
_converted: dict[str, str] = {}


def _remember(query: str, converted: str) -> None:
    if len(_converted) >= REMEMBERED:
        _converted.clear()
    _converted[query] = converted


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. A transaction waits in the queue when it begins, because all transactions are
    IMMEDIATE."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._writes = False

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

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
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
