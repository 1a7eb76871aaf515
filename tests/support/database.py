"""Database changes within a test that are undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back() -> Iterator[None]:
    """Roll back the changes made inside the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
