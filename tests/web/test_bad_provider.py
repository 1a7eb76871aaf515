"""Sign-in by an OpenID provider that sends invalid data."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import openid
from accounts.openid import Protocol
from tests.support.accounts import ALICE, who
from tests.support.bad_provider import CLIENT, BadProvider
from tests.support.settings import override

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_passwords")]


@pytest.fixture
def provider(settings: Settings) -> Iterator[BadProvider]:
    with BadProvider() as provider:
        provider.claims = {"preferred_username": ALICE}
        override(
            settings,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret="of the test",
            oidc_userid_claim="preferred_username",
            oidc_creates_users=True,
        )
        yield provider
        Protocol.forget()


def led_back(provider: BadProvider, client: Client, **claims: Any) -> int:
    there = provider.answer_to(client.get("/login/openid/")["Location"])
    provider.claims.update(claims)
    return client.get(there).status_code


def test_valid_id_token_logs_in(provider: BadProvider, client: Client) -> None:
    assert (led_back(provider, client), who(client)) == (302, ALICE)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"], "azp": "another client"},
        {"azp": "another client"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"exp": None},
        {"nonce": None},
        {"nonce": "of another sign-in"},
        {"preferred_username": [ALICE]},
    ],
)
def test_id_token_of_another_sign_in_is_rejected(
    provider: BadProvider, client: Client, claims: dict[str, Any]
) -> None:
    assert (led_back(provider, client, **claims), who(client)) == (403, "")


@pytest.mark.parametrize(("verified", "status"), [(None, 403), (False, 403), ("false", 403), (True, 302)])
def test_mail_address_identifies_person_only_if_verified(
    provider: BadProvider, client: Client, settings: Settings, verified: object, status: int
) -> None:
    override(settings, oidc_userid_claim="email")

    assert led_back(provider, client, email="alice@example.com", email_verified=verified) == status
    assert who(client) == ("alice@example.com" if status == 302 else "")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo"])
@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b'"text"',
        b"[" * 100_000,
        b'{"id_token": "a", "access_token": "a", "expires_in": "soon"}',
        b'{"x": "%s"}' % (b"x" * 300_000),
    ],
    ids=["HTML", "a text", "deep", "other types", "long"],
)
def test_invalid_provider_answer_is_refused(
    provider: BadProvider, client: Client, path: str, content: bytes
) -> None:
    there = provider.answer_to(client.get("/login/openid/")["Location"])
    Protocol.forget()
    provider.answers[path] = content

    assert (client.get(there).status_code, who(client)) == (403, "")


def test_production_refuses_an_openid_provider_without_tls(provider: BadProvider, settings: Settings) -> None:
    override(settings, production=True)

    assert Client().get("/login/openid/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_simultaneous_provider_accounts_bind_once(
    provider: BadProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, numbers, checked = Barrier(2), iter("12"), openid._is_bound

    def check_together(login: Any, user: Any) -> bool:
        login.account.uid = next(numbers)
        answer = checked(login, user)
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return answer

    def come(client: Client, there: str) -> None:
        client.get(there)
        connection.close()

    monkeypatch.setattr(openid, "_is_bound", check_together)
    # The provider of the test knows one nonce at a time.
    monkeypatch.setattr(openid, "_claims", lambda _, answers: answers["id_token"])
    clients = [Client(), Client()]
    backs = [provider.answer_to(client.get("/login/openid/")["Location"]) for client in clients]
    threads = [Thread(target=come, args=pair) for pair in zip(clients, backs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert SocialAccount.objects.filter(user=ALICE).count() == 1
