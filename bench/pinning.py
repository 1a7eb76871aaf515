"""Keeps servers on one core and the load generator on another, so that neither takes time from the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# The cores of the whole process, read before anything was pinned, because blocks can be nested.
_ALLOWED = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@contextmanager
def on_core(number: int | None) -> Iterator[None]:
    """Run the block, and the processes it starts, on the core of that number among those allowed. Where there
    is only one core, or the system cannot pin, any core is used. A nested block has its own core.

    None: all cores.
    """
    if number is not None and not number < len(_ALLOWED) > 1:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _ALLOWED if number is None else {_ALLOWED[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
