"""The pace and the progress bar of long work while a server runs."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from keeping.backups.progress import Progress
from uploads.references import Progress as Passing

T = TypeVar("T")


def slowly(
    steps: Iterable[T],
    rest: float = 1.0,
    max_seconds: float = math.inf,
    min_seconds: Callable[[T], float] = lambda _: 0.0,
) -> Iterator[T]:
    """Yield the steps with pauses, in which a server can use the database. A pause lasts `rest` times as long
    as the step, at most `max_seconds`, and at least `min_seconds(step)`."""
    began = time.monotonic()
    for step in steps:
        yield step
        time.sleep(max(min_seconds(step), min(max_seconds, rest * (time.monotonic() - began))))
        began = time.monotonic()


def row_progress(progress: Progress, what: str) -> Passing:
    """Return a progress callback for the `uploads` app, which advances by one for each row."""

    def show(rows: Iterable[Any], total: int) -> Iterator[Any]:
        with progress(what, total) as advance:
            for row in rows:
                yield row
                advance(1)

    return show
