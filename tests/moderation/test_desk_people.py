"""People at the desk: they are found, looked at, and acted on for a reason."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.services import ensure_users
from groups import services as groups
from log.appending import Draft, append
from log.models import Group, Message
from moderation.desk.paging import ROWS
from tests.support.desk import do, enter, text_of
from tests.support.moderators import audit_log, entries
from tests.support.settings import override

pytestmark = pytest.mark.django_db

LIST = "/admin/people/"
BOB = "/admin/people/u:bob/"
# Of whoever logs in and of what the navigation shows.
ALWAYS = 6


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("moderator")


def listed(client: Client, **params: str) -> list[str]:
    return [person["userid"] for person in client.get(LIST, params).context["portion"].rows]


def test_desk_lists_people_and_shows_a_person(desk: Client) -> None:
    assert {"alice", "bob", "charlie"} <= set(listed(desk))
    assert "bob" in text_of(desk.get(BOB))


def test_people_searched_by_prefix(desk: Client) -> None:
    User.objects.filter(pk="bob").update(nickname="小明 Bo")
    assert listed(desk, q="BO") == ["bob"]
    assert listed(desk, q="小明") == ["bob"]
    assert listed(desk, q="ob") == []
    assert listed(desk, q="%") == []


def test_people_list_is_filtered(desk: Client) -> None:
    User.objects.filter(pk="bob").update(is_active=False, muted=True)
    assert listed(desk, only="banned") == ["bob"]
    assert listed(desk, only="muted") == ["bob"]
    assert listed(desk, only="staff") == ["moderator"]
    User.objects.filter(pk="bob").update(is_bot=True)
    assert listed(desk, only="bots") == ["bob"]
    assert "bot" in desk.get(BOB).content.decode().partition("<dt>Nickname")[2].partition("</dd>")[0]


def test_desk_lists_people_in_pages(desk: Client) -> None:
    ensure_users([f"person{number:03}" for number in range(2 * ROWS)])
    seen: list[str] = []
    query = "?q=person"
    while query:
        portion = desk.get(f"{LIST}{query}").context["portion"]
        seen += [person["userid"] for person in portion.rows]
        query = portion.further
    assert seen == [f"person{number:03}" for number in range(2 * ROWS)]


@pytest.mark.parametrize(
    "userid", ["老板六六", "👍🏽", "o'brien", '"q"', "<b>", "a&b=c", "a?b#c", "100%", "..", "-"]
)
def test_people_with_unusual_userids_have_pages(desk: Client, userid: str) -> None:
    ensure_users([userid])
    shown = desk.get(LIST).content.decode()
    assert "<b></" not in shown
    assert desk.get(reverse("admin:desk_person", args=[userid])).context["person"].pk == userid


def test_missing_person_has_no_page(desk: Client) -> None:
    assert desk.get("/admin/people/u:nobody/").status_code == 404
    assert desk.get("/admin/people/u:nobody/mute/").status_code == 404


def test_desk_mutes_person_until_a_time(desk: Client) -> None:
    do(desk, f"{BOB}mute/", lasts="at", until="2100-01-02T03:04:05")
    bob = User.objects.get(pk="bob")
    assert bob.muted
    assert bob.muted_until
    assert "2100-01-02 03:04:05 UTC" in text_of(desk.get(BOB))
    assert entries()[-1] == ("person.mute", "u:bob")


@pytest.mark.parametrize("until", ["", "2001-01-01T00:00", "tomorrow"])
def test_end_of_mute_must_be_in_the_future(desk: Client, until: str) -> None:
    shown = text_of(desk.post(f"{BOB}mute/", {"reason": "because", "lasts": "at", "until": until}))
    assert "errorlist" in shown
    assert not User.objects.get(pk="bob").muted


def test_desk_mutes_person_in_one_group(desk: Client, group: Group) -> None:
    assert f'value="{group.pk}"' in text_of(desk.get(f"{BOB}mute/?group={group.pk}"))
    do(desk, f"{BOB}mute/", lasts="3600", group=str(group.pk))
    assert not User.objects.get(pk="bob").muted
    assert "Muted in a group" in text_of(desk.get(BOB))
    do(desk, f"{BOB}unmute/", group=str(group.pk))
    assert "Muted in a group" not in text_of(desk.get(BOB))


def test_ban_undone_from_its_notice(desk: Client) -> None:
    shown = do(desk, f"{BOB}ban/", lasts="86400", recall_hours="0")
    entry = audit_log().get(action="person.ban")
    assert f"/admin/audit/{entry.pk}/undo/" in shown
    assert not User.objects.get(pk="bob").is_active
    do(desk, f"/admin/audit/{entry.pk}/undo/")
    assert User.objects.get(pk="bob").is_active
    assert f"/admin/audit/{entry.pk}/undo/" not in text_of(desk.get(BOB))


@pytest.mark.parametrize("page", [f"{BOB}ban/", f"{LIST}several/"])
def test_permanent_ban_shows_its_consequences_before_acting(desk: Client, group: Group, page: str) -> None:
    User.objects.filter(pk="bob").update(nickname="Bobby")
    groups.create_group("bob", [], "Bob's own")
    sent = {"act": "ban", "chosen": "bob", "confirmed": "yes", "reason": "spam", "lasts": "ever"}
    params = unescape(text_of(desk.post(page, {**sent, "recall_hours": "0"}, follow=True)))
    assert "No login is taken from Bobby (bob) until a moderator unbans them." in params
    assert "These groups lose their owner: Bob's own." in params
    assert User.objects.get(pk="bob").is_active
    desk.post(page, {**sent, "recall_hours": "0", "for_good": "on"})
    assert not User.objects.get(pk="bob").is_active


def test_reason_field_says_who_sees_the_reason(desk: Client, group: Group) -> None:
    assert "The person sees it as it is written." in text_of(desk.get(f"{BOB}mute/"))
    assert "Only the audit log has it." in text_of(desk.get(f"/admin/groups/{group.pk}/keep/"))


def test_ban_with_recall_shows_preview_first(desk: Client, group: Group) -> None:
    append([Draft("text", "bob", group.pk, f"spam {number}", "") for number in range(3)])
    fields = {"reason": "spam", "lasts": "86400", "recall_hours": "1"}
    shown = text_of(desk.post(f"{BOB}ban/", fields))
    assert "these messages are recalled: 3." in shown
    assert "spam 2" in shown
    assert User.objects.get(pk="bob").is_active
    do(desk, f"{BOB}ban/", **fields, previewed="yes")
    assert not User.objects.get(pk="bob").is_active
    assert Message.objects.filter(kind="recall").count() == 3


def test_bulk_action_on_people_needs_confirmation(desk: Client) -> None:
    chosen = {"act": "mute", "chosen": ["bob", "charlie"]}
    params = text_of(desk.post(f"{LIST}several/", chosen))
    assert "This will be done to 2 people" in params
    assert not User.objects.filter(muted=True).exists()
    sent = {**chosen, "confirmed": "yes", "reason": "because", "lasts": "86400"}
    assert "Mute: done to 2 people." in text_of(desk.post(f"{LIST}several/", sent, follow=True))
    assert set(User.objects.filter(muted=True).values_list("pk", flat=True)) == {"bob", "charlie"}


def test_bulk_form_has_no_fields_for_single_people(desk: Client) -> None:
    for action, params in (("mute", ["lasts", "until"]), ("unmute", []), ("ban", ["lasts", "until"])):
        page = desk.post(f"{LIST}several/", {"act": action, "chosen": ["bob", "charlie"]})
        assert list(page.context["form"].fields) == [*params, "reason"], action
    sent = {"act": "ban", "chosen": ["bob"], "confirmed": "yes", "reason": "because", "lasts": "3600"}
    desk.post(f"{LIST}several/", {**sent, "recall_hours": "1"})
    assert [line for line, _ in entries()] == ["person.ban"]


def test_bulk_page_shows_names(desk: Client) -> None:
    User.objects.filter(pk="bob").update(nickname="Bobby")
    params = text_of(desk.post(f"{LIST}several/", {"act": "mute", "chosen": ["bob", "charlie"]}))
    assert "<li>Bobby (bob)</li>" in params
    assert "<li>charlie</li>" in params


def test_desk_uses_its_configured_time_zone(desk: Client, settings: Settings) -> None:
    override(settings, desk_time_zone="Asia/Shanghai")
    assert "Until (Asia/Shanghai)" in text_of(desk.get(f"{BOB}mute/"))
    do(desk, f"{BOB}mute/", lasts="at", until="2100-01-01T06:00")
    assert User.objects.get(pk="bob").muted_until == datetime(2099, 12, 31, 22, tzinfo=UTC)
    shown = text_of(desk.get(BOB))
    assert '<time datetime="2100-01-01T06:00:00+08:00">2100-01-01 06:00:00 UTC+08:00</time>' in shown
    params = {"since": "2100-01-01", "target": "u:bob"}
    assert "From (Asia/Shanghai)" in text_of(desk.get("/admin/audit/", params))


def test_mute_duration_of_six_hours_can_be_chosen(desk: Client) -> None:
    assert 'value="21600"' in text_of(desk.get(f"{BOB}mute/"))
    do(desk, f"{BOB}mute/", lasts="21600", until="")
    until = User.objects.get(pk="bob").muted_until
    assert until
    left = until - timezone.now()
    assert timedelta(hours=5, minutes=55) < left <= timedelta(hours=6)


def test_bulk_action_names_people_it_failed_for(desk: Client) -> None:
    chosen = ["bob", "moderator", "nobody"]
    sent = {"act": "warn", "chosen": chosen, "confirmed": "yes", "reason": "because"}
    shown = text_of(desk.post(f"{LIST}several/", sent, follow=True))
    assert "Warn: done to 1 person." in shown
    assert "(moderator)" in shown
    assert "(nobody)" in shown


def test_people_list_query_count_is_bounded(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ensure_users([f"person{number:03}" for number in range(ROWS)])
    with django_assert_max_num_queries(ALWAYS + 1):
        desk.get(LIST)


def test_person_page_query_count_is_bounded(
    desk: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    userids = [f"person{number:03}" for number in range(20)]
    ensure_users(userids)
    append([Draft("text", "bob", userid, "hello", "") for userid in userids])
    for _ in range(5):
        do(desk, f"{BOB}warn/")
    with django_assert_max_num_queries(ALWAYS + 14):
        desk.get(BOB)
