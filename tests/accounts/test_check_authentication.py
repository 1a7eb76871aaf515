"""`manage.py check` for who is believed."""

import pytest
from pytest_django import Settings

from accounts.checks import check_authentication
from tests.support.settings import override
from tests.support.tokens import SECRET


def warned(settings: Settings, **fields: object) -> list[str | None]:
    override(settings, **fields)
    return [warning.id for warning in check_authentication(None)]


def test_sound_settings_bring_no_warning(settings: Settings) -> None:
    assert warned(settings, auth="token", token_secret=SECRET, production=True) == []
    assert warned(settings, auth="open", token_secret="", production=False) == []


def test_open_mode_in_production(settings: Settings) -> None:
    assert warned(settings, auth="open", production=True) == ["accounts.W001"]


@pytest.mark.parametrize("field", ["token_secret", "token_keys"])
def test_open_mode_though_tokens_were_set_up(settings: Settings, field: str) -> None:
    assert warned(settings, auth="open", **{field: SECRET}) == ["accounts.W002"]


def test_strangers_take_userids_that_are_made_by_tokens(settings: Settings) -> None:
    tokens = {"auth": "token", "token_secret": SECRET}
    assert warned(settings, **tokens, signup="open", token_creates_users=True) == ["accounts.W004"]
    assert warned(settings, **tokens, signup="open", token_creates_users=False) == []
    for elsewhere in ({"oidc_issuer": "https://accounts.example"}, {"remote_user_header": "X-Remote-User"}):
        assert warned(settings, **tokens, **elsewhere, signup="open") == ["accounts.W004"]
        override(settings, **dict.fromkeys(elsewhere, ""))
    assert warned(settings, **tokens, signup="invite", token_creates_users=True) == []


def test_rotations_that_were_not_finished(settings: Settings) -> None:
    sound = {"auth": "token", "token_secret": SECRET, "secret_key": "k" * 32}
    assert warned(settings, **sound, token_secret_fallbacks=["o" * 32]) == ["accounts.W007"]
    assert warned(settings, **sound, token_secret_fallbacks=[SECRET]) == ["accounts.W005", "accounts.W007"]
    override(settings, token_secret_fallbacks=[])
    assert warned(settings, **sound, secret_key_fallbacks=[SECRET]) == ["accounts.W006", "accounts.W007"]


def test_token_mode_for_apps_that_send_no_token(settings: Settings) -> None:
    assert warned(settings, auth="token", token_secret=SECRET, clients="shipped") == ["accounts.W003"]
    assert warned(settings, auth="open", token_secret="", clients="shipped") == []
