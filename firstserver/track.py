"""The type of functions that show the progress of the import. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

# `track(rows, total, what)` yields the rows, and shows how many of `total` were processed.
Track = Callable[[Iterable[Any], int, str], Iterable[Any]]
