"""Sign-in by a code: a browser shows it, and the user confirms it where they are signed in."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import logins
from accounts.account_status import session_digest
from accounts.authentication import api_keys
from accounts.limits.buckets import Rate
from accounts.models import BrowserLogin, SignInCode, User
from accounts.services import set_account_status
from tests.support.accounts import ALICE, BOB, ELSEWHERE, HOME, PASSWORD, send_login, who
from tests.support.api import Api
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
API = "/api/v1/me/logins/code"
OURS: dict[str, Any] = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_SEC_FETCH_DEST": "empty"}


@pytest.fixture(autouse=True)
def _people(settings: Settings, cheap_passwords: None) -> None:
    override(settings, auth="token", token_secret=SECRET)
    for userid in (ALICE, BOB):
        User.objects.create_user(userid, PASSWORD)


class Computer(Client):
    """A browser on the sign-in page."""

    def __init__(self) -> None:
        super().__init__(HTTP_USER_AGENT=CHROME, REMOTE_ADDR=HOME)

    def show(self) -> str:
        """Show a code, and return it."""
        url: str = self.post("/login/code/").json()["url"]
        assert url.startswith("http://testserver/sign-in/#")
        return url.partition("#")[2]

    @property
    def state(self) -> str:
        return str(self.post("/login/code/state/").json()["state"])

    def go_on(self, **form: str) -> Any:
        return self.post("/login/code/redeem/", form)


class Phone(Client):
    """A signed-in browser on another device."""

    def __init__(self, userid: str = ALICE, address: str = HOME) -> None:
        super().__init__(REMOTE_ADDR=address, **OURS)
        send_login(self, userid, PASSWORD)

    def call(self, path: str, code: str) -> Any:
        return self.post(API + path, {"code": code}, "application/json")


def test_confirmed_code_logs_its_browser_in_once() -> None:
    computer, other, phone = Computer(), Computer(), Phone()
    code, _ = computer.show(), other.show()
    assert computer.state == "waiting"
    asking = phone.call("", code).json()
    assert (asking["browser"], asking["system"], asking["address"], asking["near"]) == (
        "Chrome",
        "Windows",
        HOME,
        True,
    )
    assert (computer.state, other.state) == ("seen", "waiting")
    assert computer.go_on()["Location"] == "/login/"
    assert phone.call("/confirm", code).status_code == 204
    assert (computer.state, other.state) == ("confirmed", "waiting")

    # The code alone, as somebody has seen it, lets nobody in.
    other.go_on()
    assert who(other) == ""
    stolen = Computer()
    stolen.cookies["im66_sign_in"] = computer.cookies["im66_sign_in"].value
    assert computer.go_on(next="/leaving/")["Location"] == "/leaving/"
    assert who(computer) == ALICE
    stolen.go_on()
    assert who(stolen) == ""
    assert [one.agent for one in logins.logins_of(ALICE)] == [CHROME, ""]


def test_code_is_confirmed_once_and_gone_when_refused_or_expired() -> None:
    computer, alice, bob = Computer(), Phone(), Phone(BOB)
    code = computer.show()
    assert [one.call("/confirm", code).status_code for one in (alice, bob)] == [204, 404]
    assert alice.call("/refuse", code).status_code == 404
    computer.go_on()
    assert who(computer) == ALICE

    computer = Computer()
    code = computer.show()
    assert bob.call("/refuse", code).status_code == 204
    assert (computer.state, bob.call("/confirm", code).status_code) == ("refused", 404)

    old, code = code, computer.show()
    assert bob.call("", old).status_code == 404
    SignInCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for path in ("", "/confirm", "/refuse"):
        failed = bob.call(path, code)
        assert (failed.status_code, failed.json()["error"]["name"]) == (404, "not_found")
    assert computer.state == "gone"
    Computer().show()
    assert SignInCode.objects.count() == 1


@pytest.mark.parametrize("end", ["banned", "logged out everywhere", "new password"])
def test_confirmed_sign_in_code_ends_with_the_persons_logins(end: str) -> None:
    computer, phone = Computer(), Phone()
    assert phone.call("/confirm", computer.show()).status_code == 204
    match end:
        case "banned":
            set_account_status(ALICE, banned=True)
        case "logged out everywhere":
            logins.end_others(ALICE, "")
        case _:
            alice = User.objects.get(pk=ALICE)
            alice.set_password("another horse battery")
            alice.save()
    assert computer.go_on()["Location"] == "/login/"
    assert who(computer) == ""


def test_second_factor_is_required_on_new_browser() -> None:
    Authenticator.objects.create(user_id=ALICE, type=Authenticator.Type.TOTP, data={"secret": "x"})
    phone = Client(REMOTE_ADDR=HOME, **OURS)
    phone.force_login(User.objects.get(pk=ALICE), "django.contrib.auth.backends.ModelBackend")
    computer = Computer()
    code = computer.show()
    assert phone.post(f"{API}/confirm", {"code": code}, "application/json").status_code == 204
    assert computer.go_on()["Location"] == "/factors/code/"
    assert who(computer) == ""


def test_code_login_is_not_fresh() -> None:
    computer, phone = Computer(), Phone()
    phone.call("/confirm", computer.show())
    computer.go_on()
    row = BrowserLogin.objects.get(by_code=True)
    assert not logins.is_fresh(ALICE, session_digest(row.session_key))
    other = BrowserLogin.objects.get(by_code=False)
    assert logins.is_fresh(ALICE, session_digest(other.session_key))


def test_sign_in_code_is_confirmed_by_user_token_not_by_api_key() -> None:
    computer = Computer()
    code = computer.show()
    shop = Api(BOB, authorization=f"Api-Key {api_keys.make('shop').text}")
    for path in ("", "/confirm", "/refuse"):
        assert shop.post(f"me/logins/code{path}?as={BOB}", code=code).failed == (403, "not_allowed")
    app = Api(BOB, has_token=True)
    assert app.post("me/logins/code", code=code).body["browser"] == "Chrome"
    assert app.post("me/logins/code/confirm", code=code).status == 204
    computer.go_on()
    assert who(computer) == BOB


@pytest.mark.parametrize(
    ("kept", "address", "near"),
    [("full", HOME, False), ("network", "192.0.2.0/24", False), ("none", "", None)],
)
def test_displayed_address_follows_retention_setting(
    settings: Settings, kept: str, address: str, near: bool | None
) -> None:
    override(settings, login_addresses=kept)
    asking = Phone(address=ELSEWHERE).call("", Computer().show()).json()
    assert (asking["address"], asking["near"]) == (address, near)


def test_sign_in_code_rejects_foreign_sites() -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in ("", "state/", "redeem/"):
        assert strict.post(f"/login/code/{path}").status_code == 403
    phone = Client(enforce_csrf_checks=True, **OURS)
    phone.force_login(User.objects.get(pk=ALICE), "django.contrib.auth.backends.ModelBackend")
    answer = phone.post(f"{API}/confirm", {"code": Computer().show()}, "application/json")
    assert (answer.status_code, answer.json()["error"]["name"]) == (403, "not_allowed")


def test_new_sign_in_codes_are_limited_per_address(settings: Settings) -> None:
    override(settings, limit_logins=Rate(20, 60), people_per_address=1)
    computer = Computer()
    assert [computer.post("/login/code/").status_code for _ in range(3)] == [200, 200, 429]
    assert SignInCode.objects.count() == 1


def test_sign_in_code_and_secret_are_not_stored() -> None:
    computer = Computer()
    code = computer.show()
    cookie = computer.cookies["im66_sign_in"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/login/")
    stored = repr(list(SignInCode.objects.values_list()))
    assert code not in stored
    assert cookie.value not in stored
    assert len(code) >= 22


@pytest.mark.parametrize("off", [{"qr_sign_in": False}, {"auth": "open"}])
def test_sign_in_codes_can_be_disabled(settings: Settings, off: dict[str, Any]) -> None:
    assert "/login/code/" in Client().get("/login/").content.decode()
    phone = Phone()
    override(settings, **off)
    assert "/login/code/" not in Client().get("/login/").content.decode()
    client = Client()
    for path in ("/login/code/", "/login/code/state/", "/login/code/redeem/"):
        assert client.post(path).status_code == 404
    assert client.get("/sign-in/").status_code == 404
    assert phone.call("/confirm", "x").status_code in {401, 403, 404}


def test_confirmation_page_asks_anonymous_visitor_to_sign_in() -> None:
    assert "You are not signed in on this device." in Client().get("/sign-in/").content.decode()
    assert "asks to sign in as you, alice" in Phone().get("/sign-in/").content.decode()
