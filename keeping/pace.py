"""Long work while a server runs: its pace, and its progress bar."""

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
    """A server gets at the database `rest` times as long as this does, but at most `max_seconds` between two
    steps, unless `min_seconds` of the first of both is more."""
    began = time.monotonic()
    for step in steps:
        yield step
        time.sleep(max(min_seconds(step), min(max_seconds, rest * (time.monotonic() - began))))
        began = time.monotonic()


def row_progress(progress: Progress, what: str) -> Passing:
    """How uploads is to show that it looks through so many rows."""

    def show(rows: Iterable[Any], total: int) -> Iterator[Any]:
        with progress(what, total) as advance:
            for row in rows:
                yield row
                advance(1)

    return show
