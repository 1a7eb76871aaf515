"""Leases on rows of a table, so that one process at a time does background work on a row.

A process takes a lease by writing a time into a column. If the process dies, the lease expires, and another
process takes the row, even if the clock was set back meanwhile.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)

_Row = TypeVar("_Row", bound=Model)

# Clocks of processes differ by less. A later time was written before a clock was set back.
MAX_SKEW_SECONDS = 300.0


def are_free(column: str, since: datetime) -> Q:
    """Select rows without a lease, or whose lease was last renewed before `since`."""
    future = timezone.now() + timedelta(seconds=MAX_SKEW_SECONDS)
    return Q((column, None), (f"{column}__lt", since), (f"{column}__gt", future), _connector=Q.OR)


def take(rows: QuerySet[_Row], row: _Row, **changes: Any) -> bool:
    """Change the row if it is still among `rows` and these columns are unchanged since it was read. Return
    whether it was changed. Of concurrent processes, one succeeds."""
    as_read = {column: getattr(row, column) for column in changes}
    return bool(rows.filter(pk=row.pk, **as_read).update(**changes))


@contextmanager
def renewing(renew: Callable[[], object], seconds: float) -> Iterator[None]:
    """Renew the lease every `seconds` in a thread while the block runs."""
    has_ended = threading.Event()

    def keep_renewing() -> None:
        while not has_ended.wait(seconds):
            try:
                renew()
            except AnyDatabaseError as error:
                logger.warning("A process could not say that it is still at work: %s", error)
            finally:
                connection.close()

    thread = threading.Thread(target=keep_renewing, name="im66-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()
