"""Notes of moderators on a report: for each other, never for those concerned."""

import pytest

from log.models import Group
from moderation import erasing
from moderation.errors import NoReason, ProtectedPerson
from moderation.models import Report, ReportNote
from moderation.moderators import EVERYTHING, Moderator, RoleMissing
from moderation.reports import filing, notes
from moderation.reports.errors import UnknownReport
from tests.support.groups import ALICE, BOB
from tests.support.moderators import MODERATOR, NOBODY, entries, last_entry, told

pytestmark = pytest.mark.django_db

TEXT = "he did this before, under another name"
ANOTHER = Moderator("another", "", EVERYTHING)


@pytest.fixture
def report(group: Group) -> Report:
    return filing.file(ALICE, f"u:{BOB}", "spam", "")


def texts(moderator: Moderator, report: Report) -> list[str] | None:
    found = notes.visible_to(moderator, report)
    return None if found is None else [note.text for note in found]


def test_other_moderators_read_it_and_the_audit_log_has_a_line_without_it(report: Report) -> None:
    notes.add(MODERATOR, report.pk, TEXT)
    notes.add(ANOTHER, report.pk, "I agree")
    assert texts(ANOTHER, report) == [TEXT, "I agree"]
    assert [note.author for note in notes.visible_to(MODERATOR, report) or ()] == ["moderator", "another"]
    assert entries() == [("report.note", f"r:{report.pk}")] * 2
    assert TEXT not in f"{last_entry().details}{last_entry().reason}"
    assert told(ALICE) == told(BOB) == []


def test_those_concerned_never_do_even_at_the_desk(report: Report) -> None:
    notes.add(MODERATOR, report.pk, TEXT)
    for userid in (ALICE, BOB):
        concerned = Moderator(userid, "", EVERYTHING)
        for moderator in (concerned, Moderator("key:1", "", EVERYTHING, acts_for=userid)):
            assert texts(moderator, report) is None
            with pytest.raises(ProtectedPerson):
                notes.add(moderator, report.pk, TEXT)
    assert texts(NOBODY, report) is None


def test_who_may_not_handle_reports_writes_none(report: Report) -> None:
    with pytest.raises(RoleMissing):
        notes.add(NOBODY, report.pk, TEXT)
    with pytest.raises(NoReason):
        notes.add(MODERATOR, report.pk, " \u200b")
    with pytest.raises(UnknownReport):
        notes.add(MODERATOR, 999_999, TEXT)
    assert not ReportNote.objects.exists()


def test_they_go_with_the_person(report: Report) -> None:
    notes.add(MODERATOR, report.pk, TEXT)
    erasing.forget(ALICE)
    assert texts(MODERATOR, report) == [TEXT]
    erasing.forget(BOB)
    assert texts(MODERATOR, report) == []
