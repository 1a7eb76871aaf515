"""`manage.py issuetoken`."""

import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.authentication.keys import key_from_secret
from accounts.authentication.tokens import Rules, verify
from tests.support.settings import override
from tests.support.tokens import SECRET


def issued(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("issuetoken", *arguments, stdout=out, **options)
    return out.getvalue().removesuffix("\n")


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)


def test_issued_token_is_valid_for_a_day() -> None:
    result = verify(issued("alice"), Rules((key_from_secret(SECRET),)))
    assert result.userid == "alice"
    assert result.expires_at == pytest.approx(time.time() + 24 * 3600, abs=60)


def test_token_is_valid_for_the_requested_hours() -> None:
    result = verify(issued("alice", hours=0.5), Rules((key_from_secret(SECRET),)))
    assert result.expires_at == pytest.approx(time.time() + 1800, abs=60)


def test_token_has_the_configured_audience_and_issuer(settings: Settings) -> None:
    override(settings, token_audience="chat", token_issuer="host")
    assert verify(issued("alice"), Rules((key_from_secret(SECRET),), "chat", "host")).userid == "alice"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"token_secret": ""}, "IM66_TOKEN_SECRET is not set"),
        ({"token_secret": "", "token_keys": "/keys.pem"}, "Only the host application has the private key"),
    ],
)
def test_issuetoken_failure_names_the_reason(settings: Settings, fields: dict[str, str], why: str) -> None:
    override(settings, **fields)
    with pytest.raises(CommandError, match=why):
        issued("alice")


@pytest.mark.parametrize("userid", ["a_b", "", "a b"])
def test_token_needs_a_valid_userid(userid: str) -> None:
    with pytest.raises(CommandError, match="is not a userid"):
        issued(userid)


@pytest.mark.parametrize("hours", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_invalid_hours_are_rejected(hours: float) -> None:
    with pytest.raises(CommandError, match="--hours must be"):
        issued("alice", hours=hours)
