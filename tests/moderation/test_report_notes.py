"""Notes of moderators on a report: for each other, never for those concerned."""

import pytest

from log.models import Group
from moderation import erasing
from moderation.errors import NoReason, ProtectedPerson
from moderation.models import Report, ReportNote
from moderation.moderators import ALL_PERMISSIONS, Moderator, RoleMissing
from moderation.reports import filing, notes
from moderation.reports.errors import UnknownReport
from tests.support.groups import ALICE, BOB
from tests.support.moderators import MODERATOR, NOBODY, entries, last_entry, notices_to

pytestmark = pytest.mark.django_db

TEXT = "he did this before, under another name"
ANOTHER = Moderator("another", "", ALL_PERMISSIONS)


@pytest.fixture
def report(group: Group) -> Report:
    return filing.file_report(ALICE, f"u:{BOB}", "spam", "")


def texts(moderator: Moderator, report: Report) -> list[str] | None:
    visible = notes.visible_to(moderator, report)
    return None if visible is None else [note.text for note in visible]


def test_note_is_readable_by_moderators_and_audited_without_text(report: Report) -> None:
    notes.add_note(MODERATOR, report.pk, TEXT)
    notes.add_note(ANOTHER, report.pk, "I agree")
    assert texts(ANOTHER, report) == [TEXT, "I agree"]
    assert [note.author for note in notes.visible_to(MODERATOR, report) or ()] == ["moderator", "another"]
    assert entries() == [("report.note", f"r:{report.pk}")] * 2
    assert TEXT not in f"{last_entry().details}{last_entry().reason}"
    assert notices_to(ALICE) == notices_to(BOB) == []


def test_notes_are_hidden_from_reporter_and_subject(report: Report) -> None:
    notes.add_note(MODERATOR, report.pk, TEXT)
    for userid in (ALICE, BOB):
        concerned = Moderator(userid, "", ALL_PERMISSIONS)
        for moderator in (concerned, Moderator("key:1", "", ALL_PERMISSIONS, acts_for=userid)):
            assert texts(moderator, report) is None
            with pytest.raises(ProtectedPerson):
                notes.add_note(moderator, report.pk, TEXT)
    assert texts(NOBODY, report) is None


def test_note_needs_permission_reason_and_report(report: Report) -> None:
    with pytest.raises(RoleMissing):
        notes.add_note(NOBODY, report.pk, TEXT)
    with pytest.raises(NoReason):
        notes.add_note(MODERATOR, report.pk, " \u200b")
    with pytest.raises(UnknownReport):
        notes.add_note(MODERATOR, 999_999, TEXT)
    assert not ReportNote.objects.exists()


def test_notes_are_erased_with_subject(report: Report) -> None:
    notes.add_note(MODERATOR, report.pk, TEXT)
    erasing.erase_person(ALICE)
    assert texts(MODERATOR, report) == [TEXT]
    erasing.erase_person(BOB)
    assert texts(MODERATOR, report) == []
