"""Ends a test whose needs the machine does not meet."""

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip the test with `reason`. Where CI is set, fail it instead, because a skip there would hide missing
    coverage."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
