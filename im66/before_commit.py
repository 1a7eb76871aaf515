"""A hook that lets a database connection write more in the transaction that it commits next."""

from collections.abc import Callable
from typing import Any


class BeforeCommit:
    """A mixin for Django's DatabaseWrapper."""

    # Called once, in the transaction that is committed next. A DatabaseError rolls the transaction back.
    before_commit: Callable[[], Any] | None = None

    def _commit(self) -> None:
        write, self.before_commit = self.before_commit, None
        if write is not None:
            write()
        super()._commit()  # type: ignore[misc]
