"""The pages of rules."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from log.models import Group
from moderation.desk.paging import ROWS
from moderation.models import AuditEntry, Rule
from moderation.roles import AUDITOR, MODERATOR
from moderation.rules.service import add_rules
from tests.support import moderators
from tests.support.moderators import REASON, staff
from tests.support.reports import write

pytestmark = pytest.mark.django_db

LIST = "/admin/rules/"


def at_the_desk(role: str) -> Client:
    client = Client()
    client.force_login(staff(role, role))
    return client


@pytest.fixture
def moderator(group: Group) -> Client:
    return at_the_desk(MODERATOR)


def made(*patterns: str, **values: Any) -> list[int]:
    return [rule.pk for rule in add_rules(moderators.MODERATOR, patterns, REASON, **values)]


def page(client: Client, path: str = LIST, status: int = 200) -> str:
    return _text(client.get(path), status)


def send(client: Client, path: str, status: int = 200, /, **values: str) -> str:
    return _text(client.post(path, values), status)


def _text(response: Any, status: int) -> str:
    assert response.status_code == status
    return unescape(response.content.decode())


NEW = {"match": "literal", "effect": "mask", "scope": "everywhere", "reason": REASON}


def test_rules_are_added_in_bulk(moderator: Client) -> None:
    send(moderator, f"{LIST}add/", 302, patterns="spam\n\n 敏感词 \nspam", **NEW)
    assert list(Rule.objects.order_by("pk").values_list("pattern", "effect")) == [
        ("spam", "mask"),
        ("敏感词", "mask"),
    ]
    shown = page(moderator)
    assert "敏感词" in shown
    assert "Added: 2. Already there: 0." in shown
    assert AuditEntry.objects.filter(action="rule.add", actor="moderator", reason=REASON).count() == 2


def test_invalid_rule_shows_error(moderator: Client) -> None:
    shown = send(moderator, f"{LIST}add/", patterns="good\n(", **{**NEW, "match": "re2"})
    assert "(: Not an expression of RE2: missing ): (" in shown
    assert not Rule.objects.exists()
    shown = send(moderator, f"{LIST}add/", patterns="spam", **{**NEW, "scope": "group"})
    assert "Name a group" in shown
    assert "This field is required" in send(
        moderator, f"{LIST}add/", patterns="spam", **{**NEW, "reason": ""}
    )


def test_desk_changes_rule(moderator: Client, group: Group) -> None:
    (id_,) = made("spam")
    shown = page(moderator, f"{LIST}{id_}/")
    assert 'value="spam"' in shown
    values = {**NEW, "scope": "group", "group": str(group.pk), "note": "adverts"}
    send(moderator, f"{LIST}{id_}/", 302, pattern="ham", **values)
    rule = Rule.objects.get()
    assert (rule.pattern, rule.effect, rule.group_id, rule.note) == ("ham", "mask", group.pk, "adverts")
    assert group.name in page(moderator, f"{LIST}{id_}/")


@pytest.mark.parametrize(("name", "is_active"), [("off", False), ("on", True)])
def test_desk_switches_rule_off_and_on(moderator: Client, name: str, is_active: bool) -> None:
    (id_,) = made("spam")
    Rule.objects.update(is_active=not is_active)
    page(moderator, f"{LIST}{id_}/{name}/")
    assert Rule.objects.get().is_active is not is_active
    send(moderator, f"{LIST}{id_}/{name}/", 302, reason=REASON)
    assert Rule.objects.get().is_active is is_active


def test_rule_with_many_matches_asks_for_confirmation(moderator: Client, group: Group) -> None:
    write("alice", group.pk, "spam")
    shown = send(moderator, f"{LIST}add/", patterns="spam", **NEW)
    assert "It is found in 1 of the 1 texts of the last day. Confirm that this is meant." in shown
    assert 'type="checkbox" name="is_meant"' in shown
    assert not Rule.objects.exists()
    send(moderator, f"{LIST}add/", 302, patterns="spam", is_meant="on", **NEW)
    (id_,) = Rule.objects.values_list("pk", flat=True)
    send(moderator, f"{LIST}{id_}/off/", 302, reason=REASON)
    assert "Confirm that this is meant." in send(moderator, f"{LIST}{id_}/on/", reason=REASON)
    send(moderator, f"{LIST}{id_}/on/", 302, reason=REASON, is_meant="on")
    assert Rule.objects.get().is_active


def test_desk_deletes_rule(moderator: Client) -> None:
    (id_,) = made("spam")
    assert "are deleted" in page(moderator, f"{LIST}{id_}/remove/")
    send(moderator, f"{LIST}{id_}/remove/", 302, reason=REASON)
    assert not Rule.objects.exists()
    page(moderator, f"{LIST}{id_}/", 404)


def test_bulk_rule_action_asks_first(moderator: Client) -> None:
    ids = made("spam", "ham", "eggs")
    chosen = {"chosen": [str(id_) for id_ in ids[:2]], "act": "off"}
    response = moderator.post(f"{LIST}several/", chosen)
    assert Rule.objects.filter(is_active=True).count() == 3
    assert "<li>spam</li><li>ham</li>" in _text(response, 200)
    moderator.post(f"{LIST}several/", {**chosen, "confirmed": "yes", "reason": REASON})
    assert list(Rule.objects.filter(is_active=True).values_list("pattern", flat=True)) == ["eggs"]


def test_rule_list_is_filtered(moderator: Client) -> None:
    one, *_ = made("spam one", "spam two", "ham")
    Rule.objects.filter(pk=one).update(is_active=False, hits=3)
    assert "spam two" in page(moderator, f"{LIST}?q=SPAM")
    assert "ham<" not in page(moderator, f"{LIST}?q=SPAM")
    off = page(moderator, f"{LIST}?only=off")
    assert "spam one" in off
    assert "spam two" not in off
    assert "spam one" not in page(moderator, f"{LIST}?only=unused")
    assert "There are no such rules." in page(moderator, f"{LIST}?effect=flag")


def test_rule_list_is_paginated(moderator: Client) -> None:
    ids = made(*(f"spam {number:03}" for number in range(ROWS + 1)))
    first = page(moderator)
    assert "spam 050" in first
    assert "spam 000" not in first
    assert f"?before={ids[1]}" in first
    assert "spam 000" in page(moderator, f"{LIST}?before={ids[1]}")


def test_rule_list_query_count_is_bounded(moderator: Client, django_assert_max_num_queries: Any) -> None:
    made(*(f"spam {number}" for number in range(ROWS)))
    with django_assert_max_num_queries(12):
        page(moderator)


def test_desk_tries_text_against_rules(moderator: Client) -> None:
    made("spam", effect="mask")
    shown = send(moderator, f"{LIST}try/", text="S P A M and ham")
    assert "* * * * and ham" in shown
    assert "None: it is delivered as it is." in send(moderator, f"{LIST}try/", text="ham")
    tried = {"text": "spam and ham", "pattern": "ham", "match": "word", "effect": "block"}
    shown = send(moderator, f"{LIST}try/", **tried)
    assert "The text to try." in shown
    assert "missing )" in send(moderator, f"{LIST}try/", **{**tried, "pattern": "(", "match": "re2"})


def test_rule_dry_run_shows_private_matches_for_a_reason_only(moderator: Client, group: Group) -> None:
    write("alice", group.pk, "<b>spam</b>")
    write("alice", "bob", "secret spam")
    path = f"{LIST}dry-run/"
    everywhere = {"pattern": "spam", "match": "literal", "scope": "everywhere"}
    assert "It matches 1 of the last 1 texts." in send(moderator, path, **everywhere)
    text = moderator.post(path, {**everywhere, "reason": REASON}).content.decode()
    assert "It matches 2 of the last 2 texts." in text
    assert "&lt;b&gt;<mark>spam</mark>&lt;/b&gt;" in text
    assert "secret" not in text
    assert 'value="ham"' in page(moderator, f"{path}?pattern=ham&match=word")
    only_there = {"pattern": "spam", "match": "literal", "scope": "group", "group": str(group.pk)}
    assert "It matches 1 of the last 1 texts." in send(moderator, path, **only_there)
    assert "missing )" in send(moderator, path, pattern="(", match="re2", scope="everywhere")


def test_auditor_can_read_rules(group: Group) -> None:
    (id_,) = made("spam")
    auditor = at_the_desk(AUDITOR)
    assert "spam" in page(auditor)
    assert "<textarea" not in page(auditor, f"{LIST}{id_}/")
    for path in ("add/", "dry-run/", "several/", f"{id_}/off/", f"{id_}/remove/"):
        page(auditor, LIST + path, 403)
    send(auditor, f"{LIST}{id_}/remove/", 403, reason=REASON)
    assert Rule.objects.get().is_active
    assert AuditEntry.objects.filter(action="refused", actor="auditor").count() >= 6


def test_auditor_cannot_change_rules_with_a_forged_form(group: Group) -> None:
    (id_,) = made("spam")
    send(at_the_desk(AUDITOR), f"{LIST}{id_}/", pattern="ham", **NEW)
    assert Rule.objects.get().pattern == "spam"


def test_user_text_is_escaped_in_rules(moderator: Client) -> None:
    (id_,) = made("<script>alert(1)</script>", note="<i>")
    for path in (LIST, f"{LIST}{id_}/", f"{LIST}{id_}/off/"):
        assert "<script>alert" not in moderator.get(path).content.decode()
