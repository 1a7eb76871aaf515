"""Groups at the desk: they are found, looked at, and acted on for a reason."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from groups.services import add_members, create_group
from log.models import Group, Membership
from moderation.desk.paging import ROWS
from tests.support.desk import do, enter, text_of
from tests.support.moderators import entries

pytestmark = pytest.mark.django_db

LIST = "/admin/groups/"
ALWAYS = 6


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("moderator")


def page(group: Group) -> str:
    return f"{LIST}{group.pk}/"


def listed(client: Client, **params: str) -> list[int]:
    return [one["id"] for one in client.get(LIST, params).context["portion"].rows]


def members(group: Group) -> set[str]:
    return set(Membership.objects.current().filter(group=group).values_list("user_id", flat=True))


def test_group_is_listed_and_its_page_shows_members(desk: Client, group: Group) -> None:
    assert group.pk in listed(desk)
    shown = text_of(desk.get(page(group)))
    assert "alice" in shown
    assert "bob" in shown
    assert "charlie" not in shown


def test_groups_searched_by_name_and_number(desk: Client, group: Group) -> None:
    other = create_group("charlie", [], "Chess club")
    assert listed(desk, q="chess") == [other.pk]
    assert other.pk in listed(desk, q=str(other.pk))
    assert listed(desk, q="9" * 30) == []


def test_group_list_is_filtered(desk: Client, group: Group) -> None:
    do(desk, f"{page(group)}mute/")
    assert listed(desk, only="quiet") == [group.pk]
    do(desk, f"{page(group)}slow/", seconds="30")
    assert listed(desk, only="slow") == [group.pk]
    do(desk, f"{page(group)}dissolve/")
    assert listed(desk, only="dissolved") == [group.pk]


def test_group_action_page_shows_warning_before_acting(desk: Client, group: Group) -> None:
    params = text_of(desk.get(f"{page(group)}dissolve/"))
    assert "The group ends for all its members at once" in params
    group.refresh_from_db()
    assert group.dissolved_at is None


def test_desk_dissolves_and_restores_group(desk: Client, group: Group) -> None:
    do(desk, f"{page(group)}dissolve/")
    assert members(group) == set()
    shown = text_of(desk.get(page(group)))
    assert 'href="restore/"' in shown
    assert 'href="dissolve/"' not in shown
    do(desk, f"{page(group)}restore/")
    assert members(group) == {"alice", "bob"}
    assert [action for action, _ in entries()] == ["group.dissolve", "group.restore"]


def test_desk_sets_and_clears_group_retention(desk: Client, group: Group) -> None:
    assert "as long as elsewhere" in text_of(desk.get(page(group)))
    assert "for 30 days" in do(desk, f"{page(group)}keep/", days="30")
    assert 'value="30"' in text_of(desk.get(f"{page(group)}keep/"))
    assert "errorlist" in text_of(desk.post(f"{page(group)}keep/", {"days": "0", "reason": "because"}))
    assert "as long as elsewhere" in do(desk, f"{page(group)}keep/", days="")
    assert [action for action, _ in entries()] == ["group.keep", "group.keep"]


def test_desk_edits_group_name_and_notice(desk: Client, group: Group) -> None:
    assert group.name in text_of(desk.get(f"{page(group)}edit/"))
    do(desk, f"{page(group)}edit/", name="New name", notice="New notice")
    group.refresh_from_db()
    assert (group.name, group.notice) == ("New name", "New notice")
    shown = text_of(desk.post(f"{page(group)}edit/", {"name": "x" * 5000, "notice": "", "reason": "because"}))
    assert "The name is longer than" in shown


def test_desk_adds_and_removes_group_members(desk: Client, group: Group) -> None:
    do(desk, f"{page(group)}add/", userids="charlie\r\n\r\n")
    assert members(group) == {"alice", "bob", "charlie"}
    assert "bob" in text_of(desk.get(f"{page(group)}remove/?userid=bob"))
    do(desk, f"{page(group)}remove/", userids="bob")
    assert members(group) == {"alice", "charlie"}


def test_desk_hands_group_over(desk: Client, group: Group) -> None:
    do(desk, f"{page(group)}handover/", userid="bob")
    roles = dict(Membership.objects.current().filter(group=group).values_list("user_id", "role"))
    assert roles == {"bob": "owner", "alice": "admin"}
    shown = text_of(desk.post(f"{page(group)}handover/", {"userid": "charlie", "reason": "because"}))
    assert "errorlist" in shown


def test_missing_group_has_no_page(desk: Client) -> None:
    assert desk.get(f"{LIST}999999/").status_code == 404
    assert desk.get(f"{LIST}999999/dissolve/").status_code == 404


def test_group_page_query_count_is_bounded(
    desk: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_members(group.pk, [f"person{number:03}" for number in range(ROWS + 5)])
    with django_assert_max_num_queries(ALWAYS + 6):
        portion = desk.get(page(group)).context["members"]
    assert len(portion.rows) == ROWS
    assert len(desk.get(page(group) + portion.further).context["members"].rows) == 7


def test_group_list_query_count_is_bounded(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        create_group("alice", [], f"group {number}")
    with django_assert_max_num_queries(ALWAYS + 1):
        desk.get(LIST)
