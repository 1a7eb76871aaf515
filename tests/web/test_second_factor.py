"""A second factor is required after the password at every sign-in. It can be mandatory for staff."""

import time
from base64 import b32decode
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts import erasing
from accounts.models import User
from moderation.models import AuditEntry
from tests.support.accounts import ALICE, BOB, PASSWORD, send_login, text
from tests.support.settings import override

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_passwords")]

ME = "/api/v1/me"
REPORTS = "/api/v1/moderation/reports"
OURS = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


@pytest.fixture
def alice() -> Client:
    """Return the client of Alice, who is staff, logged in by password alone."""
    User.objects.create_superuser(ALICE, PASSWORD)
    return signed_in(ALICE)


def signed_in(userid: str) -> Client:
    client = Client()
    send_login(client, userid, PASSWORD)
    return client


def set_up(client: Client) -> tuple[TOTP, list[str]]:
    """Set up an app with codes. Return its code generator and the recovery codes."""
    client.post("/factors/password/", {"password": PASSWORD})
    page = client.get("/factors/app/")
    secret = page.context["form"].secret
    app = app_of(secret)
    done = client.post("/factors/app/", {"code": code(app)}, follow=True)
    assert done.redirect_chain == [("/factors/codes/", 302)]
    return app, list(done.context["unused_codes"])


def app_of(secret: str) -> TOTP:
    return TOTP(b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)


def code(app: TOTP, steps: int = 0) -> str:
    """Return the app's code of now, or of `steps` steps of 30 seconds later: each is valid once."""
    return app.generate(int(time.time()) + 30 * steps).decode()


def is_in(client: Client) -> bool:
    return bool(client.get(ME, headers=OURS).status_code == 200)


def test_code_is_required_after_password_and_valid_once(alice: Client) -> None:
    app, _ = set_up(alice)
    client = Client()

    response = send_login(client, ALICE, PASSWORD)
    assert response["Location"] == "/factors/code/"
    assert not is_in(client), "the password alone lets nobody in"

    now = code(app, 1)
    assert client.post("/factors/code/", {"code": now})["Location"] == "/"
    assert is_in(client)
    for is_another_process in (False, True):
        if is_another_process:
            cache.clear()
        again = Client()
        send_login(again, ALICE, PASSWORD)
        assert again.post("/factors/code/", {"code": f"{now[:3]} {now[3:]}"}).status_code == 200
        assert not is_in(again)


def test_pending_sign_in_is_rejected_after_password_change(alice: Client) -> None:
    """An attacker who knows the old password may also know codes."""
    _, codes = set_up(alice)
    client, again = Client(), Client()
    send_login(client, ALICE, PASSWORD)
    user = User.objects.get(pk=ALICE)
    user.set_password("another horse battery")
    user.save()

    assert client.post("/factors/code/", {"code": codes[0]}).status_code == 403
    assert not is_in(client)
    send_login(again, ALICE, "another horse battery")
    again.post("/factors/code/", {"code": codes[1]})
    assert is_in(again)


def test_recovery_code_logs_in_once(alice: Client) -> None:
    _, codes = set_up(alice)
    first, second = Client(), Client()
    for client in (first, second):
        send_login(client, ALICE, PASSWORD)
        client.post("/factors/code/", {"code": codes[0]})

    assert (is_in(first), is_in(second)) == (True, False)


def test_wrong_codes_count_as_failed_logins(alice: Client) -> None:
    app, _ = set_up(alice)
    client = Client()
    send_login(client, ALICE, PASSWORD)
    answers = [client.post("/factors/code/", {"code": "000000"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    client.post("/factors/code/", {"code": code(app, 1)})
    assert not is_in(client), "not even the right one"
    assert AccessAttempt.objects.get(username=ALICE).failures_since_start >= 5


def test_code_guesses_are_limited_across_addresses(alice: Client) -> None:
    app, _ = set_up(alice)
    guessers = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(20)]
    for client in guessers:
        send_login(client, ALICE, PASSWORD)
        assert client.post("/factors/code/", {"code": "000000"}).status_code == 200

    late = Client(REMOTE_ADDR="203.0.113.99")
    send_login(late, ALICE, PASSWORD)
    late.post("/factors/code/", {"code": code(app, 1)})
    assert not is_in(late)


def test_admin_login_asks_for_the_second_factor(alice: Client) -> None:
    app, _ = set_up(alice)
    client = Client()
    there = {"username": ALICE, "password": PASSWORD, "next": "/admin/people/"}

    assert client.post("/admin/login/", there)["Location"] == "/factors/code/"
    assert client.get("/admin/people/").status_code == 302
    assert client.post("/factors/code/", {"code": code(app, 1)})["Location"] == "/admin/people/"
    assert client.get("/admin/people/").status_code == 200


class TestRequiredForStaff:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Settings) -> None:
        override(settings, second_factor="staff")

    @pytest.mark.django_db(transaction=True)
    def test_desk_and_its_api_open_after_second_factor(self, alice: Client) -> None:
        assert alice.get("/admin/", follow=True).redirect_chain[-1][0] == "/factors/?next=%2Fadmin%2F"
        refused = alice.get(REPORTS, headers=OURS)
        assert (refused.status_code, refused.json()["error"]["name"]) == (403, "not_allowed")
        assert is_in(alice), "chat needs none"

        set_up(alice)

        assert alice.get("/admin/").status_code == 200
        assert alice.get(REPORTS, headers=OURS).status_code == 200

    def test_earlier_staff_session_must_show_the_second_factor(self, alice: Client) -> None:
        other = signed_in(ALICE)
        app, _ = set_up(alice)

        there = "/factors/again/?next=%2Fadmin%2F"
        assert other.get("/admin/", follow=True).redirect_chain[-1][0] == there
        assert other.get(REPORTS, headers=OURS).status_code == 403
        other.post(there, {"code": code(app, 1)})
        assert other.get("/admin/").status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_removed_last_factor_is_required_again(self, alice: Client) -> None:
        app, _ = set_up(alice)
        alice.post("/factors/again/", {"code": code(app, 1)})
        alice.post("/factors/app/remove/")
        assert not Authenticator.objects.exists()
        assert alice.get("/admin/", follow=True).redirect_chain[-1][0] == "/factors/?next=%2Fadmin%2F"
        assert alice.get(REPORTS, headers=OURS).status_code == 403

    def test_second_factor_is_optional_for_others(self, alice: Client) -> None:
        User.objects.create_user(BOB, PASSWORD)
        bob = signed_in(BOB)

        assert is_in(bob)
        assert "/factors/" not in bob.get("/admin/", follow=True).redirect_chain[-1][0]


def test_second_factor_can_be_disabled(settings: Settings, alice: Client) -> None:
    set_up(alice)
    override(settings, second_factor="off")

    assert is_in(signed_in(ALICE))
    assert not is_mfa_enabled(User.objects.get()), "nor after a login by a provider"
    assert alice.get("/factors/").status_code == 404
    assert "passkey" not in text(Client().get("/login/"))


@pytest.mark.django_db(transaction=True)
def test_second_factor_is_removed_by_operator_and_by_erasure(alice: Client) -> None:
    set_up(alice)
    call_command("resetfactors", ALICE, reason="the phone is lost", stdout=StringIO())

    assert not Authenticator.objects.exists()
    assert not is_in(alice), "all logins end"
    assert AuditEntry.objects.get(action="person.reset_factors").target == "u:alice"

    again = signed_in(ALICE)
    set_up(again)
    erasing.blank(ALICE)
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_activation_code_is_valid_once(alice: Client) -> None:
    alice.post("/factors/password/", {"password": PASSWORD})
    app = app_of(alice.get("/factors/app/").context["form"].secret)
    first = code(app)
    alice.post("/factors/app/", {"code": first})
    client = Client()
    send_login(client, ALICE, PASSWORD)

    assert client.post("/factors/code/", {"code": first}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("page", ["app/remove/", "keys/add/", "codes/new/"])
def test_password_alone_cannot_change_second_factors(alice: Client, page: str) -> None:
    """In a session from before the factor was set up, which has not shown it."""
    before = signed_in(ALICE)
    app, _ = set_up(alice)
    before.post("/factors/password/", {"password": PASSWORD})

    assert before.get(f"/factors/{page}")["Location"].startswith("/factors/again/")
    before.post("/factors/again/", {"code": code(app, 1)})
    assert before.get(f"/factors/{page}").status_code == 200
