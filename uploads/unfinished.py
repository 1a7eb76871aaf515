"""Counts the bytes of bodies that were cut off, or refused while they arrived: these took their share of the
network too. They count for the address, because no call tells whose they are."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import close_old_connections

from accounts.limits import limits

# Counting may wait for Redis, and the event loop may not.
_thread = ThreadPoolExecutor(1, "unfinished")


def count(address: str, amount: int) -> None:
    """Count so many bytes for the address, soon."""
    with suppress(RuntimeError):  # the process ends
        _thread.submit(_charge, address, amount)


def _charge(address: str, amount: int) -> None:
    try:
        limits.current().upload_bytes.charge(address, "", amount)
    finally:
        close_old_connections()
