"""SQLite as Django speaks to it; the threads of a process write in the order in which they asked.

SQLite has one writer at a time and no line: whoever finds it taken looks again, less and less often, and
those who come later are faster. So a few who wrote all the time kept the log's writer waiting for seconds.
"""

import threading
from collections import deque
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

# As long as SQLite itself would wait.
WAIT_SECONDS = 20.0


class Line:
    """A lock that is taken in the order in which it was asked for, and may be released by another thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, seconds: float) -> bool:
        """Take it; whether that was possible in so many seconds."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        return turn.acquire(timeout=seconds) or not self._gave_up(turn)

    def release(self) -> None:
        """Hand it to the next."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _gave_up(self, turn: threading.Lock) -> bool:
        """Whether it left the line; else its turn came in the same moment."""
        with self._mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


_line = Line()


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. A transaction stands in line at its start, for all are IMMEDIATE."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._writes = False

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
