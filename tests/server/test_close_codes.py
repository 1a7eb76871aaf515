"""Which ends of a socket are goodbyes."""

import pytest

from server.close_codes import IOS_GOODBYE, NORMAL, SERVICE_RESTART, standard_code


@pytest.mark.parametrize("code", [IOS_GOODBYE, SERVICE_RESTART])
def test_goodbye_codes_are_reported_as_normal(code: int) -> None:
    assert standard_code(code) == NORMAL


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 3000])
def test_other_close_codes_are_unchanged(code: int | None) -> None:
    assert standard_code(code) == code
