"""The login page."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as project
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from pytest_django import Settings

from accounts.authentication.passwords import Argon2Hasher
from accounts.limits.buckets import Rate
from accounts.models import User
from accounts.services import ensure_users
from tests.support.accounts import ALICE, BOB, PASSWORD, send_login, text, who
from tests.support.settings import override

pytestmark = pytest.mark.django_db

# What servers hash with.
HASHERS = [
    "accounts.authentication.passwords.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
WRONG = "The user ID or the password is wrong."
CHINESE: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret="s" * 32)


@pytest.fixture(autouse=True)
def alice() -> User:
    return User.objects.create_user(ALICE, PASSWORD)


def test_right_password_logs_in(client: Client) -> None:
    response = send_login(client, ALICE)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert who(client) == ALICE


def test_console_shows_the_logged_in_person(client: Client) -> None:
    assert 'href="/login/?next=/console"' in text(client.get("/console"))
    send_login(client, ALICE)
    page = text(client.get("/console"))
    assert f'<input name="userid" data-type="text" value="{ALICE}">' in page
    assert 'action="/logout/"' in page
    assert 'href="/password/"' in page
    assert "You are signed in." in page


def test_login_is_optional_in_open_mode(client: Client, settings: Settings) -> None:
    override(settings, auth="open")
    page = text(client.get("/console"))
    assert "/login/" not in page
    assert "/logout/" not in page
    send_login(client, ALICE)
    page = text(client.get("/console"))
    assert f'<span class="who" title="{ALICE}">{ALICE}</span>' in page
    assert "Open mode trusts everyone" in page


def test_logged_in_visitor_is_redirected_from_login(client: Client) -> None:
    send_login(client, ALICE)
    response = client.get("/login/?next=/admin/")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


# Who does not get in.


@pytest.fixture
def strangers(alice: User) -> dict[str, tuple[str, str]]:
    """Return a userid and a password for each reason of a failed login."""
    ensure_users(["newcomer"])
    User.objects.create_user("locked", PASSWORD, is_active=False)
    return {
        "a wrong password": (ALICE, "wrong"),
        "nobody of this userid": ("nobody", PASSWORD),
        "no password was ever set": ("newcomer", PASSWORD),
        "a locked account": ("locked", PASSWORD),
        "another case": ("ALICE", PASSWORD),
        "no userid at all": ("a_b,c/d", PASSWORD),
    }


def test_failed_logins_get_same_response(client: Client, strangers: dict[str, tuple[str, str]]) -> None:
    for userid, password in strangers.values():
        response = send_login(client, userid, password)
        assert response.status_code == 200
        assert WRONG in text(response)
        assert not who(client)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the passwords that have been hashed or verified."""
    results: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2Hasher, name)

        def counted(self: Argon2Hasher, password: str, *rest: str, real: object = real) -> object:
            results.append(password)
            return real(self, password, *rest)  # type: ignore[operator]

        monkeypatch.setattr(Argon2Hasher, name, counted)
    return results


def test_failed_logins_take_same_work(
    client: Client, strangers: dict[str, tuple[str, str]], hashed: list[str]
) -> None:
    for why, (userid, password) in strangers.items():
        hashed.clear()
        send_login(client, userid, password)
        assert len(hashed) == 1, why


@pytest.mark.parametrize(("userid", "password"), [("", PASSWORD), (ALICE, ""), ("a\0b", PASSWORD)])
def test_missing_login_field_has_its_error(client: Client, userid: str, password: str) -> None:
    response = send_login(client, userid, password)
    assert response.status_code == 200
    assert 'aria-invalid="true"' in text(response)
    assert re.search(r'aria-describedby="id_(\w+)_error"(?s:.*) id="id_\1_error"', text(response))


def test_failed_login_is_logged_once_without_credentials(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    send_login(client, "mistyped-password", "another-password", REMOTE_ADDR="192.0.2.1")
    (line,) = caplog.messages
    assert line.startswith("Refused: login by somebody from 192.0.2.1: ")
    assert "mistyped-password" not in line
    assert "another-password" not in line


# Passwords.


def test_login_upgrades_old_password_hash(client: Client, alice: User, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    alice.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    alice.save()
    send_login(client, ALICE)
    assert who(client) == ALICE
    alice.refresh_from_db()
    assert alice.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert alice.check_password(PASSWORD)
    # The session still counts.
    assert ALICE in text(client.get("/console"))


@pytest.mark.parametrize("userid", ["老板六六", "Ａlice", "ﬁsh", "o'brien", "x" * 64])
def test_login_does_not_normalize_the_userid(client: Client, userid: str) -> None:
    User.objects.create_user(userid, PASSWORD)
    send_login(client, userid)
    assert who(client) == userid


# Too many.


def test_logins_are_limited(client: Client, settings: Settings) -> None:
    override(settings, limit_logins=Rate(2, 3600))
    User.objects.create_user(BOB, PASSWORD)
    for _ in range(2):
        assert send_login(Client(), ALICE).status_code == 302
    response = send_login(client, ALICE)
    assert response.status_code == 429
    assert 1700 < int(response["Retry-After"]) <= 1800
    assert "There were too many sign-ins with this user ID." in text(response)
    assert "Try again in 30 minutes." in text(response)
    assert "登录次数过多" in text(send_login(client, ALICE, **CHINESE))
    assert not who(client)
    assert send_login(client, BOB).status_code == 302


def test_login_beyond_the_limit_hashes_no_password(
    client: Client, settings: Settings, hashed: list[str]
) -> None:
    override(settings, limit_logins=Rate(1, 3600))
    send_login(client, ALICE)
    hashed.clear()
    send_login(Client(), ALICE)
    assert hashed == []


def test_failed_logins_do_not_use_limit_of_person(client: Client, settings: Settings) -> None:
    override(settings, limit_logins=Rate(1, 3600))
    for _ in range(3):
        assert send_login(Client(), ALICE, "wrong").status_code == 200
    assert send_login(client, ALICE).status_code == 302


def test_passwords_are_hashed_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = 0, 0

    def hash_(*_: object) -> str:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        at_once -= 1
        return ""

    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2PasswordHasher, name, hash_)
    with ThreadPoolExecutor() as threads:
        for name in ("encode", "verify", "encode", "verify"):
            threads.submit(getattr(Argon2Hasher(), name), PASSWORD, "")
    assert most == 1


# What a browser keeps.


def test_login_replaces_a_prepared_session_key(client: Client) -> None:
    prepared = client.session
    prepared["kept"] = "yes"
    prepared.save()
    client.cookies[project.SESSION_COOKIE_NAME] = str(prepared.session_key)
    send_login(client, ALICE)
    assert client.session.session_key != prepared.session_key
    assert not prepared.exists(str(prepared.session_key))
    thief = Client()
    thief.cookies[project.SESSION_COOKIE_NAME] = str(prepared.session_key)
    assert not who(thief)


def test_cookies_are_httponly_and_samesite(client: Client) -> None:
    client.get("/login/")
    send_login(client, ALICE)
    assert set(client.cookies) == {"csrftoken", "sessionid"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_login_page_is_not_cached(client: Client) -> None:
    assert "no-store" in client.get("/login/")["Cache-Control"]


# Where it leads.


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "https:///evil.example",
    "http://testserver@evil.example/",
    "\x08//evil.example",
)


def test_login_rejects_foreign_redirect() -> None:
    for elsewhere in ELSEWHERE:
        client = Client()
        page = text(client.get("/login/", {"next": elsewhere}))
        assert "evil" not in page
        assert "alert(" not in page
        response = client.post(
            f"/login/?next={quote(elsewhere)}", {"username": ALICE, "password": PASSWORD, "next": elsewhere}
        )
        assert (response.status_code, response["Location"]) == (302, "/"), elsewhere


def test_login_does_not_redirect_to_itself(client: Client) -> None:
    send_login(client, ALICE)
    response = client.get("/login/?next=/login/")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_login_redirects_to_own_page(client: Client) -> None:
    assert 'name="next" value="/password/"' in text(client.get("/login/?next=/password/"))
    response = client.post("/login/", {"username": ALICE, "password": PASSWORD, "next": "/password/"})
    assert response["Location"] == "/password/"


@pytest.mark.parametrize("path", ["/login", "/signup", "/password", "/password/changed"])
def test_login_path_works_without_trailing_slash(client: Client, path: str) -> None:
    response = client.get(f"{path}?next=/password/")
    assert (response.status_code, response["Location"]) == (302, f"{path}/?next=/password/")


# Forms of other sites.


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Allow cookies for this site"), ("zh-CN", "请允许本站使用 Cookie")],
)
def test_form_without_csrf_cookie_gets_explanation(language: str, expected: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = send_login(client, ALICE, HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 403
    assert expected in text(response)
    assert not who(client)


def test_form_with_csrf_token_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True)
    results = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text(client.get("/login/")))
    assert results
    client.post("/login/", {"username": ALICE, "password": PASSWORD, "csrfmiddlewaretoken": results[1]})
    assert who(client) == ALICE


# Languages.


@pytest.mark.parametrize(
    ("language_header", "language", "expected"),
    [
        ("", "en", "Sign in"),
        ("en-GB", "en", "Sign in"),
        ("de", "en", "Sign in"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans", "登录"),
        ("zh", "zh-hans", "登录"),
        ("zh-TW", "zh-hant", "登入"),
        ("zh-HK,zh;q=0.9", "zh-hant", "登入"),
    ],
)
def test_login_page_uses_language_of_reader(
    client: Client, language_header: str, language: str, expected: str
) -> None:
    response = client.get("/login/", HTTP_ACCEPT_LANGUAGE=language_header)
    assert f'<html lang="{language}">' in text(response)
    assert f"<h1>{expected}</h1>" in text(response)
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


def test_login_errors_use_language_of_reader(client: Client) -> None:
    assert "用户 ID 或密码错误" in text(send_login(client, ALICE, "wrong", **CHINESE))
    assert "请填写此项" in text(send_login(client, "", "", **CHINESE))


def test_other_pages_keep_their_language(client: Client) -> None:
    send_login(client, BOB, "wrong", **CHINESE)
    for path in ("/console", "/grpinfo?groupid=7", "/upload/writev2"):
        language_header = client.get(path, **CHINESE)
        assert "zh" not in language_header.get("Content-Language", "")
        assert not re.search("[\u4e00-\u9fff]", text(language_header)), path
