"""Legal holds at the desk."""

import pytest
from django.test import Client

from keeping.models import Hold
from log.models import Group
from tests.keeping import aging
from tests.support.desk import do, enter, text_of
from tests.support.moderators import REASON, entries, last_entry

pytestmark = pytest.mark.django_db(transaction=True)

group = aging.group

HOLDS = "/admin/holds/"


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("administrator")


def test_desk_makes_lists_and_lifts_holds(desk: Client, group: Group) -> None:
    assert "Nothing is held." in text_of(desk.get(HOLDS))
    assert 'href="/admin/people/u:bob/">bob</a>' in do(desk, f"{HOLDS}make/", person="bob")
    do(desk, f"{HOLDS}make/?target=g:{group.pk}")
    one, other = Hold.objects.order_by("pk")
    assert (one.user_id, one.reason, one.made_by) == ("bob", REASON, "administrator")
    assert other.group_id == group.pk
    html = do(desk, f"{HOLDS}lift/?target=u:bob")
    assert ">bob</a>" not in html
    assert f"The group {group.name}</a>" in html
    assert entries()[-1] == ("hold.lift", "u:bob")


def test_desk_hold_is_audited(desk: Client) -> None:
    do(desk, f"{HOLDS}make/", person="bob")
    entry = last_entry()
    assert (entry.actor, entry.action, entry.target, entry.reason) == (
        "administrator",
        "hold.make",
        "u:bob",
        REASON,
    )
    assert "Began a legal hold" in text_of(desk.get("/admin/audit/"))


@pytest.mark.parametrize("page", ["/admin/people/u:bob/", "/admin/groups/{}/"])
def test_pages_of_people_and_groups_link_to_hold_form(desk: Client, group: Group, page: str) -> None:
    html = text_of(desk.get(page.format(group.pk)))
    target = "u:bob" if "bob" in page else f"g:{group.pk}"
    assert f'href="{HOLDS}make/?target={target}"' in html
    form = text_of(desk.get(f"{HOLDS}make/?target={target}"))
    assert target not in form
    assert (group.name if page.startswith("/admin/groups") else "bob") in form


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ({"person": "nobody"}, "There is no such person or group."),
        ({"person": "bob"}, "There is a legal hold already."),
        ({}, "Enter either a person or a group."),
        ({"person": "alice", "group": "1"}, "Enter either a person or a group."),
        ({"group": "9" * 30}, "There is no such person or group."),
    ],
)
def test_hold_that_cannot_be_made_says_the_reason(desk: Client, of: dict[str, str], reason: str) -> None:
    do(desk, f"{HOLDS}make/", person="bob")
    assert reason in do(desk, f"{HOLDS}make/", **of)
    assert "There is no legal hold." in do(desk, f"{HOLDS}lift/?target=u:alice")
    assert Hold.objects.count() == 1


def test_desk_hold_requires_a_reason(desk: Client) -> None:
    assert "errorlist" in do(desk, f"{HOLDS}make/", person="bob", reason=" . ")
    assert not Hold.objects.exists()


@pytest.mark.parametrize("role", ["moderator", "auditor"])
def test_only_administrators_make_holds_at_the_desk(group: Group, role: str) -> None:
    client = enter(role)
    for page in (HOLDS, f"{HOLDS}make/", f"{HOLDS}lift/"):
        assert client.get(page).status_code == 403
    assert client.post(f"{HOLDS}make/", {"person": "bob", "reason": REASON}).status_code == 403
    assert not Hold.objects.exists()
    assert HOLDS not in text_of(client.get("/admin/people/u:bob/"))
