"""Trying rules out before they are in force."""

import pytest

from chat.protocol.kinds.files import stored_content
from log.appending import Draft, append
from log.models import Group
from moderation.rules import registry, trying
from moderation.rules.patterns import BadPattern
from moderation.rules.registry import Registry
from moderation.rules.ruleset import Spec
from moderation.rules.service import add_rules
from moderation.rules.trying import TRIAL_RULE_ID, TextOutcome, dry_run, text_outcome
from tests.support.moderators import MODERATOR, REASON
from tests.support.reports import write

pytestmark = pytest.mark.django_db

BOB = "bob"


@pytest.fixture(autouse=True)
def current(monkeypatch: pytest.MonkeyPatch) -> Registry:
    mine = Registry()
    monkeypatch.setattr(registry, "current", mine)
    return mine


def tried(pattern: str, effect: str = "mask", match: str = "literal") -> Spec:
    return Spec(TRIAL_RULE_ID, pattern, match, effect)


def test_text_is_tried_with_active_and_new_rules(group: Group) -> None:
    (rule,) = add_rules(MODERATOR, ["spam"], REASON, effect="mask")
    assert text_outcome("ham", BOB) == TextOutcome(None, "ham", (), ())
    assert text_outcome("spam", BOB) == TextOutcome("mask", "****", (rule.pk,), ())
    assert text_outcome("spam and ham", BOB, tried("ham")) == TextOutcome(
        "mask", "**** and ***", (TRIAL_RULE_ID, rule.pk), ()
    )


def test_strongest_effect_is_returned(group: Group) -> None:
    (rule,) = add_rules(MODERATOR, ["spam"], REASON, effect="mask")
    assert text_outcome("spam ham", BOB, tried("ham", "block")) == TextOutcome(
        "block", "spam ham", (TRIAL_RULE_ID,), ()
    )
    assert text_outcome("spam ham", BOB, tried("ham", "flag")) == TextOutcome(
        "mask", "**** ham", (rule.pk,), (TRIAL_RULE_ID,)
    )
    assert text_outcome("ham", BOB, tried("ham", "flag")) == TextOutcome("flag", "ham", (), (TRIAL_RULE_ID,))


def test_invalid_pattern_is_rejected() -> None:
    with pytest.raises(BadPattern, match="Not an expression"):
        text_outcome("spam", BOB, tried("(", match="re2"))
    with pytest.raises(BadPattern, match="Not an expression"):
        dry_run(tried("(", match="re2"), with_private=True)


def test_dry_run_lists_matches(group: Group) -> None:
    write("alice", "bob", "spam")
    matching = write("alice", group.pk, "There is s p a m here")
    write("alice", group.pk, "ham")
    run = dry_run(tried("spam", "flag"), with_private=True)
    assert (run.texts, run.matches) == (3, 2)
    (in_group, private) = run.first
    assert (in_group.id, in_group.to, in_group.is_private) == (matching, group.pk, False)
    assert (in_group.before, in_group.matched) == ("There is ", "s")
    assert in_group.before + in_group.matched + in_group.after == "There is s p a m here"
    assert private.is_private
    assert not private.before + private.matched + private.after


def test_dry_run_searches_names_of_files(group: Group) -> None:
    content = stored_content(f"/files/{'a' * 32}.file", "spam.pdf", 7)
    append([Draft("file", "alice", group.pk, content, "")])
    run = dry_run(tried("spam"), with_private=True)
    assert (run.texts, [one.matched for one in run.first]) == (1, ["spam"])


def test_dry_run_searches_the_last_messages(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "MAX_TEXTS", 5)
    monkeypatch.setattr(trying, "ROWS_PER_QUERY", 2)
    monkeypatch.setattr(trying, "MAX_EXAMPLES", 3)
    ids = [write("alice", group.pk, f"spam {number}") for number in range(7)]
    run = dry_run(tried("spam"), with_private=True)
    assert (run.texts, run.matches) == (5, 5)
    assert [match.id for match in run.first] == ids[:-4:-1]


def test_dry_run_ends_after_many_rows_without_texts(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    write("alice", group.pk, "spam")
    monkeypatch.setattr(trying, "MAX_ROWS", 1)
    monkeypatch.setattr(trying, "ROWS_PER_QUERY", 1)
    assert dry_run(tried("spam"), with_private=True).texts == 1
    for number in range(3):
        write("alice", group.pk, str(number))
    assert dry_run(tried("spam"), with_private=True).matches == 0


def test_dry_run_finds_stars(group: Group) -> None:
    write("alice", group.pk, "a *** b")
    assert dry_run(tried("***"), with_private=True).matches == 1


def test_dry_run_cuts_long_messages(group: Group) -> None:
    write("alice", group.pk, "x" * 1000 + " spam " + "y" * 1000)
    (match,) = dry_run(tried("spam"), with_private=True).first
    assert len(match.before + match.matched + match.after) <= 200
    assert match.matched == "spam"
