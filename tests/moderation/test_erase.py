"""What the desk keeps of whoever is erased: that there were reports, and the audit log."""

import json

import pytest
from django.utils import timezone

from accounts.services import ensure_users
from chat.services.moderating import recall
from log.models import Group
from moderation import audit
from moderation.erasing import erase_person, stems_in_snapshots
from moderation.models import Complaint, LastAddress, Report
from moderation.reports import filing
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, entries
from tests.support.reports import write

FILE, OTHER = "a" * 32, "b" * 32


def kept() -> str:
    return json.dumps(list(Report.objects.values_list("snapshot", flat=True)), ensure_ascii=False)


def test_erased_person_is_blanked_in_snapshots(group: Group) -> None:
    ids = [write(ALICE, group.pk, "alice says"), write(BOB, group.pk, "bob says")]
    for id_, reporter in zip(ids, (BOB, ALICE), strict=True):
        filing.file_report(reporter, f"m:{id_}", "spam", f"noted by {reporter}")
    erase_person(ALICE)
    for report in Report.objects.all():
        texts = {one["from"]: (one["name"], one["content"]) for one in report.snapshot["messages"]}
        assert texts == {ALICE: ("", ""), BOB: (BOB, "bob says")}
    assert dict(Complaint.objects.values_list("reporter", "note")) == {ALICE: "", BOB: ""}


def test_reports_about_an_erased_person_have_no_notes(group: Group) -> None:
    for about in (ALICE, CHARLIE):
        filing.file_report(BOB, f"u:{about}", "spam", f"a note on {about}")
    Report.objects.update(reason="as she said")
    erase_person(ALICE)
    assert dict(Complaint.objects.values_list("report__about", "note")) == {
        ALICE: "",
        CHARLIE: "a note on charlie",
    }
    assert dict(Report.objects.values_list("about", "reason")) == {ALICE: "", CHARLIE: "as she said"}


def test_a_report_about_the_person_has_no_profile(group: Group) -> None:
    write(BOB, ALICE, "bob says")
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    erase_person(BOB)
    report = Report.objects.get()
    assert report.snapshot["person"] == {"userid": BOB, "nickname": "", "avatar": ""}
    assert "bob says" not in kept()
    assert (report.about, report.count) == (BOB, 1)


def test_people_with_similar_userids_are_not_erased(group: Group) -> None:
    write(BOB, ALICE, 'I am "alice"')
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    before = kept()
    for userid in (ALICE, "bo", CHARLIE):
        erase_person(userid)
    assert kept() == before


@pytest.mark.parametrize("userid", ["爱丽丝", 'al"ice', "al\\ice", "élise"])
def test_people_with_unusual_userids_are_erased(group: Group, userid: str) -> None:
    ensure_users([userid])
    message = write(userid, ALICE, "secret")
    filing.file_report(ALICE, f"m:{message}", "spam", "")
    assert "secret" in kept()
    erase_person(userid)
    assert "secret" not in kept()


def test_files_in_snapshots_are_found_before_erasing(group: Group) -> None:
    message = write(ALICE, group.pk, f"/media/{FILE}-1x1.jpg")
    write(BOB, group.pk, f"/media/{OTHER}-1x1.jpg")
    filing.file_report(BOB, f"m:{message}", "spam", "")
    recall([message])
    assert stems_in_snapshots(ALICE) == {FILE}
    erase_person(ALICE)
    assert stems_in_snapshots(ALICE) == set()


def test_last_addresses_of_an_erased_person_are_deleted(group: Group) -> None:
    for userid in (ALICE, BOB):
        LastAddress.objects.create(
            user_id=userid, address="192.0.2.1", first_at=timezone.now(), seen_at=timezone.now()
        )
    erase_person(ALICE)
    assert [one.user_id for one in LastAddress.objects.all()] == [BOB]


def test_erasing_a_person_keeps_the_audit_log(group: Group) -> None:
    audit.record(MODERATOR, "person.warn", f"u:{ALICE}", "for spam")
    erase_person(ALICE)
    assert entries() == [("person.warn", f"u:{ALICE}")]
