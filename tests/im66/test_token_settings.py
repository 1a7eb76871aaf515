"""Who is believed, and what tokens are verified with."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.im66.conftest import PRODUCTION, Read
from tests.support.tokens import pem, rsa_key


def test_production_uses_token_mode_by_default(read: Read) -> None:
    assert read(**PRODUCTION).auth == "token"
    assert read(**PRODUCTION, IM66_AUTH="open").auth == "open"


@pytest.mark.parametrize("production", [True, False])
def test_token_mode_requires_a_secret_or_keys(read: Read, production: bool, tmp_path: Path) -> None:
    fields = {**PRODUCTION, "IM66_TOKEN_SECRET": ""} if production else {"IM66_AUTH": "token"}
    path = tmp_path / "keys.pem"
    path.write_bytes(pem(rsa_key()))
    keys, secret = {"IM66_TOKEN_KEYS": str(path)}, {"IM66_TOKEN_SECRET": "s" * 32}
    for neither_or_both in ({}, keys | secret):
        with pytest.raises(
            ImproperlyConfigured, match=r"needs either IM66_TOKEN_SECRET or IM66_TOKEN_KEYS\.$"
        ):
            read(**fields | neither_or_both)
    assert read(**fields | keys).token_keys == str(path)
    assert read(**fields | secret | {"IM66_TOKEN_KEYS": ""}).token_secret == "s" * 32


def test_invalid_token_keys_stop_the_start_and_are_not_printed(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(
        ImproperlyConfigured, match=r"^IM66_TOKEN_KEYS cannot be used: it holds a private"
    ) as error:
        read(IM66_TOKEN_KEYS=str(path))
    assert "secret" not in str(error.value)
