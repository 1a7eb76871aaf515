"""The front page: what happens now."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from log.models import Group
from moderation.counting.counters import HOUR, MINUTE
from moderation.models import GroupHour, Minute, Process
from moderation.reports import filing
from tests.support.desk import enter, text_of

pytestmark = pytest.mark.django_db

ALWAYS = 6


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("moderator")


def process(name: str, *, ago: int = 0, **fields: int) -> Process:
    now = timezone.now()
    values = {
        "connections": 3,
        "people": 2,
        "online": 4,
        "cursor": 10**9,
        "waiting": 0,
        "stalls": 0,
        **fields,
    }
    seen_at = now - timedelta(seconds=ago)
    return Process.objects.create(
        name=name, number=1, host="host", started_at=now - timedelta(hours=2), seen_at=seen_at, **values
    )


def test_navigation_counts_open_reports(desk: Client) -> None:
    assert "desk-count" not in text_of(desk.get("/admin/people/"))
    for userid in ("bob", "charlie"):
        filing.file_report("alice", f"u:{userid}", "spam", "")
    for page in ("/admin/", "/admin/people/", "/admin/audit/"):
        assert '<span class="desk-count">2</span>' in text_of(desk.get(page))


def test_dashboard_shows_people_messages_and_busiest_groups(desk: Client, group: Group) -> None:
    process("one")
    process("two", online=5)
    now = int(timezone.now().timestamp())
    Minute.objects.create(minute=now // MINUTE - 1, messages=42)
    GroupHour.objects.create(hour=now // HOUR, group=group.pk, messages=42)
    response = desk.get("/admin/")
    shown = response.context
    assert (shown["online"], shown["connections"], shown["today"]) == (5, 6, 42)
    assert shown["busiest"] == [(group.pk, group.name, 42)]
    assert "at most 42 in a minute" in text_of(response)


def test_process_without_heartbeat_is_shown_as_missing(desk: Client) -> None:
    process("here")
    process("gone", ago=60)
    process("forgotten", ago=2 * 3600)
    shown = desk.get("/admin/").context
    assert {health.process.name: health.wrong for health in shown["healths"]} == {
        "here": "",
        "gone": "missing",
    }
    assert shown["connections"] == 3


def test_process_with_unread_rows_is_shown_as_behind(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    process("slow", cursor=5)
    monkeypatch.setattr("moderation.desk.dashboard.MAX_UNREAD_ROWS", 0)
    monkeypatch.setattr("moderation.desk.dashboard.positions.last_id", lambda: 6)
    assert [health.wrong for health in desk.get("/admin/").context["healths"]] == ["behind"]


def test_dashboard_shows_number_of_open_reports(desk: Client, group: Group) -> None:
    assert desk.get("/admin/").context["waiting"][:2] == (0, False)
    filing.file_report("alice", f"g:{group.pk}", "spam", "")
    assert desk.get("/admin/").context["waiting"][:2] == (1, False)


def test_dashboard_live_part_is_served_without_page(desk: Client) -> None:
    shown = text_of(desk.get("/admin/live/"))
    assert "Online now" in shown
    assert "<html" not in shown


def test_dashboard_uses_browser_language(desk: Client) -> None:
    response = desk.get("/admin/", headers={"Accept-Language": "zh-CN"})
    assert response.headers["Content-Language"] == "zh-hans"
    assert 'lang="zh-hans"' in text_of(response)


def test_stock_admin_pages_use_the_terms_of_the_desk(desk: Client, client: Client) -> None:
    superuser = enter("superuser")
    for language, login, users, failures in (
        ("en", ("User ID:", "Sign in"), ("Accounts", "Sign out", "User ID"), "Failed sign-ins"),
        ("zh-CN", ("用户 ID：", "登录"), ("账号", "退出登录", "用户 ID"), "登录失败记录"),
    ):
        headers = {"Accept-Language": language}
        page = text_of(client.get("/admin/login/", headers=headers))
        assert [text for text in login if text not in page] == []
        page = text_of(superuser.get("/admin/accounts/user/", headers=headers))
        assert [text for text in (*users, failures) if text not in page] == []
        assert "Userid" not in page
    left = superuser.post("/admin/logout/")
    assert (left.status_code, left.headers["Location"]) == (302, "/admin/login/")
    assert superuser.get("/admin/").status_code == 302


def test_dashboard_query_count_is_bounded(
    desk: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        process(f"process{number}")
    with django_assert_max_num_queries(ALWAYS + 16):
        desk.get("/admin/")
