"""What several steps of one test do to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back() -> Iterator[None]:
    """What is done in it has not happened for what comes after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
