"""Shows how far the import is. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

# `track(rows, total, what)` passes the rows on, and shows how many of them were taken.
Track = Callable[[Iterable[Any], int, str], Iterable[Any]]
