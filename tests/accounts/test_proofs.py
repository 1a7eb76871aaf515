"""Where the token of a request stands."""

import pytest

from accounts.proofs import token_in


def test_it_works() -> None:
    assert token_in("Bearer a.b.c", "") == "a.b.c"
    assert token_in("", "groupid=10&access_token=a.b_c-d") == "a.b_c-d"
    assert token_in("", "groupid=10") == ""


@pytest.mark.parametrize("header", ["bearer x", "BEARER x", " Bearer  x ", "Bearer x"])
def test_the_word_before_it_may_be_written_in_any_way(header: str) -> None:
    assert token_in(header, "") == "x"


def test_the_header_wins() -> None:
    assert token_in("Bearer a", "access_token=b") == "a"


@pytest.mark.parametrize("header", ["Basic YWxpY2U6c2VjcmV0", "Bearer", "Bearer ", "x", ""])
def test_another_header_is_none(header: str) -> None:
    assert token_in(header, "access_token=b") == "b"
    assert token_in(header, "") == ""


@pytest.mark.parametrize("query", ["access_token=", "access_token", "&&=&", "ACCESS_TOKEN=a", "\xff=\xff"])
def test_another_query_has_none(query: str) -> None:
    assert token_in("", query) == ""


def test_its_name_may_be_percent_encoded() -> None:
    assert token_in("", "access%5Ftoken=a%2Eb") == "a.b"
