"""Rules that flag report what people write, and let it pass."""

import pytest

from chat.readers.reader import next_rows, step
from log.appending import Draft, append
from log.cards import CARD
from log.details import encoded
from log.models import Group
from log.rows import EDIT
from moderation.models import Complaint, Report
from moderation.rules import registry
from moderation.rules.registry import Registry
from moderation.rules.screening import Flags
from moderation.rules.service import add_rules
from tests.support.moderators import MODERATOR, REASON
from tests.support.reports import amend, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def current(monkeypatch: pytest.MonkeyPatch) -> Registry:
    mine = Registry()
    monkeypatch.setattr(registry, "current", mine)
    return mine


def test_card_fields_are_flagged(group: Group) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect="flag")
    details = encoded({CARD: {"title": "a", "fields": [{"name": "b", "value": "spam"}]}})
    append([Draft(CARD, "alice", group.pk, "ham", "", details=details)])
    step(Flags())
    assert Report.objects.count() == 1


def test_flagged_message_is_reported(group: Group) -> None:
    (rule,) = add_rules(MODERATOR, ["spam"], REASON, effect="flag")
    write("alice", "bob", "ham")
    flagged = write("alice", group.pk, "S P A M")
    step(Flags())
    report = Report.objects.get()
    assert report.target == f"m:{flagged}"
    assert Complaint.objects.get().rule == rule.pk


def test_mask_rule_files_no_report(group: Group) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect="mask")
    write("alice", "bob", "spam")
    step(Flags())
    assert not Report.objects.exists()


def test_edited_text_is_checked_for_flags(group: Group) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect="flag")
    message = write("alice", "bob", "ham")
    amend(EDIT, "alice", "bob", message, "spam")
    step(Flags())
    assert Report.objects.get().target == f"m:{message}"


def test_replayed_rows_are_reported_once(group: Group, current: Registry) -> None:
    """As after a process that ended before it had moved the cursor."""
    add_rules(MODERATOR, ["spam"], REASON, effect="flag")
    write("alice", "bob", "spam")
    rows = next_rows(0)
    Flags().prepare(rows)
    Flags().prepare(rows)
    assert Report.objects.get().count == 1


def test_rules_matching_one_message_share_a_report(group: Group) -> None:
    add_rules(MODERATOR, ["spam", "eggs"], REASON, effect="flag")
    write("alice", "bob", "spam and eggs")
    step(Flags())
    assert Complaint.objects.filter(report=Report.objects.get()).count() == 2


def test_flag_rule_hits_are_counted(group: Group, current: Registry) -> None:
    (rule,) = add_rules(MODERATOR, ["spam"], REASON, effect="flag")
    write("alice", "bob", "spam")
    step(Flags())
    current.write_hits()
    rule.refresh_from_db()
    assert rule.hits == 1
