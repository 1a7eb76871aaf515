"""Setting a new password by mail, and the mail address for it. No other test uses Nora."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts import recovery
from accounts.limits import limits
from accounts.limits.buckets import Rate
from accounts.mailing import MailThread
from accounts.models import User
from tests.support.accounts import PASSWORD, is_let_in, send_login, text
from tests.support.api import Api
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

NORA, MAIL, NEW = "nora", "nora@home.example", "staple of another horse"
PUBLIC = "https://chat.example/im"


@pytest.fixture(autouse=True)
def nora(settings: Settings, cheap_passwords: None) -> User:
    override(
        settings,
        auth="token",
        token_secret=SECRET,
        token_leeway_seconds=0.0,
        mail_url="smtp://mail.example",
        mail_from="im66@chat.example",
        public_url=PUBLIC,
        contact="help@chat.example",
    )
    limits.forget()
    return User.objects.create_user(NORA, PASSWORD, email=MAIL, confirmed_email=MAIL)


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Return the queued jobs of the mail thread."""
    results: list[Callable[[], object]] = []
    monkeypatch.setattr(MailThread, "add", lambda _, job: results.append(job))
    return results


@pytest.fixture
def sent(jobs: list[Callable[[], object]]) -> Callable[[], list[Any]]:
    """Return the mails sent for the requests so far."""

    def send() -> list[Any]:
        mail.outbox.clear()
        while jobs:
            jobs.pop(0)()
        return list(mail.outbox)

    return send


Sent = Callable[[], list[Any]]


def ask(typed: str = MAIL, **headers: Any) -> Any:
    return Client(**headers).post("/recover/", {"typed": typed})


def link_in(message: Any) -> str:
    (result,) = re.findall(r"^https?://\S+$", message.body, re.MULTILINE)
    assert result.startswith(PUBLIC + "/")
    return str(result).removeprefix(PUBLIC)


def follow(link: str) -> tuple[Client, Any]:
    """Open the link, and return the client and the page."""
    client = Client()
    answer = client.get(link)
    assert (answer.status_code, answer.content) == (302, b"")
    return client, client.get(answer["Location"])


def set_password(client: Client, password: str = NEW) -> Any:
    return client.post("/password/new/", {"new_password1": password, "new_password2": password})


def test_reset_link_sets_password_and_ends_all_logins(sent: Sent) -> None:
    browser, app = Client(), Api(NORA, has_token=True)
    send_login(browser, NORA)
    assert browser.get("/password/").status_code == app.get("me").status == 200
    assert ask().status_code == 200
    (message,) = sent()
    assert message.to == [MAIL]
    client, page = follow(link_in(message))
    assert "nora" in text(page)
    assert page["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "The password is changed" in text(set_password(client))
    assert is_let_in(NORA, NEW)
    assert not is_let_in(NORA, PASSWORD)
    assert browser.get("/password/").status_code == 302
    assert app.get("me").failed == (401, "log_in_first")
    (notice,) = sent()
    assert (notice.to, notice.subject) == ([MAIL], "Your password was changed")


def test_reset_link_is_valid_once_and_until_password_changes(sent: Sent) -> None:
    for _ in range(2):
        ask()
    first, second = (link_in(one) for one in sent())
    client, _ = follow(first)
    set_password(client)
    for client, page in (follow(first), follow(second)):
        assert (page.status_code, "no longer valid" in text(page)) == (404, True)
        assert set_password(client, "yet another horse").status_code == 404
    assert is_let_in(NORA, NEW)


def test_reset_link_is_valid_for_an_hour(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    link = link_in(sent()[0])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    assert follow(link)[1].status_code == 404
    monkeypatch.setattr(time, "time", lambda: now + 3590)
    assert follow(link)[1].status_code == 200


def test_reset_link_is_valid_while_old_key_is_fallback(sent: Sent, settings: Settings) -> None:
    ask()
    link = link_in(sent()[0])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert follow(link)[1].status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert follow(link)[1].status_code == 404


def test_reset_link_ignores_host_header(sent: Sent) -> None:
    assert ask(HTTP_HOST="evil.example").status_code == 200
    link_in(sent()[0])


def _without_token(answer: Any) -> str:
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", text(answer))


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        (NORA, [MAIL]),
        (MAIL.upper(), [MAIL]),
        (f" {MAIL} ", [MAIL]),
        ("nobody", []),
        ("nobody@home.example", []),
        ("Nora", []),
    ],
)
def test_reset_reply_hides_whether_account_exists(typed: str, to: list[str], sent: Sent) -> None:
    known = ask(MAIL)
    sent()
    assert _without_token(ask(typed)) == _without_token(known)
    assert [address for message in sent() for address in message.to] == to


@pytest.mark.parametrize(
    "fields",
    [
        {"confirmed_email": ""},
        {"confirmed_email": "old@home.example"},
        {"is_active": False},
        {"password": "!"},
    ],
)
def test_reset_mail_needs_confirmed_address_and_password(fields: dict[str, Any], sent: Sent) -> None:
    User.objects.filter(pk=NORA).update(**fields)
    for typed in (NORA, MAIL, "old@home.example"):
        assert ask(typed).status_code == 200
    assert sent() == []


def test_reset_mails_are_limited_per_account(sent: Sent, settings: Settings) -> None:
    override(settings, limit_resets=Rate(2, 3600))
    for number, typed in enumerate((NORA, MAIL, MAIL.upper(), f"{NORA} ")):
        assert ask(typed, REMOTE_ADDR=f"203.0.113.{number}").status_code == 200
    assert len(sent()) == 2


def test_reset_requests_are_limited_per_address(settings: Settings) -> None:
    override(settings, limit_resets=Rate(1, 3600))
    answers = [ask(f"nobody{number}").status_code for number in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]


def test_recovery_page_without_mail_names_a_contact(settings: Settings, sent: Sent) -> None:
    override(settings, public_url="")
    for answer in (Client().get("/recover/"), ask()):
        assert answer.status_code == 404
        assert "sends no mail" in text(answer)
        assert "help@chat.example" in text(answer)
    override(settings, public_url=PUBLIC, mail_url="")
    assert "sends no mail" in text(Client().get("/recover/", headers={"Accept-Language": "en"}))
    override(settings, auth="open")
    assert "asks nobody" in text(Client().get("/recover/"))
    assert sent() == []


def test_recovery_pages_and_mail_use_language_of_reader(sent: Sent) -> None:
    chinese: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
    assert "设置新密码" in text(Client(**chinese).get("/recover/"))
    ask(**chinese)
    assert sent()[0].subject == "设置新密码"


def my_address(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/email/", {"email": email, "password": password})


def test_new_address_needs_confirmation_and_old_one_is_notified(sent: Sent) -> None:
    browser = Client()
    send_login(browser, NORA)
    assert "A link is on its way" in text(my_address(browser, "new@home.example"))
    (message,) = sent()
    assert message.to == ["new@home.example"]
    assert User.objects.get(pk=NORA).email == MAIL
    client, page = follow(link_in(message))
    assert "new@home.example" in text(page)
    assert User.objects.get(pk=NORA).email == MAIL
    assert "new@home.example" in text(client.post("/email/confirm/"))
    user = User.objects.get(pk=NORA)
    assert (user.email, user.confirmed_email) == ("new@home.example", "new@home.example")
    (notice,) = sent()
    assert notice.to == [MAIL]
    assert follow(link_in(message))[1].status_code == 404


def test_address_change_needs_password(sent: Sent) -> None:
    assert my_address(Client(), "evil@home.example").status_code == 302
    browser = Client()
    send_login(browser, NORA)
    assert "This is not your password." in text(my_address(browser, "evil@home.example", "wrong"))
    assert "This is not your password." in text(my_address(browser, "", "wrong"))
    assert sent() == []
    assert "has no mail address" in text(my_address(browser, ""))
    assert User.objects.get(pk=NORA).confirmed_email == ""


def test_reset_and_confirmation_links_are_not_interchangeable(sent: Sent) -> None:
    browser = Client()
    send_login(browser, NORA)
    my_address(browser, "new@home.example")
    ask()
    confirming, resetting = (link_in(one) for one in sent())
    for link in (confirming.replace("/confirm/", "/recover/"), resetting.replace("/recover/", "/confirm/")):
        assert follow(link)[1].status_code == 404
    with pytest.raises(recovery.LinkInvalid):
        recovery.reader_of_reset("")


def test_password_change_by_staff_is_mailed(sent: Sent) -> None:
    User.objects.create_superuser("admin", PASSWORD)
    staff = Client()
    staff.force_login(User.objects.get(pk="admin"))
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert staff.post(f"/admin/accounts/user/{NORA}/password/", form).status_code == 302
    assert [message.subject for message in sent()] == ["Your password was changed"]
