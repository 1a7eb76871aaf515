"""Skips a test whose requirements the machine does not meet."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import pytest

from testkit.services import Service, Unavailable

S = TypeVar("S", bound=Service)


def unavailable(reason: str) -> NoReturn:
    """Skip the test with `reason`. If CI is set, fail it, because a skip would hide missing coverage."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def running(service: S) -> Iterator[S]:
    """Run the service inside the block. If the machine does not have it, call `unavailable`."""
    try:
        with service:
            yield service
    except Unavailable as reason:
        unavailable(str(reason))
