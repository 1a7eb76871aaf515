"""Where one is logged in, and how that ends. People of this file's own, because their logins end."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import logins
from accounts.account_status import EVERYTHING, TOKENS, Change
from accounts.authentication import api_keys
from accounts.models import BrowserLogin, User
from accounts.signals import account_status_changed
from chat.access import session_end_failure
from tests.support.api import Api
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

NORA, PASSWORD = "nora", "correct horse battery"
PATH = "/api/v1/me/logins"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 MicroMessenger/8.0.50"


class Browser(Client):
    """Nora's. Its pages are those of this server."""

    def __init__(self, agent: str = FIREFOX, address: str = "203.0.113.7") -> None:
        super().__init__(
            enforce_csrf_checks=True,
            HTTP_USER_AGENT=agent,
            REMOTE_ADDR=address,
            HTTP_SEC_FETCH_SITE="same-origin",
            HTTP_SEC_FETCH_DEST="empty",
        )
        self.cookies["csrftoken"] = "c" * 32
        self.force_login(User.objects.get(pk=NORA))

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """With what the browser says of itself."""
        self.get("/login/")
        form = {"username": user.pk, "password": PASSWORD, "csrfmiddlewaretoken": "c" * 32}
        assert self.post("/login/", form).status_code == 302
        # It was changed with the login.
        self.cookies["csrftoken"] = "c" * 32

    def logins(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get(PATH).json()["items"]
        return items

    def end(self, path: str = "") -> int:
        return int(self.delete(PATH + path, headers={"X-CSRFToken": "c" * 32}).status_code)

    @property
    def is_in(self) -> bool:
        return self.get("/api/v1/me").status_code == 200


@pytest.fixture(autouse=True)
def _nora(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)
    User.objects.create_user(NORA, PASSWORD)


@pytest.fixture
def ended_sessions() -> Any:
    """Which sessions end on all sockets."""
    results: list[str] = []

    def note(change: Change, **_: Any) -> None:
        results.append(change.ended)

    account_status_changed.connect(note)
    yield results
    account_status_changed.disconnect(note)


def test_logins_list_browser_address_and_current_one() -> None:
    here, there = Browser(), Browser(WECHAT, "2001:db8::7")
    latest, earlier, apps = here.logins()
    assert (latest["browser"], latest["system"], latest["current"]) == ("WeChat", "Android", False)
    assert (earlier["browser"], earlier["system"], earlier["current"]) == ("Firefox", "Linux", True)
    assert [latest["address"], earlier["address"]] == ["2001:db8::7", "203.0.113.7"]
    assert [one["current"] for one in there.logins()] == [True, False, False]
    assert (apps["id"], apps["kind"], apps["time"]) == ("tokens", "apps", None)
    assert [one["current"] for one in Api(NORA, has_token=True).get("me/logins").body["items"]] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("kept", "address"), [("network", "203.0.113.0/24"), ("none", "")])
def test_stored_login_address_follows_the_setting(settings: Settings, kept: str, address: str) -> None:
    override(settings, login_addresses=kept)
    assert Browser().logins()[0]["address"] == address
    assert BrowserLogin.objects.get().address == address


def test_ended_login_closes_its_sockets_in_every_process(ended_sessions: list[str]) -> None:
    here, there = Browser(), Browser(WECHAT)
    other, own, _ = here.logins()
    assert here.end(f"/{other['id']}") == 204
    assert (here.is_in, there.is_in) == (True, False)
    assert ended_sessions == [other["id"]]
    assert here.end(f"/{other['id']}") == 204
    assert [one["id"] for one in here.logins()] == [own["id"], "tokens"]


def test_ending_other_logins_keeps_the_current_session(ended_sessions: list[str]) -> None:
    here, there, app = Browser(), Browser(WECHAT), Api(NORA, has_token=True)
    other = here.logins()[0]["id"]
    assert app.get("me").status == 200
    assert here.end() == 204
    assert (here.is_in, there.is_in, app.get("me").failed) == (True, False, (401, "log_in_first"))
    assert ended_sessions == [other, TOKENS]
    assert here.end() == 204
    assert here.is_in


def test_ending_logins_ends_the_calling_token(ended_sessions: list[str]) -> None:
    here, app = Browser(), Api(NORA, has_token=True)
    assert app.delete("me/logins").status == 204
    assert (here.is_in, app.get("me").failed) == (False, (401, "log_in_first"))
    assert ended_sessions[-1] == EVERYTHING


def test_ending_an_app_login_ends_all_apps_but_no_browsers() -> None:
    here, app = Browser(), Api(NORA, has_token=True)
    assert here.end("/tokens") == 204
    assert (here.is_in, app.get("me").failed) == (True, (401, "log_in_first"))
    assert session_end_failure("", Change(ended=TOKENS))
    assert not session_end_failure("0" * 32, Change(ended=TOKENS))


def test_logins_of_others_are_not_accessible() -> None:
    here = Browser()
    User.objects.create_user("oscar")
    oscar = Api("oscar", has_token=True)
    assert [one["id"] for one in oscar.get("me/logins").body["items"]] == ["tokens"]
    assert oscar.delete(f"me/logins/{here.logins()[0]['id']}").status == 204
    assert here.is_in


def test_logins_are_closed_to_keys_and_in_open_mode(settings: Settings) -> None:
    shop = Api(NORA, authorization=f"Api-Key {api_keys.make('shop').text}")
    for call in (shop.get("me/logins", **{"as": NORA}), shop.delete(f"me/logins?as={NORA}")):
        assert call.failed == (403, "not_allowed")
    override(settings, auth="open")
    assert Api(NORA).get("me/logins").failed == (403, "not_allowed")


def test_oldest_login_ends_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "MAX_LOGINS", 2)
    first, second, third = Browser(), Browser(), Browser()
    assert (first.is_in, second.is_in, third.is_in) == (False, True, True)
    assert BrowserLogin.objects.count() == 2


def test_logout_and_new_password_delete_logins() -> None:
    here, there = Browser(), Browser(WECHAT)
    there.post("/logout/", {"csrfmiddlewaretoken": "c" * 32})
    assert BrowserLogin.objects.count() == 1
    form = {"old_password": PASSWORD, "new_password1": "another horse 7", "new_password2": "another horse 7"}
    app = Api(NORA, has_token=True)
    assert here.post("/password/", form | {"csrfmiddlewaretoken": "c" * 32}).status_code == 302
    assert [one["current"] for one in here.logins()] == [True, False]
    assert app.get("me").failed == (401, "log_in_first")


def test_login_details_are_deleted_with_the_session() -> None:
    Browser()
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    call_command("clearsessions")
    assert not BrowserLogin.objects.exists()
