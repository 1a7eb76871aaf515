"""Creating one's own account in the browser."""

import re
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.signals import user_logged_out
from django.test import Client
from pytest_django import Settings

from accounts.limits.buckets import Rate
from accounts.models import User
from accounts.names.aliases import alias_of
from accounts.services import ensure_users
from tests.support.accounts import ALICE, BOB, PASSWORD, is_let_in, text, who
from tests.support.settings import override

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def open_to_all(settings: Settings) -> None:
    override(settings, signup="open")


def sign_up(client: Client, userid: str, password: str = PASSWORD, **more: str) -> Any:
    values = {"userid": userid, "nickname": "", "password1": password, "password2": password}
    return client.post("/signup/", {**values, **more})


def test_sign_up_creates_account_and_logs_in(client: Client) -> None:
    response = sign_up(client, ALICE, nickname="小明")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert who(client) == ALICE
    alice = User.objects.get()
    assert (alice.userid, alice.nickname) == (ALICE, "小明")
    assert (alice.is_staff, alice.is_superuser, alice.is_active, alice.muted) == (False, False, True, False)
    assert is_let_in(ALICE)


def test_login_page_links_to_signup_if_open(client: Client, settings: Settings) -> None:
    assert 'href="/signup/"' in text(client.get("/login/"))
    for signup in ("closed", "invite"):
        override(settings, signup=signup)
        assert "/signup/" not in text(client.get("/login/"))


@pytest.mark.parametrize(
    ("signup", "message"),
    [("closed", "Nobody can create an account here."), ("invite", "You need an invitation.")],
)
def test_sign_up_can_be_closed(client: Client, settings: Settings, signup: str, message: str) -> None:
    override(settings, signup=signup)
    for response in (client.get("/signup/"), sign_up(client, ALICE)):
        assert response.status_code == 403
        assert message in text(response)
    assert not User.objects.exists()
    assert not who(client)


# Userids.


@pytest.mark.parametrize("known", ["alice", "Alice", "ALICE", "Ａlice"])
def test_taken_or_similar_userid_is_refused(client: Client, known: str) -> None:
    ensure_users([known])
    response = sign_up(client, ALICE)
    assert response.status_code == 200
    assert "This user ID is taken, or looks like one that is." in text(response)
    # Without a password of hers, Alice is still nobody else's.
    assert not User.objects.get().has_usable_password()
    assert not who(client)


@pytest.mark.parametrize("userid", ["Ärger", "ärger"])
@pytest.mark.parametrize("known", ["Ärger", "ärger", "ÄRGER", "A\u0308rger"])
def test_userid_differing_in_accents_is_refused(client: Client, known: str, userid: str) -> None:
    ensure_users([known])
    assert sign_up(client, userid).status_code == 200
    assert User.objects.count() == 1


NO_USERIDS = ["a_b", "a,b", "a/b", "a b", "a\u200bb", "x" * 65, "", "   ", "a\0b"]
LOOK_ALIKES = [
    "alice" + unseen
    for unseen in "\u115f\u1160\u3164\uffa0\u2800\ufe0f\u034f\U000e0100\u180b\xad\u2060\u17b4\u0332"
]
MISLEADING = [".", "..", "-", ".a", "-a", "%2e", "<b>", "alice'", "admin?", "#", "👍", "i\u0307", "x\u17b4"]


def test_invalid_userid_is_rejected(client: Client) -> None:
    for userid in (*NO_USERIDS, *LOOK_ALIKES, *MISLEADING):
        response = sign_up(client, userid)
        assert response.status_code == 200, userid
        assert response.context["form"].errors.keys() == {"userid"}, userid
    assert not User.objects.exists()


PLAINLY = [
    ("Ａlice", "alice"),
    ("ALICE", "alice"),
    ("ﬁsh", "fish"),
    ("Ärger", "ärger"),
    ("a\u0308rger", "ärger"),
    ("straße", "strasse"),
    ("１２", "12"),
]


@pytest.mark.parametrize(("userid", "plain"), PLAINLY)
def test_lookalike_letters_in_userid_are_refused(client: Client, userid: str, plain: str) -> None:
    assert f"Write it as {plain}." in text(sign_up(client, userid))
    assert not User.objects.exists()


@pytest.mark.parametrize("userid", ["老板六六", "o.brien", "a-b", "7", "иван", "محمد", "ärger", "x" * 64])
def test_similar_userids_are_accepted(client: Client, userid: str) -> None:
    sign_up(client, userid)
    assert who(client) == userid


@pytest.mark.parametrize("userid", ["a.b", "bob-1", alias_of("a.b")])
def test_userid_must_suit_shipped_apps(client: Client, settings: Settings, userid: str) -> None:
    override(settings, legacy_userid="alias")
    page = text(client.get("/signup/"))
    assert "Use 1–64 lowercase letters or digits." in page
    assert ". and -" not in page
    assert "This cannot be a user ID." in text(sign_up(client, userid))
    assert not User.objects.exists()
    sign_up(client, "bob1")
    assert User.objects.get().pk == "bob1"


def test_alias_of_another_person_is_rejected(client: Client) -> None:
    assert "This cannot be a user ID." in text(sign_up(client, alias_of("a.b")))


def test_dot_in_userid_is_similar_to_a_dot_only(client: Client) -> None:
    ensure_users(["abc", "äbc"])
    sign_up(client, "a.c")
    assert who(client) == "a.c"


# The rest.


@pytest.mark.parametrize(
    ("values", "field", "complaint"),
    [
        ({"password": "short"}, "password1", "This password is too short."),
        ({"password": "password1"}, "password1", "This password is too common."),
        ({"password": "alice-123"}, "password1", "too similar to the user ID"),
        ({"password": "xiaoming1", "nickname": "xiaoming"}, "password1", "too similar to the user ID"),
        ({"password2": "another"}, "password2", "The two passwords differ."),
        ({"password": ""}, "password1", "Fill in this field."),
        ({"nickname": "a\u202eb"}, "nickname", "A character of the name cannot be shown."),
        ({"nickname": "x" * 101}, "nickname", "at most 100 characters"),
    ],
)
def test_invalid_sign_up_is_rejected(
    client: Client, values: dict[str, str], field: str, complaint: str
) -> None:
    response = sign_up(client, "alice-12", **values)
    assert response.status_code == 200
    assert complaint in " ".join(response.context["form"].errors[field])
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1", "alice-123"])
def test_sign_up_errors_use_language_of_reader(password: str) -> None:
    reader = Client(headers={"Accept-Language": "zh-CN"})
    message = " ".join(sign_up(reader, "alice-12", password=password).context["form"].errors["password1"])
    assert re.search("[\u4e00-\u9fff]", message)
    assert "password" not in message


def test_sign_up_ignores_privilege_fields(client: Client) -> None:
    sign_up(client, ALICE, is_staff="on", is_superuser="on", muted="on", delivered_id="9")
    alice = User.objects.get()
    assert (alice.is_staff, alice.is_superuser, alice.muted, alice.delivered_id) == (False, False, False, 0)


def test_sign_up_replaces_session_key(client: Client) -> None:
    prepared = client.session
    prepared.save()
    client.cookies[project.SESSION_COOKIE_NAME] = str(prepared.session_key)
    sign_up(client, ALICE)
    assert client.session.session_key != prepared.session_key


def test_second_sign_up_switches_account(client: Client) -> None:
    sign_up(client, ALICE)
    sign_up(client, BOB)
    assert who(client) == BOB


def test_signup_without_csrf_token_is_rejected() -> None:
    response = sign_up(Client(enforce_csrf_checks=True), ALICE)
    assert response.status_code == 403
    assert not User.objects.exists()


def test_sign_up_page_is_translated_to_chinese(client: Client) -> None:
    ensure_users([ALICE])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert "<h1>注册账号</h1>" in text(client.get("/signup/"))
    assert "该用户 ID 已被占用" in text(sign_up(client, ALICE))
    assert "密码与用户 ID 或昵称过于相近" in text(sign_up(client, "charlie9", "charlie99"))


# Too many.


def test_sign_ups_are_limited_per_address(client: Client, settings: Settings) -> None:
    override(settings, limit_users=Rate(2, 3600), people_per_address=1)
    for userid in (ALICE, BOB):
        assert sign_up(Client(), userid).status_code == 302
    response = sign_up(client, "charlie")
    assert response.status_code == 429
    assert 1700 < int(response["Retry-After"]) <= 1800
    assert "Too many accounts were created from your network address." in text(response)
    assert "Try again in 30 minutes." in text(response)
    assert not User.objects.filter(pk="charlie").exists()
    elsewhere = Client(REMOTE_ADDR="10.0.0.7")
    assert sign_up(elsewhere, "charlie").status_code == 302


def test_sign_up_logs_previous_person_out(client: Client) -> None:
    sign_up(client, ALICE)
    ended: list[str] = []

    def note(user: User, **_: Any) -> None:
        ended.append(user.pk)

    user_logged_out.connect(note)
    try:
        sign_up(client, BOB)
    finally:
        user_logged_out.disconnect(note)
    assert (ended, who(client)) == ([ALICE], BOB)
