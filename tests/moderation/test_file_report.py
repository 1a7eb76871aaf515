"""Filing reports: of what one may read, once each, and all of one target together."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.limits.buckets import Rate
from accounts.limits.limits import TooFast
from groups import services
from log.models import Group
from moderation.models import Complaint, Report
from moderation.models.reports import CATEGORIES, RESOLVED
from moderation.reports import filing
from moderation.reports.errors import OwnTarget, TargetNotFound
from moderation.reports.notifying import CATEGORY_NOTICES
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import notices_to
from tests.support.reports import write
from tests.support.settings import override
from tests.support.threads import at_once


def test_first_complaint_opens_a_report(group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    report = filing.file_report(ALICE, f"m:{message}", "spam", "again and again")
    assert Report.objects.get() == report
    assert (report.target, report.about, report.category) == (f"m:{message}", BOB, "spam")
    assert (report.state, report.count, report.earlier) == ("open", 1, None)
    (complaint,) = report.complaints.all()
    assert (complaint.reporter_id, complaint.category, complaint.note) == (ALICE, "spam", "again and again")


def test_complaints_about_one_target_share_a_report(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE])
    message = write(BOB, group.pk, "buy gold")
    first = filing.file_report(ALICE, f"m:{message}", "spam", "")
    second = filing.file_report(CHARLIE, f"m:{message}", "abuse", "rude, too")
    assert first.pk == second.pk
    assert (second.count, second.categories) == (2, {"spam": 1, "abuse": 1})
    assert second.last_at > first.last_at
    assert second.opened_at == first.opened_at


def test_report_category_is_the_most_frequent_one(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE, "dave"])
    target = f"m:{write(BOB, group.pk, 'hi')}"
    categories = [
        filing.file_report(reporter, target, category, "").category
        for reporter, category in [(ALICE, "spam"), (CHARLIE, "abuse"), ("dave", "abuse")]
    ]
    assert categories == ["spam", "spam", "abuse"]


def test_repeated_report_changes_nothing(group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    first = filing.file_report(ALICE, f"m:{message}", "spam", "first")
    assert filing.file_report(ALICE, f"m:{message}", "abuse", "second") == first
    assert list(Complaint.objects.values_list("category", "note")) == [("spam", "first")]
    assert Report.objects.get().count == 1


def test_report_after_resolution_is_new_report(group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    first = filing.file_report(ALICE, f"m:{message}", "spam", "")
    Report.objects.update(state=RESOLVED)
    second = filing.file_report(ALICE, f"m:{message}", "spam", "")
    assert (second.earlier, second.state, second.count) == (first, "open", 1)
    Report.objects.update(state=RESOLVED)
    assert filing.file_report(ALICE, f"m:{message}", "spam", "").earlier == second


def test_report_of_unreadable_message_not_found(group: Group) -> None:
    in_group, to_alice = write(BOB, group.pk, "hi"), write(BOB, ALICE, "hi")
    for target in (f"m:{in_group}", f"m:{to_alice}", f"m:{to_alice + 1000}", "m:x", "m:01", "m:", ""):
        with pytest.raises(TargetNotFound):
            filing.file_report(CHARLIE, target, "spam", "")
    assert not Report.objects.exists()


def test_desk_notice_cannot_be_reported(group: Group) -> None:
    with pytest.raises(TargetNotFound):
        filing.file_report(ALICE, "m:1", "spam", "")


def test_former_member_can_report_group(group: Group) -> None:
    assert filing.file_report(BOB, f"g:{group.pk}", "illegal", "").about == ""
    services.remove_members(group.pk, [BOB])
    Report.objects.all().delete()
    assert filing.file_report(BOB, f"g:{group.pk}", "illegal", "").target == f"g:{group.pk}"
    services.dissolve(group.pk)
    assert filing.file_report(ALICE, f"g:{group.pk}", "illegal", "").count == 2


def test_outsider_report_of_group_not_found(group: Group) -> None:
    for target in (f"g:{group.pk}", "g:999999", "g:01"):
        with pytest.raises(TargetNotFound):
            filing.file_report(CHARLIE, target, "spam", "")


def test_reported_person_must_exist(group: Group) -> None:
    assert filing.file_report(CHARLIE, f"u:{ALICE}", "abuse", "").about == ALICE
    for target in ("u:nobody", "u:a_b", "u:"):
        with pytest.raises(TargetNotFound):
            filing.file_report(CHARLIE, target, "abuse", "")


def test_self_report_rejected(group: Group) -> None:
    for target in (f"u:{BOB}", f"m:{write(BOB, group.pk, 'hi')}"):
        with pytest.raises(OwnTarget):
            filing.file_report(BOB, target, "other", "")


def test_reports_per_person_are_limited(group: Group, settings: Settings) -> None:
    override(settings, limit_reports=Rate(2, 3600))
    for userid in (ALICE, CHARLIE):
        filing.file_report(BOB, f"u:{userid}", "spam", "", "192.0.2.1")
    with pytest.raises(TooFast):
        filing.file_report(BOB, f"g:{group.pk}", "spam", "", "192.0.2.1")
    assert filing.file_report(ALICE, f"g:{group.pk}", "spam", "", "192.0.2.1")


def test_report_of_missing_target_does_not_count_towards_limit(group: Group, settings: Settings) -> None:
    override(settings, limit_reports=Rate(1, 3600))
    with pytest.raises(TargetNotFound):
        filing.file_report(BOB, "u:nobody", "spam", "")
    assert filing.file_report(BOB, f"u:{ALICE}", "spam", "")


def test_rule_files_report(group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    by_rule = filing.file_by_rule(7, message)
    assert (by_rule.category, by_rule.about, by_rule.count) == ("other", BOB, 1)
    assert filing.file_by_rule(7, message).count == 1
    assert filing.file_by_rule(8, message).count == 2
    merged = filing.file_report(ALICE, f"m:{message}", "spam", "")
    assert (merged.pk, merged.count) == (by_rule.pk, 3)
    assert list(merged.complaints.values_list("rule", "reporter")) == [(7, None), (8, None), (None, ALICE)]


def test_rule_cannot_report_missing_message(group: Group) -> None:
    with pytest.raises(TargetNotFound):
        filing.file_by_rule(7, 999_999)


def test_filing_has_constant_query_count(group: Group) -> None:
    people = [f"user{number}" for number in range(100)]
    services.add_members(group.pk, people)
    target = f"m:{write(BOB, group.pk, 'hi')}"
    filing.file_report(ALICE, target, "spam", "")
    counts = set()
    for userid in people:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            filing.file_report(userid, target, "spam", "")
        counts.add(len(queries))
    assert len(counts) == 1
    assert max(counts) <= 10


@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_reports_both_count(group: Group) -> None:
    for _ in range(5):
        Report.objects.all().delete()
        done = at_once(
            *(partial(filing.file_report, one, f"u:{CHARLIE}", "spam", "") for one in (ALICE, BOB))
        )
        assert all(isinstance(one, Report) for one in done), done
        assert Report.objects.get().count == 2


def test_owners_are_notified_of_reports_in_their_group_if_enabled(group: Group, settings: Settings) -> None:
    filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'buy gold')}", "spam", "")
    assert notices_to(ALICE) == []
    override(settings, report_to_owners=True)
    services.add_members(group.pk, [CHARLIE])
    message = write(BOB, group.pk, "buy silver")
    filing.file_report(ALICE, f"m:{message}", "abuse", "he is rude")
    notice = notices_to(ALICE)[-1]
    assert f"A message in your group “{group.name}” was reported: insults or threats." in notice
    # Neither with the message and the note, nor again for the next complaint, nor of what the owner wrote.
    assert "silver" not in notice
    assert "rude" not in notice
    filing.file_report(CHARLIE, f"m:{message}", "spam", "")
    filing.file_report(BOB, f"m:{write(ALICE, group.pk, 'mine')}", "spam", "")
    filing.file_by_rule(7, write(BOB, group.pk, "flagged"))
    assert [text for text in notices_to(ALICE) if "reported" in text] == [notice]


def test_owner_notices_cover_every_category() -> None:
    assert set(CATEGORY_NOTICES) == {name for name, _ in CATEGORIES}
