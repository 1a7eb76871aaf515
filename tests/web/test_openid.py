"""Sign-in by an OpenID provider, implemented by an independent package."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.openid import Protocol
from tests.support.accounts import ALICE, BOB, text
from tests.support.settings import override

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("cheap_passwords"),
    # The provider's own; it runs in a thread of the test.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

PEOPLE: list[dict[str, Any]] = [
    {"sub": "7001", "claims": {"preferred_username": ALICE, "name": "Alice Example"}},
    {"sub": "7002", "claims": {"preferred_username": BOB}},
    # Has come to be called as Alice is.
    {"sub": "7003", "claims": {"preferred_username": ALICE}},
    {"sub": "7004", "claims": {"preferred_username": "not a userid"}},
]
REFUSED = "You can&#x27;t sign in"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    # Imported here, because it takes long, and each process collects all tests.
    from oidc_provider_mock import User as Known
    from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread(user_claims=[Known(**person) for person in PEOPLE]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def provider(settings: Settings, issuer: str) -> Iterator[None]:
    override(
        settings,
        oidc_issuer=issuer,
        oidc_client_id="im66",
        oidc_client_secret="of the test",
        oidc_name="Example",
        oidc_userid_claim="preferred_username",
        oidc_creates_users=True,
    )
    yield
    Protocol.forget()


def answer_for(client: Client, number: str, start: str = "/login/openid/", **params: str) -> str:
    """Return the address to which the provider redirects the browser back."""
    there = client.get(start)["Location"]
    back = requests.post(there, data={"sub": number, **params}, allow_redirects=False, timeout=10)
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def userid_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_first_openid_sign_in_creates_person_and_redirects() -> None:
    client = Client()
    assert "Sign in with Example" in text(client.get("/login/"))

    done = client.get(answer_for(client, "7001", "/login/openid/?next=/console"))

    assert (done.status_code, done["Location"]) == (302, "/console")
    assert userid_in(client) == ALICE
    assert User.objects.get(pk=ALICE).nickname == "Alice Example"
    again = Client()
    assert again.get(answer_for(again, "7001")).status_code == 302
    assert userid_in(again) == ALICE


def test_openid_response_is_valid_once_in_its_browser(caplog: pytest.LogCaptureFixture) -> None:
    alice, bob = Client(), Client()
    answer = answer_for(alice, "7001")
    assert (bob.get(answer).status_code, userid_in(bob)) == (403, None)
    assert alice.get(answer).status_code == 302
    alice.logout()

    with caplog.at_level(logging.WARNING):
        replayed = alice.get(answer)

    assert (replayed.status_code, userid_in(alice)) == (403, None)
    assert REFUSED in text(replayed)
    assert "Refused: openid" in caplog.text


def test_second_provider_account_cannot_take_over() -> None:
    alice, other = Client(), Client()
    alice.get(answer_for(alice, "7001"))

    assert other.get(answer_for(other, "7003")).status_code == 403
    assert userid_in(other) is None


@pytest.mark.parametrize("number", ["7002", "7004"])
def test_openid_without_user_creation_admits_existing_people_only(settings: Settings, number: str) -> None:
    override(settings, oidc_creates_users=False)
    client, alice = Client(), Client()
    User.objects.create_user(ALICE)

    assert client.get(answer_for(client, number)).status_code == 403
    assert alice.get(answer_for(alice, "7001")).status_code == 302
    assert User.objects.count() == 1


def test_start_link_ignores_foreign_parameters(issuer: str) -> None:
    link = "/login/openid/?process=connect&action=rerequest&scope=all&auth_params=redirect_uri%3Dhttps://evil.example"
    client = Client()
    there = urlsplit(client.get(link)["Location"])
    query = parse_qs(there.query)
    assert f"{there.scheme}://{there.netloc}" == issuer
    assert query["redirect_uri"] == ["http://testserver/login/openid/back/"]
    assert "all" not in query["scope"][0].split()
    assert client.get(answer_for(client, "7001", link)).status_code == 302
    assert userid_in(client) == ALICE


def test_banned_person_is_rejected_and_cancel_is_explained() -> None:
    User.objects.create_user(BOB, is_active=False)
    bob, nobody = Client(), Client()

    assert bob.get(answer_for(bob, "7002")).status_code == 403
    assert nobody.get(answer_for(nobody, "", action="deny")).status_code == 403
    assert userid_in(bob) is None


def test_provider_login_requires_second_factor() -> None:
    client = Client()
    client.get(answer_for(client, "7001"))
    client.logout()
    Authenticator.objects.create(user_id=ALICE, type="totp", data={"secret": "A" * 32})

    assert client.get(answer_for(client, "7001"))["Location"] == "/factors/code/"
    assert userid_in(client) is None


def test_unavailable_openid_provider_gets_403(settings: Settings) -> None:
    Protocol.forget()
    override(settings, oidc_issuer="http://localhost:9")

    assert Client().get("/login/openid/").status_code == 403


def test_openid_pages_are_absent_without_the_setting(settings: Settings) -> None:
    override(settings, oidc_issuer="")

    assert [Client().get(f"/login/openid/{page}").status_code for page in ("", "start/", "back/")] == [
        404
    ] * 3
    assert "Sign in with" not in text(Client().get("/login/"))
