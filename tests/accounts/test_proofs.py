"""Where the proof of a request stands."""

import pytest

from accounts.authentication.proofs import Proof, ProofKind, proof_in, token_proof


def test_proof_in_header_or_query() -> None:
    assert proof_in("Bearer a.b.c", "") == token_proof("a.b.c")
    assert proof_in("", "groupid=10&access_token=a.b_c-d") == token_proof("a.b_c-d")
    assert proof_in("Api-Key a.b_c-d", "") == Proof(ProofKind.API_KEY, "a.b_c-d")
    assert proof_in("", "groupid=10") is None


@pytest.mark.parametrize("header", ["bearer x", "BEARER x", " Bearer  x ", "Bearer x"])
def test_the_word_before_it_may_be_written_in_any_way(header: str) -> None:
    assert proof_in(header, "") == token_proof("x")
    as_key = header.lower().replace("bearer", "API-key")
    assert proof_in(as_key, "") == Proof(ProofKind.API_KEY, "x")


def test_the_header_wins() -> None:
    assert proof_in("Bearer a", "access_token=b") == token_proof("a")
    assert proof_in("Api-Key a", "access_token=b") == Proof(ProofKind.API_KEY, "a")


@pytest.mark.parametrize("header", ["Basic YWxpY2U6c2VjcmV0", "Bearer", "Bearer ", "Api-Key", "x", ""])
def test_other_headers_hold_no_proof(header: str) -> None:
    assert proof_in(header, "access_token=b") == token_proof("b")
    assert proof_in(header, "") is None


@pytest.mark.parametrize("query", ["access_token=", "access_token", "&&=&", "ACCESS_TOKEN=a", "\xff=\xff"])
def test_other_queries_hold_no_proof(query: str) -> None:
    assert proof_in("", query) is None


def test_parameter_name_may_be_percent_encoded() -> None:
    assert proof_in("", "access%5Ftoken=a%2Eb") == token_proof("a.b")


def test_proof_repr_hides_secret() -> None:
    assert "secret" not in f"{token_proof('secret')!r} {token_proof('secret')}"
