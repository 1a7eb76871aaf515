"""What a test needs of the machine and does not find there."""

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """End the test: skipped with `reason`; failed where CI is set, for there a skip would hide a hole."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
