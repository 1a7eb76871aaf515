"""Background work on rows of a table, by one process at a time.

A process takes a row by writing into a column when it did so, or when others may take the row. If it dies,
that time passes, and another process takes the row: also if the clock was set back meanwhile.
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

# The clocks of processes differ by less. What is dated later was written before a clock was set back.
MAX_SKEW_SECONDS = 300.0


def are_free(column: str, since: datetime) -> Q:
    """Rows that no process has taken, or has said since then that it still has."""
    future = timezone.now() + timedelta(seconds=MAX_SKEW_SECONDS)
    return Q((column, None), (f"{column}__lt", since), (f"{column}__gt", future), _connector=Q.OR)


def take(rows: QuerySet[_Row], row: _Row, **changes: Any) -> bool:
    """Change the row, if it is still one of `rows`, and has in these columns what was read. If several
    processes do so at once, one succeeds."""
    as_read = {column: getattr(row, column) for column in changes}
    return bool(rows.filter(pk=row.pk, **as_read).update(**changes))


@contextmanager
def renewing(renew: Callable[[], object], seconds: float) -> Iterator[None]:
    """As long as the block lasts, say so often that this process still has the row."""
    has_ended = threading.Event()

    def go_on() -> None:
        while not has_ended.wait(seconds):
            try:
                renew()
            except AnyDatabaseError as error:
                logger.warning("A process could not say that it is still at work: %s", error)
            finally:
                connection.close()

    thread = threading.Thread(target=go_on, name="im66-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()
