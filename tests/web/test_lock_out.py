"""Lockouts after too many failed logins."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from accounts.limits.limits import ADDRESSES_PER_NETWORK
from accounts.models import User
from tests.support.accounts import ALICE, BOB, CHARLIE, ELSEWHERE, HOME, PASSWORD, is_let_in, send_login, text
from tests.support.admin import operator
from tests.support.settings import override

pytestmark = pytest.mark.django_db

# The defaults.
FAILURES, MINUTES = 5, 15


@pytest.fixture(autouse=True)
def people() -> None:
    for userid in (ALICE, BOB, CHARLIE):
        User.objects.create_user(userid, PASSWORD)


def fail(userid: str, times: int = FAILURES, address: str = HOME, **more: Any) -> Any:
    """Fail to log in `times` times, each with a new browser. Return the last response."""
    for _ in range(times):
        response = send_login(Client(REMOTE_ADDR=address), userid, "wrong", **more)
    return response


def pass_minutes(minutes: float) -> None:
    """Make the failures so far older by that many minutes."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_last_allowed_login_failure_locks_out() -> None:
    assert fail(ALICE, FAILURES - 1).status_code == 200
    assert is_let_in(ALICE)
    assert fail(ALICE).status_code == 429
    assert not is_let_in(ALICE)


@pytest.mark.parametrize(
    ("language", "title", "ends"),
    [
        ("en", "Too many failed attempts", "Try again in 15 minutes."),
        ("zh-CN", "登录失败次数过多", "请 15 分钟后再试"),
    ],
)
def test_lockout_page_states_reason_and_end(language: str, title: str, ends: str) -> None:
    response = fail(ALICE, HTTP_ACCEPT_LANGUAGE=language)
    assert title in text(response)
    assert ends in text(response)
    assert response["Retry-After"] == "900"


def test_lockout_rejects_right_password() -> None:
    fail(ALICE)
    pass_minutes(14.5)
    response = send_login(Client(REMOTE_ADDR=HOME), ALICE)
    assert response.status_code == 429
    assert "Try again in a minute." in text(response)
    assert 20 < int(response["Retry-After"]) <= 30


def test_lockout_ends() -> None:
    fail(ALICE)
    pass_minutes(MINUTES - 0.1)
    assert not is_let_in(ALICE)
    pass_minutes(0.1)
    assert is_let_in(ALICE)


def test_attempts_during_lockout_do_not_extend_it() -> None:
    fail(ALICE)
    pass_minutes(MINUTES / 2)
    response = fail(ALICE, 6)
    assert "Try again in 8 minutes." in text(response)
    pass_minutes(MINUTES / 2)
    assert is_let_in(ALICE)


def test_lockout_ends_when_failures_expire() -> None:
    fail(ALICE, 4, HTTP_USER_AGENT="one")
    pass_minutes(10)
    assert "Try again in 5 minutes." in text(fail(ALICE, 1, HTTP_USER_AGENT="another"))


# Who is not shut out.


def test_lockout_spares_same_person_at_another_address() -> None:
    fail(ALICE)
    assert is_let_in(ALICE, address=ELSEWHERE)


def test_lockout_spares_others_at_address() -> None:
    fail(ALICE)
    assert is_let_in(BOB)


def test_lockout_spares_address_with_many_people(settings: Settings) -> None:
    override(settings, login_failures_per_address=8)
    for userid in (ALICE, BOB, CHARLIE, ALICE, BOB):
        fail(userid, 2)
        assert is_let_in(userid)


def test_lockout_keeps_open_sessions() -> None:
    alice = Client(REMOTE_ADDR=HOME)
    send_login(alice, ALICE)
    fail(ALICE)
    assert alice.get("/password/").status_code == 200


# Who is.


def test_address_that_tries_many_userids_is_locked_out(settings: Settings) -> None:
    override(settings, login_failures_per_address=12)
    for number in range(11):
        assert fail(f"guess{number}", 1).status_code == 200
    assert fail("guess11", 1).status_code == 429
    assert not is_let_in(ALICE)
    assert is_let_in(ALICE, address=ELSEWHERE)
    pass_minutes(MINUTES)
    assert is_let_in(ALICE)


@pytest.mark.parametrize("network", ["2001:db8:1", "2001:db8:0"])
def test_ipv6_network_is_locked_out_as_one_address(settings: Settings, network: str) -> None:
    override(settings, login_failures=2, login_failures_per_address=2)
    settings.AXES_FAILURE_LIMIT = 2
    for number in range(2 * ADDRESSES_PER_NETWORK - 1):
        assert fail(f"guess{number}", 1, f"{network}:{number:x}::1").status_code == 200
    assert is_let_in(ALICE, address=f"{network}:ffff::1")
    response = fail("guess", 1, f"{network}:fff0::1")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 60 * (MINUTES - 1)
    assert not is_let_in(ALICE, address=f"{network}:ffff::1")
    assert is_let_in(ALICE, address="2001:db8:2::1")
    assert is_let_in(ALICE, address=HOME)
    pass_minutes(MINUTES)
    assert is_let_in(ALICE, address=f"{network}:ffff::1")


def test_own_successful_login_does_not_reset_failures(settings: Settings) -> None:
    override(settings, login_failures_per_address=8)
    for _ in range(2):
        fail(ALICE, 4)
        is_let_in(CHARLIE)
        fail(BOB, 2)
    assert not is_let_in(ALICE)
    assert not is_let_in(CHARLIE)


def test_lockout_counts_across_browsers() -> None:
    for number in range(FAILURES):
        response = fail(ALICE, 1, HTTP_USER_AGENT=f"browser {number}")
    assert response.status_code == 429


def test_lockout_counts_across_addresses_of_subscriber() -> None:
    for number in range(FAILURES):
        response = fail(ALICE, 1, address=f"2001:db8:1:2::{number}")
    assert response.status_code == 429
    assert not is_let_in(ALICE, address="2001:db8:1:2:ffff::1")
    assert is_let_in(ALICE, address="2001:db8:1:3::1")


def test_lockout_ignores_forwarded_header() -> None:
    for number in range(FAILURES):
        response = fail(ALICE, 1, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert response.status_code == 429


def test_login_failures_without_address_are_counted() -> None:
    assert fail(ALICE, address="").status_code == 429
    assert not is_let_in(ALICE, address="/run/im66.sock")


# The admin.


def test_lockout_covers_admin_login() -> None:
    User.objects.filter(pk=ALICE).update(is_staff=True)
    into_admin = {"username": ALICE, "password": "wrong", "next": "/admin/"}
    for _ in range(FAILURES):
        response = Client(REMOTE_ADDR=HOME).post("/admin/login/", into_admin)
    assert response.status_code == 429
    assert "Too many failed attempts" in text(response)
    admin = Client(REMOTE_ADDR=HOME)
    assert admin.post("/admin/login/", {**into_admin, "password": PASSWORD}).status_code == 429
    assert not is_let_in(ALICE)


def test_overlong_userid_is_counted() -> None:
    # PostgreSQL takes no text that is longer than its column.
    Client().post("/admin/login/", {"username": "x" * 1_000, "password": "wrong"})
    assert AccessAttempt.objects.get().username == "x" * 64


def test_staff_see_and_end_a_lockout() -> None:
    fail(ALICE)
    staff, attempts = operator(), "/admin/axes/accessattempt/"
    page = text(staff.get(attempts))
    assert HOME in page
    assert "Locked Out" in page
    selected = AccessAttempt.objects.get().pk
    staff.post(attempts, {"action": "delete_selected", "_selected_action": selected, "post": "yes"})
    assert is_let_in(ALICE)


def test_recorded_attempts_hide_passwords() -> None:
    alice = Client()
    send_login(alice, ALICE)
    send_login(Client(), ALICE, "a wrong password")
    changed = {"old_password": "a wrong password", "new_password1": "a new one", "new_password2": "a new one"}
    alice.post("/password/", {**changed, "csrfmiddlewaretoken": "a token"})
    stored = str(AccessAttempt.objects.values().get())
    assert "new_password2=***" in stored
    assert "a wrong password" not in stored
    assert "a new one" not in stored
    assert "a token" not in stored


def test_admin_hides_unused_lockout_lists() -> None:
    page = text(operator().get("/admin/"))
    assert "/admin/axes/accessattempt/" in page
    assert "accesslog" not in page
    assert "accessfailurelog" not in page
