"""Changes of the rules: who may, what is checked, and what tells of them."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from log.models import Group, Message
from moderation.errors import NoReason, NotFound
from moderation.models import Rule
from moderation.moderators import READ_PRIVATE, Moderator, RoleMissing
from moderation.rules import service, trying
from moderation.rules.service import (
    BadRule,
    MatchesTooManyTexts,
    add_rules,
    change_rule,
    remove_rules,
    switch_rules,
)
from tests.support.moderators import MODERATOR, NOBODY, REASON, audit_log, entries
from tests.support.reports import write

pytestmark = pytest.mark.django_db


def made(*patterns: str, **values: Any) -> list[Rule]:
    return add_rules(MODERATOR, patterns, REASON, **values)


def rows() -> int:
    return Message.objects.filter(kind="standing").count()


def test_rules_are_added_and_logged(group: Group) -> None:
    one, other = made("spam", "敏感词", effect="mask", note="adverts")
    assert [(rule.pattern, rule.effect, rule.made_by) for rule in (one, other)] == [
        ("spam", "mask", "moderator"),
        ("敏感词", "mask", "moderator"),
    ]
    assert entries() == [("rule.add", f"rule:{one.pk}"), ("rule.add", f"rule:{other.pk}")]
    entry = audit_log().last()
    assert entry
    assert entry.reason == REASON
    assert entry.details["pattern"] == "敏感词"
    assert entry.log_id == Message.objects.get(kind="standing").pk


def test_duplicate_patterns_are_added_once(group: Group) -> None:
    made("spam")
    assert [rule.pattern for rule in made("spam", "ham", "ham")] == ["ham"]
    assert made("spam", effect="mask")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"match": "re2", "pattern": "("}, "pattern"),
        ({"match": "re2", "pattern": "a*"}, "pattern"),
        ({"pattern": "x" * 201}, "pattern"),
        ({"match": "glob"}, "pattern"),
        ({"effect": "shout"}, "effect"),
        ({"scope": "here"}, "scope"),
        ({"scope": "group"}, "group"),
        ({"scope": "group", "group_id": 99}, "group"),
        ({"scope": "groups", "group_id": 1}, "group"),
    ],
)
def test_invalid_rule_is_rejected_before_writing(values: dict[str, Any], field: str) -> None:
    values = {"pattern": "spam", **values}
    with pytest.raises(BadRule) as wrong:
        add_rules(MODERATOR, ["good", values.pop("pattern")], REASON, **values)
    assert wrong.value.field == field
    assert str(wrong.value)
    assert not Rule.objects.exists()
    assert entries() == []


def test_number_of_rules_is_limited(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_RULES", 2)
    monkeypatch.setattr(service, "MAX_EXPRESSIONS", 1)
    made("one", match="re2")
    with pytest.raises(BadRule, match="1 regular"):
        made("two", match="re2")
    with pytest.raises(BadRule, match="2 rules"):
        made("two", "three")
    monkeypatch.setattr(service, "MAX_AT_ONCE", 1)
    with pytest.raises(BadRule, match="1 at once"):
        made("two", "three")
    made("two")


def test_rule_change_is_stored_and_audited(group: Group) -> None:
    (rule,) = made("spam")
    Rule.objects.update(hits=5)
    change_rule(MODERATOR, rule.pk, REASON, pattern="ham", scope="group", group_id=group.pk)
    rule.refresh_from_db()
    assert (rule.pattern, rule.scope, rule.group_id, rule.hits) == ("ham", "group", group.pk, 5)
    entry = audit_log().latest("pk")
    assert (entry.action, entry.details["before"]["pattern"]) == ("rule.change", "spam")
    assert rows() == 2


def test_unchanged_rule_writes_no_log_row(group: Group) -> None:
    (rule,) = made("spam")
    change_rule(MODERATOR, rule.pk, REASON, pattern="spam")
    assert rows() == 1
    assert len(entries()) == 1


def test_change_of_missing_rule_rejected() -> None:
    with pytest.raises(NotFound):
        change_rule(MODERATOR, 99, REASON, pattern="ham")


def test_rules_are_switched_on_and_off(group: Group) -> None:
    ids = [rule.pk for rule in made("spam", "ham")]
    assert len(switch_rules(MODERATOR, ids, REASON, is_active=False)) == 2
    assert len(switch_rules(MODERATOR, ids, REASON, is_active=False)) == 0
    assert not Rule.objects.filter(is_active=True).exists()
    assert len(switch_rules(MODERATOR, ids[:1], REASON, is_active=True)) == 1
    assert [action for action, _ in entries()][2:] == ["rule.off", "rule.off", "rule.on"]


def test_rules_are_removed_and_audited(group: Group) -> None:
    ids = [rule.pk for rule in made("spam", "ham")]
    assert len(remove_rules(MODERATOR, ids, REASON)) == 2
    assert len(remove_rules(MODERATOR, ids, REASON)) == 0
    assert not Rule.objects.exists()
    assert audit_log().latest("pk").details["pattern"] == "ham"


def test_rule_changes_need_permission(group: Group) -> None:
    (rule,) = made("spam")
    tries: list[Callable[[], object]] = [
        lambda: add_rules(NOBODY, ["ham"], REASON),
        lambda: change_rule(NOBODY, rule.pk, REASON, pattern="ham"),
        lambda: switch_rules(NOBODY, [rule.pk], REASON, is_active=False),
        lambda: remove_rules(NOBODY, [rule.pk], REASON),
    ]
    for attempt in tries:
        with pytest.raises(RoleMissing):
            attempt()
    assert [action for action, _ in entries()] == ["rule.add", *["refused"] * 4]
    assert Rule.objects.get().pattern == "spam"


@pytest.mark.parametrize("reason", [" ", "\u200b\u2060"])
def test_rule_changes_need_reason(reason: str) -> None:
    with pytest.raises(NoReason):
        add_rules(MODERATOR, ["spam"], reason)


def test_backend_key_may_add_rules(group: Group) -> None:
    backend = Moderator("key:abc", "", MODERATOR.may)
    (rule,) = add_rules(backend, ["spam"], REASON)
    assert rule.made_by == "key:abc"
    assert rows() == 1


def test_rule_change_without_people_sends_no_notice() -> None:
    assert not User.objects.exists()
    made("spam")
    assert rows() == 0


@pytest.mark.slow
def test_slow_expression_is_rejected_but_an_old_one_can_be_switched_off() -> None:
    slow = "(.{1,30}q.{1,30}){3}z"
    with pytest.raises(BadRule, match="takes too long on some texts"):
        add_rules(MODERATOR, [slow], REASON, match="re2", effect="mask")
    rule = Rule.objects.create(pattern=slow, match="re2", effect="mask")
    assert not change_rule(MODERATOR, rule.pk, REASON, is_active=False).is_active
    with pytest.raises(BadRule, match="takes too long on some texts"):
        change_rule(MODERATOR, rule.pk, REASON, pattern=slow + "z")


def test_rule_with_many_matches_needs_confirmation(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "LARGE_SHARE", 4)
    for text in ("hello", "hello", "hello", "hello", "spam"):
        write("alice", group.pk, text)
    (rule,) = add_rules(MODERATOR, ["spam"], REASON, is_meant=False)  # it is found in a fifth
    with pytest.raises(MatchesTooManyTexts, match="4 of the 5 texts"):
        add_rules(MODERATOR, ["ham", "hello"], REASON, is_meant=False)
    with pytest.raises(MatchesTooManyTexts):
        change_rule(MODERATOR, rule.pk, REASON, pattern="hello", is_meant=False)
    change_rule(MODERATOR, rule.pk, REASON, is_active=False, pattern="hello", is_meant=False)
    with pytest.raises(MatchesTooManyTexts):
        change_rule(MODERATOR, rule.pk, REASON, is_active=True, is_meant=False)
    with pytest.raises(MatchesTooManyTexts):
        switch_rules(MODERATOR, [rule.pk], REASON, is_active=True, is_meant=False)
    assert list(Rule.objects.values_list("pattern", "is_active")) == [("hello", False)]
    switch_rules(MODERATOR, [rule.pk], REASON, is_active=True)
    change_rule(MODERATOR, rule.pk, REASON, note="adverts", is_meant=False)  # it is found where it was
    assert list(Rule.objects.values_list("pattern", "is_active")) == [("hello", True)]


def test_match_share_counts_last_day_only(group: Group) -> None:
    write("alice", group.pk, "spam")
    Message.objects.update(timet=1)
    assert add_rules(MODERATOR, ["spam"], REASON, is_meant=False)


def test_confirmation_based_on_private_texts_is_audited(group: Group) -> None:
    write("alice", "bob", "spam")
    with pytest.raises(MatchesTooManyTexts):
        add_rules(MODERATOR, ["spam"], REASON, is_meant=False)
    entry = audit_log().get()
    assert (entry.action, entry.reason, entry.details) == ("private.try", REASON, {"pattern": "spam"})
    # In groups only, and by somebody who may not read what is private, nothing is told of it.
    assert add_rules(MODERATOR, ["spam"], REASON, is_meant=False, scope="groups")
    clerk = MODERATOR._replace(may=MODERATOR.may - {READ_PRIVATE})
    assert add_rules(clerk, ["spam"], REASON, is_meant=False, effect="flag")
    assert audit_log().filter(action="private.try").count() == 1
