"""The call `report`, in the form of the group calls."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.limits.buckets import Rate
from accounts.models import User
from log.models import Group
from moderation.models import Report
from moderation.models.reports import NOTE_LENGTH
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    LOCKED,
    LOG_IN_AGAIN,
    NO_SUCH_GROUP,
    OF_ANOTHER,
    OK,
    UNKNOWN,
    bad,
    body_of,
    call,
)
from tests.support.reports import write
from tests.support.settings import override
from tests.support.tokens import SECRET, token

NO_SUCH_MESSAGE = '{"code":3,"message":"There is no such message."}'


@pytest.fixture
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def reported(client: Client, **arguments: Any) -> str:
    """What Alice is answered."""
    values = {"reporter": ALICE, "category": "spam", **arguments}
    return call(client, "report", **{name: str(value) for name, value in values.items()})


@pytest.mark.promise("call-29")
def test_report_call_files_a_report(client: Client, group: Group) -> None:
    message = write(BOB, group.pk, "buy gold")
    assert reported(client, message=message, note="again") == OK
    (report,) = Report.objects.all()
    (complaint,) = report.complaints.all()
    assert (report.target, report.category) == (f"m:{message}", "spam")
    assert (complaint.reporter_id, complaint.note) == (ALICE, "again")


@pytest.mark.promise("call-29")
def test_report_call_reports_person_and_group(client: Client, group: Group) -> None:
    assert reported(client, user=BOB, category="abuse") == OK
    assert reported(client, group=group.pk) == OK
    assert list(Report.objects.order_by("pk").values_list("target", flat=True)) == [
        f"u:{BOB}",
        f"g:{group.pk}",
    ]


@pytest.mark.parametrize("path", ["report", "report/", "wsim/report", "wsim/report/"])
def test_report_call_has_group_call_paths(client: Client, group: Group, path: str) -> None:
    fields = {"reporter": ALICE, "user": BOB, "category": "spam"}
    assert body_of(client.get(f"/{path}", fields)) == OK
    assert body_of(client.post(f"/{path}", fields)) == OK


@pytest.mark.promise("call-31")
def test_repeated_report_call_counts_once(client: Client, group: Group) -> None:
    assert [reported(client, user=BOB) for _ in range(2)] == [OK, OK]
    assert Report.objects.get().count == 1


@pytest.mark.promise("call-29")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "message: Name one: message, user or group."),
        ({"user": BOB, "group": 1}, "message: Name one: message, user or group."),
        ({"user": "a_b"}, "user: Not a userid."),
        ({"message": "01"}, "message: Not the id of a message."),
        ({"group": "x"}, "group: Not a group id."),
        ({"user": BOB, "category": "boring"}, "category: Not a category."),
        ({"user": BOB, "note": "x" * (NOTE_LENGTH + 1)}, "note: Too long."),
        ({"user": ALICE}, "You cannot report yourself."),
    ],
)
def test_invalid_report_call_is_rejected(
    client: Client, group: Group, arguments: dict[str, Any], complaint: str
) -> None:
    assert reported(client, **arguments) == bad(complaint)
    assert not Report.objects.exists()


@pytest.mark.promise("call-30", "call-36")
def test_hidden_targets_do_not_exist_for_reporter(client: Client, group: Group) -> None:
    message = write(BOB, group.pk, "hi")
    answers = [
        reported(client, reporter=CHARLIE, message=message),
        reported(client, reporter=CHARLIE, group=group.pk),
        reported(client, user="nobody"),
    ]
    assert answers == [NO_SUCH_MESSAGE, NO_SUCH_GROUP, UNKNOWN]


def test_open_mode_creates_an_unknown_reporter(client: Client, group: Group) -> None:
    assert reported(client, reporter="dave", user=BOB) == OK
    assert User.objects.filter(pk="dave").exists()


@pytest.mark.promise("call-39")
def test_report_calls_beyond_the_limit_are_rejected(client: Client, group: Group, settings: Settings) -> None:
    override(settings, limit_reports=Rate(1, 3600))
    assert reported(client, user=BOB) == OK
    assert reported(client, user=CHARLIE) == '{"code":6,"message":"Too fast. Try again in 3600 s."}'


@pytest.mark.usefixtures("token_mode")
class TestTokenMode:
    @pytest.mark.promise("call-32")
    def test_report_call_requires_the_reporter_to_be_the_caller(self, client: Client) -> None:
        assert reported(client, user=BOB, access_token=token(ALICE)) == OK
        assert reported(client, user=BOB, access_token=token(CHARLIE)) == OF_ANOTHER
        assert reported(client, user=BOB) == LOG_IN_AGAIN
        assert Report.objects.get().count == 1

    def test_backend_key_reports_for_the_named_person(self, client: Client) -> None:
        key = api_keys.make("shop", ["messages"]).text
        fields = {"reporter": ALICE, "user": BOB, "category": "spam"}
        assert body_of(client.post("/report", fields, headers={"authorization": f"Api-Key {key}"})) == OK

    @pytest.mark.promise("call-32")
    def test_muted_reporter_accepted_banned_reporter_rejected(self, client: Client) -> None:
        User.objects.filter(pk=ALICE).update(muted=True)
        assert reported(client, user=BOB, access_token=token(ALICE)) == OK
        User.objects.filter(pk=ALICE).update(is_active=False)
        assert reported(client, user=CHARLIE, access_token=token(ALICE)) == LOCKED
