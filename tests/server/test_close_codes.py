"""Which ends of a socket are goodbyes."""

import pytest

from server.close_codes import IOS_GOODBYE, NORMAL, SERVICE_RESTART, as_standard, is_goodbye


@pytest.mark.parametrize("code", [None, 1000, 1001, 1999, 3000, 4999])
def test_a_client_that_closes_on_purpose_says_goodbye(code: int | None) -> None:
    assert is_goodbye(code)


@pytest.mark.parametrize("code", [1002, 1005, 1006, 1009, 1011, 1012, 1998, 2999, 5000])
def test_any_other_end_is_none(code: int) -> None:
    assert not is_goodbye(code)


@pytest.mark.parametrize("code", [IOS_GOODBYE, SERVICE_RESTART])
def test_what_counts_as_a_goodbye_is_told_as_the_usual_one(code: int) -> None:
    assert as_standard(code) == NORMAL


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 3000])
def test_other_codes_stay_what_they_are(code: int | None) -> None:
    assert as_standard(code) == code
