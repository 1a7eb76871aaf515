"""Every page of the desk, for every role: it opens, or it says 403 and the audit log has a line."""

import pytest
from django.test import Client
from django.urls import reverse

from im66.doctor import desk
from log.appending import Draft, append
from log.models import Group
from moderation.actions import people
from moderation.desk.site import DeskPage
from moderation.moderators import ALL_PERMISSIONS
from moderation.reports import filing
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR, ROLES
from moderation.rules.service import add_rules
from tests.support.desk import enter, pages
from tests.support.moderators import MODERATOR as SOMEBODY
from tests.support.moderators import audit_log

# Its checks would connect to everything.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_checks")]

WHO = ("nobody", MODERATOR, AUDITOR, ADMINISTRATOR, "superuser")


def may(who: str, page: DeskPage) -> bool:
    if who == "superuser":
        return page.permission in ALL_PERMISSIONS
    return f"moderation.{page.permission}" in ROLES.get(who, frozenset())


@pytest.fixture
def without_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.background, "newest", lambda: None)


@pytest.fixture
def addresses(group: Group) -> dict[str, str]:
    """Of every page but the front page, by its name. What has an id is there."""
    message = append([Draft("text", "alice", group.pk, "hello", "")]).batch.last
    entry = people.mute(SOMEBODY, "bob", "because")
    report = filing.file_report("alice", "u:bob", "spam", "")
    (rule,) = add_rules(SOMEBODY, ["spam"], "because")
    ids = {"report": report.pk, "rule": rule.pk, "group": group.pk, "message": message, "undo": entry.pk}
    ids["held"] = 1
    links = {}
    for page in pages():
        kind = page.name.partition("_")[0]
        values: dict[str, object] = {"userid": "bob"} if "<str:userid>" in page.path else {}
        if "<int:id>" in page.path:
            values = {"id": ids.get(kind, 1)}
        if page.path:
            links[page.name] = reverse(f"admin:desk_{page.name}", kwargs=values)
    return links


@pytest.mark.parametrize("who", WHO)
def test_desk_page_opens_for_permitted_roles_only(addresses: dict[str, str], who: str) -> None:
    client = enter(who)
    for page in pages():
        if not page.path:
            continue
        before = audit_log().filter(action="refused").count()
        status = client.get(addresses[page.name]).status_code
        refusals = audit_log().filter(action="refused", actor=who).count() - before
        if may(who, page):
            # No message is held, and what is only for forms that are sent leads back.
            is_for_forms = page.name.endswith(("_several", "_turn"))
            expected = 302 if is_for_forms else 404 if page.name.startswith("held_") else 200
            assert (status, refusals) == (expected, 0), page.name
        else:
            assert (status, refusals) == (403, 1), page.name


@pytest.mark.parametrize("who", WHO)
def test_desk_navigation_shows_permitted_pages_only(group: Group, who: str) -> None:
    shown = enter(who).get("/admin/").context["navigation"]
    titles = {page.title for page in pages() if page.title and may(who, page)}
    assert {entry.title for entry in shown} - {"Dashboard"} >= titles


def test_staff_without_a_role_see_the_stock_index(db: None) -> None:
    response = enter("nobody").get("/admin/")
    assert response.status_code == 200
    assert "Online now" not in response.content.decode()
    assert not audit_log().exists()


def test_anonymous_visitor_is_sent_to_login(addresses: dict[str, str]) -> None:
    for address in addresses.values():
        response = Client().get(address)
        assert (response.status_code, response.headers["Location"][:14]) == (302, "/admin/login/?")
