"""Servers on one core, the load generator on another, so that neither takes time from the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Of the whole process, before anything was pinned: blocks stand within blocks.
_ALLOWED = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """Run the block, and what it starts, on the core of that number among those allowed; where there is only
    one, or the system knows no pinning, anywhere. A block within another has its own core."""
    if not number < len(_ALLOWED) > 1:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_ALLOWED[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
