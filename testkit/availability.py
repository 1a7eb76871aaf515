"""Ends a test whose needs the machine does not meet."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import pytest

from testkit.services import Service, Unavailable

S = TypeVar("S", bound=Service)


def unavailable(reason: str) -> NoReturn:
    """Skip the test with `reason`. Where CI is set, fail it instead, because a skip there would hide missing
    coverage."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def running(service: S) -> Iterator[S]:
    """The service, which runs inside the block. If it is not there, the test ends as `unavailable` says."""
    try:
        with service:
            yield service
    except Unavailable as reason:
        unavailable(str(reason))
