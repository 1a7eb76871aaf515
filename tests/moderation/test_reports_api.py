"""The queue of reports in the API: reading it, and handling what is in it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from accounts.selectors import silent_of
from log.models import Group
from moderation import audit
from moderation.counting import addresses
from moderation.models import ReasonTemplate, Report
from moderation.models.reports import CLAIMED, OPEN, RESOLVED
from moderation.reports import filing, queue
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR
from tests.api.over_the_network.shapes import invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import REASON, audit_log, last_entry, staff
from tests.support.reports import write
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

QUEUE = "moderation/reports"
LATER = 4_000_000_000


@pytest.fixture(autouse=True)
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)


@pytest.fixture
def report(group: Group) -> Report:
    """Of a message of Bob's, by Alice."""
    return filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'buy gold')}", "spam", "again and again")


@pytest.fixture
def moderator(token_mode: None) -> Api:
    return Api(staff("moderator", MODERATOR).pk, has_token=True)


def of_role(role: str) -> Api:
    return Api(staff("staff", role).pk, has_token=True)


def key(*scopes: str) -> Api:
    return Api("", authorization=f"Api-Key {api_keys.make('backend', scopes).text}")


def state(report: Report) -> tuple[str, str, str]:
    stored = queue.get_report(report.pk)
    return stored.state, stored.claimed_by, stored.outcome


def test_api_reads_claims_and_resolves_report(moderator: Api, report: Report) -> None:
    (one,) = moderator.get(QUEUE).body["items"]
    assert {name: one[name] for name in ("id", "state", "category", "target", "about", "count")} == {
        "id": report.pk,
        "state": OPEN,
        "category": "spam",
        "target": report.target,
        "about": BOB,
        "count": 1,
    }
    assert one["snapshot"] == report.snapshot
    assert one["oldest"] == int(report.opened_at.timestamp())

    path = f"{QUEUE}/{report.pk}"
    assert moderator.post(path, action="claim").status == 200
    answer = moderator.post(path, action="resolve", outcome="mute", reason=REASON, until=LATER)

    entry = last_entry()
    assert answer.body == {"id": entry.log_id, "entry": entry.pk}
    assert state(report) == (RESOLVED, "moderator", "mute")
    assert silent_of([BOB]) == {BOB: False}


def test_api_lists_reports_of_each_state_in_pages(moderator: Api, group: Group) -> None:
    reports = [filing.file_report(ALICE, f"u:{userid}", "spam", "") for userid in (BOB, CHARLIE)]
    first = moderator.get(QUEUE, limit=1).body
    assert ([one["id"] for one in first["items"]], first["more"]) == ([reports[0].pk], True)
    last = moderator.get(QUEUE, limit=1, after=reports[0].pk).body
    assert ([one["id"] for one in last["items"]], last["more"]) == ([reports[1].pk], False)
    moderator.post(f"{QUEUE}/{reports[0].pk}", action="claim")
    moderator.post(f"{QUEUE}/{reports[1].pk}", action="resolve", outcome="warn", reason=REASON)
    stored = {name: moderator.get(QUEUE, state=name).body["items"] for name in (OPEN, CLAIMED, RESOLVED)}
    assert {name: [one["id"] for one in items] for name, items in stored.items()} == {
        OPEN: [],
        CLAIMED: [reports[0].pk],
        RESOLVED: [reports[1].pk],
    }
    assert stored[RESOLVED][0]["strikes"] == 1


def test_report_details_include_history(moderator: Api, report: Report) -> None:
    Report.objects.update(state=RESOLVED, outcome="warn")
    again = filing.file_report(ALICE, report.target, "abuse", "rude")
    filing.file_by_rule(7, int(report.target[2:]))
    answer_body = moderator.get(f"{QUEUE}/{again.pk}").body
    assert (answer_body["earlier"], answer_body["strikes"], answer_body["count"]) == (report.pk, 1, 2)
    assert [(one["category"], one["note"], one.get("rule")) for one in answer_body["complaints"]] == [
        ("other", "", 7),
        ("abuse", "rude", None),
    ]
    assert [(one["id"], one["outcome"]) for one in answer_body["others"]] == [(report.pk, "warn")]
    assert answer_body["outcomes"] == ["dismiss", "recall", "warn", "mute", "ban"]


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (lambda: of_role(MODERATOR), False),
        (lambda: of_role(AUDITOR), False),
        (lambda: of_role(ADMINISTRATOR), True),
        (lambda: key(Scope.MODERATE), False),
    ],
    ids=["moderator", "auditor", "administrator", "key"],
)
def test_reporter_is_visible_by_permission(report: Report, caller: Callable[[], Api], sees: bool) -> None:
    answer_body = caller().get(f"{QUEUE}/{report.pk}").body
    assert ("reporter" in answer_body["complaints"][0]) == sees
    assert (ALICE in str(answer_body["complaints"])) == sees


def test_api_releases_report(moderator: Api, report: Report) -> None:
    path = f"{QUEUE}/{report.pk}"
    moderator.post(path, action="claim")
    assert moderator.post(path, action="release").status == 200
    assert state(report) == (OPEN, "", "")


def test_claim_by_another_moderator_conflicts(moderator: Api, report: Report) -> None:
    another, path = of_role(MODERATOR), f"{QUEUE}/{report.pk}"
    another.post(path, action="claim")
    for body in ({"action": "claim"}, {"action": "resolve", "outcome": "ban", "reason": REASON}):
        answer = moderator.post(path, **body)
        assert answer.failed == (409, "conflict")
        assert answer.body["error"]["reason"] == "staff has claimed this report."
    assert state(report) == (CLAIMED, "staff", "")


def test_invalid_report_action_names_the_field(moderator: Api, report: Report) -> None:
    needed = "This field is required."
    resolve: dict[str, object] = {"action": "resolve", "reason": REASON}
    mute = {**resolve, "outcome": "mute"}
    wrong: list[tuple[dict[str, object], str, str]] = [
        ({}, "action", needed),
        ({"action": "forget"}, "action", '"forget" is not a valid choice.'),
        (resolve, "outcome", needed),
        ({**resolve, "outcome": "praise"}, "outcome", '"praise" is not a valid choice.'),
        ({**resolve, "outcome": "dissolve"}, "outcome", "This cannot be done about such a report."),
        ({"action": "resolve", "outcome": "warn"}, "reason", "Give a reason."),
        ({**resolve, "outcome": "warn", "reason": " "}, "reason", "Give a reason."),
        ({**mute, "until": 1}, "until", "This time is past."),
        ({**mute, "until": "soon"}, "until", "A valid integer is required."),
    ]
    for body, field, reason in wrong:
        answer = moderator.post(f"{QUEUE}/{report.pk}", **body)
        assert answer.outcome == invalid(field, reason), body
    lost = moderator.get(QUEUE, state="lost")
    assert lost.outcome == invalid("state", '"lost" is not a valid choice.')
    assert state(report) == (OPEN, "", "")


def test_missing_report_not_found(moderator: Api, report: Report) -> None:
    for id_ in ("999999", "x", "01"):
        assert moderator.get(f"{QUEUE}/{id_}").failed == (404, "not_found")
        assert moderator.post(f"{QUEUE}/{id_}", action="claim").failed == (404, "not_found")


HANDLE = [
    {"action": "claim"},
    {"action": "release"},
    {"action": "resolve", "outcome": "dismiss", "reason": REASON},
]


@pytest.mark.parametrize(
    ("caller", "may_read", "may_handle"),
    [
        (lambda: Api(ALICE, has_token=True), False, False),
        (lambda: of_role(MODERATOR), True, True),
        (lambda: of_role(ADMINISTRATOR), True, True),
        (lambda: of_role(AUDITOR), True, False),
        (lambda: Api(User.objects.create_superuser("root").pk, has_token=True), True, True),
        (lambda: key(Scope.MODERATE), True, True),
        (lambda: key(*api_keys.DEFAULT_SCOPES), False, False),
    ],
    ids=["member", "moderator", "administrator", "auditor", "superuser", "key", "key without the scope"],
)
def test_report_call_is_done_or_rejected_and_audited(
    report: Report, caller: Callable[[], Api], may_read: bool, may_handle: bool
) -> None:
    api, path = caller(), f"{QUEUE}/{report.pk}"
    answers = [
        *((api.get(one), may_read) for one in (QUEUE, path)),
        *((api.post(path, **body), may_handle) for body in HANDLE),
    ]
    for answer, is_allowed in answers:
        assert (answer.status == 200) if is_allowed else (answer.failed == (403, "not_allowed"))
    refused = audit_log().filter(action=audit.REFUSED).count()
    assert refused == [is_allowed for _, is_allowed in answers].count(False)
    assert state(report)[0] == (RESOLVED if may_handle else OPEN)


def ids(answer: Any) -> list[int]:
    return [one["id"] for one in answer.body["items"]]


def test_api_report_list_is_filtered(moderator: Api, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    other = filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", "")
    group = report.snapshot["conversation"][2:]
    assert (
        ids(moderator.get(QUEUE, category="abuse")) == ids(moderator.get(QUEUE, about=CHARLIE)) == [other.pk]
    )
    assert ids(moderator.get(QUEUE, group=group)) == [report.pk]
    assert moderator.get(QUEUE, group="x").failed == (400, "invalid")
    monkeypatch.setattr(queue, "MAX_EXAMINED", 1)
    first = moderator.get(QUEUE, category="abuse").body
    assert first == {"items": [], "more": True, "after": report.pk}
    assert ids(moderator.get(QUEUE, category="abuse", after=first["after"])) == [other.pk]


def test_filter_by_reporter_needs_the_permission_in_the_api(moderator: Api, report: Report) -> None:
    assert ids(of_role(ADMINISTRATOR).get(QUEUE, reporter=ALICE)) == [report.pk]
    for api in (moderator, key(Scope.MODERATE)):
        assert api.get(QUEUE, reporter=ALICE).failed == (403, "not_allowed")


def test_api_resolves_a_report_with_several_outcomes(moderator: Api, report: Report) -> None:
    path = f"{QUEUE}/{report.pk}"
    both = {"action": "resolve", "reason": REASON, "outcomes": ["dismiss", "warn"]}
    assert moderator.post(path, **both).failed == (400, "invalid")
    done = {"action": "resolve", "reason": REASON, "outcomes": ["mute", "recall"], "until": LATER}
    assert moderator.post(path, **done).status == 200
    answer_body = moderator.get(path).body
    assert (answer_body["outcome"], answer_body["outcomes_done"]) == ("mute", ["recall", "mute"])


def test_api_resolves_several_reports_independently(moderator: Api, report: Report) -> None:
    other = filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", "")
    of_role(ADMINISTRATOR).post(f"{QUEUE}/{other.pk}", action="claim")
    body = {"reports": [report.pk, other.pk, 999_999], "reason": REASON, "outcome": "warn"}
    answer_body = moderator.post(QUEUE, action="resolve", **body).body
    assert [one["report"] for one in answer_body["done"]] == [report.pk]
    assert [(one["report"], one["name"]) for one in answer_body["failed"]] == [
        (other.pk, "conflict"),
        (999_999, "not_found"),
    ]
    assert answer_body["done"][0]["entry"] == last_entry().pk
    assert moderator.post(QUEUE, action="resolve", reports=[]).failed == (400, "invalid")
    assert of_role_again(AUDITOR).post(QUEUE, action="claim", reports=[1]).failed == (403, "not_allowed")


def of_role_again(role: str) -> Api:
    return Api(staff("second", role).pk, has_token=True)


def test_api_shows_report_notes_to_moderators_only(moderator: Api, report: Report) -> None:
    path = f"{QUEUE}/{report.pk}"
    assert moderator.post(path, action="note", note="seen before").status == 200
    (note,) = of_role(AUDITOR).get(path).body["notes"]
    assert (note["author"], note["note"]) == ("moderator", "seen before")
    assert moderator.post(path, action="note").failed == (400, "invalid")
    User.objects.create_superuser("root")
    own = filing.file_report("root", f"u:{CHARLIE}", "spam", "")
    root = Api("root", has_token=True)
    assert "notes" in root.get(path).body
    assert "notes" not in root.get(f"{QUEUE}/{own.pk}").body


def test_api_lists_reason_templates(moderator: Api) -> None:
    ReasonTemplate.objects.create(title="Ads", text="no advertising")
    answer_body = moderator.get("moderation/reasons").body
    assert answer_body == {"items": [{"title": "Ads", "text": "no advertising"}], "more": False}


def test_shared_addresses_are_listed_and_audited(moderator: Api, report: Report) -> None:
    now = timezone.now()
    addresses.record_logins({ALICE: "192.0.2.1", BOB: "192.0.2.1"}, now)
    (one,) = moderator.get(f"moderation/users/{ALICE}/addresses").body["items"]
    assert (one["address"], one["more"], one["last"]) == ("192.0.2.1", False, int(now.timestamp()))
    assert [other["userid"] for other in one["others"]] == [BOB]
    assert (last_entry().action, last_entry().target) == ("private.addresses", f"u:{ALICE}")
    assert moderator.get("moderation/users/nobody/addresses").failed == (404, "not_found")
    assert Api(ALICE, has_token=True).get(f"moderation/users/{BOB}/addresses").failed == (403, "not_allowed")
