"""Reporting: a message that one may read, a person, a group that one is or was in."""

from typing import Any

from pytest_django import Settings

from accounts.limits.buckets import Rate
from accounts.models import User
from log.models import Group
from moderation.models import Report
from tests.api.over_the_network.shapes import error, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.reports import write
from tests.support.settings import override


def test_api_report_stores_category_and_note(alice: Api, group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    answer = alice.post("reports", message=message, category="spam", note="again\nand again")
    assert (answer.status, answer.body) == (204, None)
    (report,) = Report.objects.all()
    (complaint,) = report.complaints.all()
    assert (report.target, report.category) == (f"m:{message}", "spam")
    assert (complaint.reporter_id, complaint.note) == (ALICE, "again\nand again")


def test_api_reports_person_and_group(alice: Api, group: Group) -> None:
    assert alice.post("reports", user=BOB, category="abuse").status == 204
    assert alice.post("reports", group=str(group.pk), category="illegal").status == 204
    assert list(Report.objects.order_by("pk").values_list("target", flat=True)) == [
        f"u:{BOB}",
        f"g:{group.pk}",
    ]


def test_invalid_report_fields_are_named(alice: Api) -> None:
    name_one = "Name one: message, user or group."
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({}, "message", name_one),
        ({"user": BOB, "group": "1"}, "message", name_one),
        ({"message": "1"}, "message", "A valid integer is required."),
        ({"user": BOB, "category": "boring"}, "category", '"boring" is not a valid choice.'),
        ({"user": BOB, "note": "x" * 1001}, "note", "Ensure this field has no more than 1000 characters."),
        ({"user": BOB, "note": "\x07"}, "note", "Control characters cannot be sent."),
        ({"user": "a_b"}, "user", "Not a userid."),
        ({"user": ALICE}, "user", "You cannot report yourself."),
        ({"group": 1}, "group", "Not a valid string."),
        ({"group": "01"}, "group", "Not a group id."),
    ]
    for value, field, reason in wrong:
        answer = alice.post("reports", **{"category": "spam", **value})
        assert answer.outcome == invalid(field, reason), value
    needed = invalid("category", "This field is required.")
    assert alice.post("reports", user=BOB).outcome == needed
    assert not Report.objects.exists()


def test_reporting_ones_own_message_is_rejected(alice: Api, group: Group) -> None:
    answer = alice.post("reports", message=write(ALICE, group.pk, "hi"), category="spam")
    assert (answer.failed, list(answer.body["error"]["fields"])) == ((400, "invalid"), ["message"])


def test_report_of_an_inaccessible_target_is_rejected(charlie: Api, group: Group) -> None:
    message = write(BOB, group.pk, "hi")
    named = {"message": message, "group": str(group.pk), "user": "nobody"}
    for name, value in named.items():
        answer = charlie.post("reports", category="spam", **{name: value})
        assert answer.outcome == error(404, "not_found", f"There is no such {name}.")


def test_muted_person_may_report(alice: Api, group: Group) -> None:
    User.objects.filter(pk=ALICE).update(muted=True)
    assert alice.post("reports", user=BOB, category="abuse").status == 204


def test_reports_beyond_the_limit_get_429(alice: Api, group: Group, settings: Settings) -> None:
    override(settings, limit_reports=Rate(1, 3600))
    assert alice.post("reports", user=BOB, category="abuse").status == 204
    answer = alice.post("reports", user=CHARLIE, category="abuse")
    assert answer.failed == (429, "too_fast")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
