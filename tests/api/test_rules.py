"""Rules: seen, made, changed, removed and tried by moderators."""

from typing import Any

import pytest
from pytest_django import Settings

from log.models import Group
from moderation.models import AuditEntry, Rule
from moderation.roles import AUDITOR, MODERATOR
from tests.api.over_the_network.shapes import invalid
from tests.support.api import Api
from tests.support.moderators import staff
from tests.support.reports import write
from tests.support.settings import override
from tests.support.tokens import SECRET

REASON = "because"


@pytest.fixture(autouse=True)
def _token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def at_the_desk(role: str) -> Api:
    staff(role, role)
    return Api(role, has_token=True)


@pytest.fixture
def moderator(group: Group) -> Api:
    return at_the_desk(MODERATOR)


def made(moderator: Api, **values: Any) -> int:
    answer = moderator.post("moderation/rules", **{"pattern": "spam", "reason": REASON, **values})
    assert answer.status == 201
    return int(answer.body["id"])


def test_api_creates_and_reads_rule(moderator: Api, group: Group) -> None:
    id_ = made(moderator, effect="mask", scope="group", group=str(group.pk), note="adverts")
    (rule,) = moderator.get("moderation/rules").body["items"]
    assert rule == moderator.get(f"moderation/rules/{id_}").body
    assert rule.pop("made") == pytest.approx(Rule.objects.get().made_at.timestamp(), abs=1)
    assert rule == {
        "id": id_,
        "pattern": "spam",
        "match": "literal",
        "effect": "mask",
        "scope": "group",
        "group": str(group.pk),
        "note": "adverts",
        "active": True,
        "hits": 0,
        "last_hit": None,
        "made_by": "moderator",
    }
    assert AuditEntry.objects.get().reason == REASON


def test_repeated_rule_has_the_same_id(moderator: Api) -> None:
    id_ = made(moderator)
    answer = moderator.post("moderation/rules", pattern="spam", reason=REASON)
    assert (answer.status, answer.body) == (200, {"id": id_})


def test_api_rule_list_is_paginated(moderator: Api) -> None:
    ids = [made(moderator, pattern=f"spam {number}") for number in range(3)]
    first = moderator.get("moderation/rules", limit=2).body
    assert [rule["id"] for rule in first["items"]] == ids[:0:-1]
    assert first["more"]
    rest = moderator.get("moderation/rules", before=ids[1]).body
    assert ([rule["id"] for rule in rest["items"]], rest["more"]) == (ids[:1], False)


def test_api_changes_and_switches_off_rule(moderator: Api) -> None:
    id_ = made(moderator)
    answer = moderator.patch(f"moderation/rules/{id_}", pattern="ham", active=False, reason=REASON)
    assert answer.status == 200
    assert (answer.body["pattern"], answer.body["active"]) == ("ham", False)
    assert not Rule.objects.get().is_active


def test_api_rule_with_many_matches_needs_confirmation(moderator: Api, group: Group) -> None:
    write("alice", group.pk, "spam")
    new = {"pattern": "spam", "reason": REASON}
    assert moderator.post("moderation/rules", **new).failed == (409, "conflict")
    made(moderator, meant=True)
    assert moderator.post("moderation/rules", **new, meant=True).status == 200
    assert Rule.objects.count() == 1


def test_api_removes_rule(moderator: Api) -> None:
    id_ = made(moderator)
    assert moderator.delete(f"moderation/rules/{id_}?reason=because").status == 204
    assert moderator.delete(f"moderation/rules/{id_}?reason=because").failed == (404, "not_found")
    assert not Rule.objects.exists()
    assert AuditEntry.objects.latest("pk").action == "rule.remove"


def test_api_tries_text_against_rules(moderator: Api, group: Group) -> None:
    id_ = made(moderator, effect="mask", scope="groups")
    to_group = moderator.post("moderation/rules/try", text="S P A M", to=f"g:{group.pk}")
    assert to_group.body == {"effect": "mask", "text": "* * * *", "rules": [id_], "flags": []}
    to_a_person = moderator.post("moderation/rules/try", text="spam")
    assert to_a_person.body == {"effect": None, "text": "spam", "rules": [], "flags": []}
    with_one = moderator.post("moderation/rules/try", text="spam", pattern="p+", match="re2", effect="block")
    assert with_one.body == {"effect": "block", "text": "spam", "rules": [0], "flags": []}
    assert Rule.objects.count() == 1


def test_invalid_rule_fields_are_named(moderator: Api) -> None:
    blank, no_group = "This field may not be blank.", "Not a group's id."
    wrong = [
        ({"pattern": ""}, "pattern", blank),
        ({"match": "glob"}, "match", '"glob" is not a valid choice.'),
        ({"effect": "shout"}, "effect", '"shout" is not a valid choice.'),
        ({"scope": "group"}, "group", "Name a group if the rule is for one group, and only then."),
        ({"scope": "group", "group": "x"}, "group", no_group),
        ({"scope": "group", "group": "99"}, "group", "There is no such group."),
        ({"reason": ""}, "reason", blank),
    ]
    for value, field, reason in wrong:
        answer = moderator.post("moderation/rules", **{"pattern": "a", "reason": REASON, **value})
        assert answer.outcome == invalid(field, reason), value


def test_invalid_rule_pattern_is_named(moderator: Api) -> None:
    bad = {"pattern": "(", "match": "re2", "reason": REASON}
    for answer in (
        moderator.post("moderation/rules", **bad),
        moderator.post("moderation/rules/try", text="spam", **bad),
    ):
        assert answer.failed == (400, "invalid")
        assert list(answer.body["error"]["fields"]) == ["pattern"]
    without = moderator.post("moderation/rules/try")
    assert without.outcome == invalid("text", "This field is required.")


def test_unknown_rule_is_rejected(moderator: Api) -> None:
    for path in ("99", "x", str(10**30)):
        assert moderator.get(f"moderation/rules/{path}").failed == (404, "not_found")
    assert moderator.patch("moderation/rules/99", reason=REASON).failed == (404, "not_found")


def test_auditor_only_reads_rules_by_api(moderator: Api) -> None:
    id_ = made(moderator)
    auditor = at_the_desk(AUDITOR)
    assert auditor.get("moderation/rules").status == 200
    for answer in (
        auditor.post("moderation/rules", pattern="ham", reason=REASON),
        auditor.patch(f"moderation/rules/{id_}", pattern="ham", reason=REASON),
        auditor.delete(f"moderation/rules/{id_}?reason=because"),
    ):
        assert answer.failed == (403, "not_allowed")
    assert Rule.objects.get().pattern == "spam"
    assert AuditEntry.objects.filter(action="refused").count() == 3


def test_people_cannot_see_rules(group: Group) -> None:
    bob = Api("bob", has_token=True)
    assert bob.get("moderation/rules").failed == (403, "not_allowed")
    assert bob.post("moderation/rules/try", text="spam").failed == (403, "not_allowed")
