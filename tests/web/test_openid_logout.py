"""Logging out at the OpenID provider from im66, and at im66 from the provider."""

import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.test.client import RequestFactory
from pytest_django import Settings

from accounts import logins, openid_logout
from accounts.models import User
from accounts.openid import Protocol
from accounts.openid_logout import ProviderKeys
from tests.support.accounts import ALICE, BOB, PASSWORD, send_login, text, who
from tests.support.bad_provider import CLIENT, BadProvider
from tests.support.settings import override
from tests.web.test_bad_provider import led_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_passwords")]
LOGOUT = "/login/openid/logout/"


@pytest.fixture
def provider(settings: Settings) -> Iterator[BadProvider]:
    with BadProvider() as provider:
        provider.config = {"end_session_endpoint": f"{provider.issuer}/end?realm=1"}
        override(
            settings,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret="of the test",
            oidc_name="Example",
            oidc_userid_claim="preferred_username",
            oidc_creates_users=True,
        )
        yield provider
        Protocol.forget()
        ProviderKeys.forget()


def sub_of(userid: str) -> str:
    """Return the provider's subject for the person."""
    return f"number of {userid}"


def signed_in(provider: BadProvider, userid: str = ALICE, **claims: Any) -> Client:
    """Return a client that the provider has logged in."""
    client = Client()
    claims = {"sub": sub_of(userid), "preferred_username": userid, "sid": f"of {userid}", **claims}
    assert led_back(provider, client, **claims) == 302
    return client


def notify(provider: BadProvider, **claims: Any) -> int:
    """Send a back-channel logout without cookies and CSRF token, and return the status."""
    token = provider.logout_token(**claims)
    return Client(enforce_csrf_checks=True).post(LOGOUT, {"logout_token": token}).status_code


def test_logout_offers_logout_at_the_provider(provider: BadProvider) -> None:
    client = signed_in(provider)

    page = client.post("/logout/")

    assert who(client) == ""
    there = unescape(text(page).partition('content="0; url=')[2].partition('"')[0])
    query = parse_qs(urlsplit(there).query)
    assert there.startswith(f"{provider.issuer}/end?realm=1&")
    hint = jwt.decode(query.pop("id_token_hint")[0], options={"verify_signature": False})
    assert (hint["sub"], hint["sid"]) == (sub_of(ALICE), f"of {ALICE}")
    back = "http://testserver/login/"
    assert query == {"realm": ["1"], "client_id": [CLIENT], "post_logout_redirect_uri": [back]}
    assert "Sign out of Example, too" in text(page)


@pytest.mark.parametrize("place", [None, "javascript:alert(1)", "data:,x", 7])
def test_provider_without_logout_url_is_not_offered(provider: BadProvider, place: Any) -> None:
    provider.config = {"end_session_endpoint": place}
    client = signed_in(provider)

    assert client.post("/logout/")["Location"] == "/login/"
    assert who(client) == ""


def test_plain_http_logout_url_is_ignored_in_production(provider: BadProvider, settings: Settings) -> None:
    request = RequestFactory().get("/")
    assert openid_logout.end_session_url(request, "hint")
    override(settings, production=True)
    assert openid_logout.end_session_url(request, "hint") == ""


def test_logout_works_while_provider_is_unavailable(provider: BadProvider, settings: Settings) -> None:
    client = signed_in(provider)
    Protocol.forget()
    override(settings, oidc_issuer="http://localhost:9")

    assert client.post("/logout/")["Location"] == "/login/"
    assert who(client) == ""


def test_password_login_gets_no_provider_logout(provider: BadProvider) -> None:
    """Also if the provider has logged in another person before in the same browser."""
    User.objects.create_user(BOB, PASSWORD)
    client = Client()
    client.get("/login/openid/")
    session = client.session
    session[logins.PROVIDER_LOGIN] = {"userid": ALICE, "session": "x", "at": 1.0, "id_token": "y"}
    session.save()
    send_login(client, BOB)

    assert notify(provider, sid="x") == 200
    assert who(client) == BOB
    assert client.post("/logout/")["Location"] == "/login/"


def test_backchannel_logout_ends_only_the_named_session(provider: BadProvider) -> None:
    phone, laptop = signed_in(provider, sid="1"), signed_in(provider, sid="2")
    bob = signed_in(provider, BOB, sid="3")

    assert notify(provider, sub=sub_of(ALICE), sid="1") == 200
    assert [who(client) for client in (phone, laptop, bob)] == ["", ALICE, BOB]
    # Bob's session is none of Alice's.
    assert notify(provider, sub=sub_of(ALICE), sid="3") == 200
    assert who(bob) == BOB
    assert notify(provider, sid="3") == 200
    assert who(bob) == ""


def test_backchannel_logout_of_person_ends_all_openid_sessions(provider: BadProvider) -> None:
    phone, laptop, bob = signed_in(provider, sid="1"), signed_in(provider, sid=None), signed_in(provider, BOB)
    code = Client()
    code.force_login(User.objects.get(pk=ALICE), "django.contrib.auth.backends.ModelBackend")

    assert notify(provider, sub="number of nobody") == 200
    assert notify(provider, sub=sub_of(ALICE)) == 200
    assert [who(client) for client in (phone, laptop, bob, code)] == ["", "", BOB, ALICE]


def test_replayed_backchannel_logout_keeps_later_sessions(provider: BadProvider) -> None:
    captured = provider.logout_token(sub=sub_of(ALICE), sid="1", iat=int(time.time()) - 10)
    later = signed_in(provider, sid="1")

    assert Client().post(LOGOUT, {"logout_token": captured}).status_code == 200
    assert who(later) == ALICE


def test_backchannel_logout_ends_second_persons_session_in_browser(provider: BadProvider) -> None:
    client = signed_in(provider)
    assert led_back(provider, client, sub="2", preferred_username=BOB, sid="of Bob") == 302
    assert who(client) == BOB

    assert notify(provider, sid="of Bob") == 200
    assert who(client) == ""


@pytest.mark.parametrize(
    "attack",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": None},
        {"iat": None},
        {"iat": 2**40},
        {"iat": "now"},
        {"exp": None},
        {"exp": 1},
        {"jti": None},
        {"jti": ""},
        {"events": None},
        {"events": {}},
        {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
        {"nonce": "1"},
        {"nonce": ""},
        {"sid": None},
        {"sid": ""},
        {"sid": ["of Alice"]},
        {"sub": ""},
        {"sub": 7},
        {"header": {"typ": "at+jwt"}},
        {"header": {"kid": "2"}},
        {"key": "", "algorithm": "none"},
        {"key": "k" * 32, "algorithm": "HS256"},
        {"algorithm": "RS512"},
    ],
    ids=str,
)
def test_forged_backchannel_logout_is_rejected(provider: BadProvider, attack: dict[str, Any]) -> None:
    client = signed_in(provider)

    assert notify(provider, **{"sid": f"of {ALICE}", **attack}) == 400
    assert who(client) == ALICE


@pytest.mark.parametrize("body", ["", "x", "a.b.c", "." * 9000, "é" * 10])
def test_invalid_backchannel_logout_is_rejected(provider: BadProvider, body: str) -> None:
    answer = Client().post(LOGOUT, {"logout_token": body})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "no-store" in answer["Cache-Control"]


def test_backchannel_logout_with_foreign_key_is_rejected(provider: BadProvider) -> None:
    client = signed_in(provider)

    assert notify(provider, sid=f"of {ALICE}", key=rsa.generate_private_key(65537, 2048)) == 400
    assert who(client) == ALICE


def test_id_token_is_rejected_as_logout_token(provider: BadProvider) -> None:
    client = signed_in(provider)
    token = client.session[logins.PROVIDER_LOGIN]["id_token"]

    assert Client().post(LOGOUT, {"logout_token": token}).status_code == 400
    assert who(client) == ALICE


def test_provider_keys_are_refetched_after_rotation_at_limited_rate(
    provider: BadProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(provider)
    assert notify(provider, sid="of nobody") == 200
    fetched_at = ProviderKeys._asked_at
    assert notify(provider, sid=f"of {ALICE}", header={"kid": "unknown"}) == 400
    assert ProviderKeys._asked_at == fetched_at

    provider.answers["/keys"] = b'{"keys": []}'
    monkeypatch.setattr(ProviderKeys, "_asked_at", fetched_at - 601)
    assert notify(provider, sid=f"of {ALICE}") == 400
    assert who(client) == ALICE
    del provider.answers["/keys"]
    monkeypatch.setattr(ProviderKeys, "_asked_at", fetched_at - 601)
    assert notify(provider, sid=f"of {ALICE}") == 200
    assert who(client) == ""


def test_backchannel_logout_requires_configured_provider_and_post_method(
    provider: BadProvider, settings: Settings
) -> None:
    client = signed_in(provider)
    token = provider.logout_token(sid=f"of {ALICE}")
    assert Client().get(LOGOUT, {"logout_token": token}).status_code == 405
    override(settings, oidc_issuer="")
    assert notify(provider, sid=f"of {ALICE}") == 404
    assert who(client) == ALICE
