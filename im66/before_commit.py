"""Connections to a database that write something else in the transaction that they commit next."""

from collections.abc import Callable
from typing import Any


class BeforeCommit:
    """For a DatabaseWrapper of Django."""

    # Called once, in the transaction that is committed next. It may raise DatabaseError, which rolls it back.
    before_commit: Callable[[], Any] | None = None

    def _commit(self) -> None:
        write, self.before_commit = self.before_commit, None
        if write is not None:
            write()
        super()._commit()  # type: ignore[misc]
