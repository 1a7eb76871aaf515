"""The queue of reports at the desk, and one report: it is read, claimed, released and resolved."""

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.selectors import silent_of
from log.amendments import recalls_of
from log.models import Group
from moderation.actions.fields import AT_A_TIME, DAY
from moderation.desk.paging import ROWS
from moderation.models import AuditEntry, Report
from moderation.models.reports import CLAIMED, OPEN, RESOLVED
from moderation.reports import filing, outcomes, queue
from tests.support.desk import do, enter, text_of
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, REASON, entries
from tests.support.reports import write

pytestmark = pytest.mark.django_db

LIST = "/admin/reports/"


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("moderator")


@pytest.fixture
def report(group: Group) -> Report:
    """Of a message of Bob's, by Alice."""
    write(ALICE, group.pk, "what do you want?")
    return filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'buy gold')}", "spam", "again and again")


def page(report: Report) -> str:
    return f"{LIST}{report.pk}/"


def page_text(client: Client, url: str, **params: str) -> str:
    return unescape(text_of(client.get(url, params)))


def rows(client: Client, **params: str) -> list[int]:
    return [row.report.pk for row in client.get(LIST, params).context["portion"].rows]


def state(report: Report) -> tuple[str, str, str]:
    stored = queue.get_report(report.pk)
    return stored.state, stored.claimed_by, stored.outcome


def test_desk_lists_claims_and_resolves_report(desk: Client, report: Report) -> None:
    listed = page_text(desk, LIST)
    assert "A message by bob" in listed
    assert "buy gold" in listed
    assert "Spam" in listed

    shown = page_text(desk, page(report))
    assert shown.index("what do you want?") < shown.index("buy gold")
    assert "again and again" in shown
    assert f'href="/admin/messages/{report.target[2:]}/"' in shown

    do(desk, page(report), action="claim")
    assert state(report) == (CLAIMED, "moderator", "")
    response = do(desk, page(report), action="resolve", outcome="mute", lasts=str(DAY), until="")
    assert "Resolved: A message by bob." in response
    assert state(report) == (RESOLVED, "moderator", "mute")
    assert silent_of([BOB]) == {BOB: False}


def again(report: Report) -> Report:
    """It is reported again."""
    return filing.file_report(ALICE, report.target, "spam", "")


def test_report_list_has_a_tab_per_state(desk: Client, group: Group) -> None:
    reports = [filing.file_report(ALICE, f"u:{userid}", "spam", "") for userid in (BOB, CHARLIE)]
    do(desk, page(reports[0]), action="claim")
    stored = [rows(desk, state=name) for name in (OPEN, CLAIMED, RESOLVED)]
    assert stored == [[reports[1].pk], [reports[0].pk], []]
    assert rows(desk) == rows(desk, state="nonsense") == [reports[1].pk]
    assert "There are none." in page_text(desk, LIST, state=RESOLVED)
    assert "claimed by moderator" in page_text(desk, LIST, state=CLAIMED)


def test_desk_lists_reports_in_pages(desk: Client) -> None:
    made = [
        Report.objects.create(target=f"g:{number}", category="spam", snapshot={"group": {"name": "x"}}).pk
        for number in range(2 * ROWS + 3)
    ]
    seen: list[int] = []
    query = "?"
    while query:
        portion = desk.get(f"{LIST}{query}").context["portion"]
        seen += [row.report.pk for row in portion.rows]
        query = portion.further
    assert seen == made


def test_repeat_offenders_are_marked(desk: Client, report: Report) -> None:
    do(desk, page(report), action="resolve", outcome="warn", lasts=str(DAY))
    second = again(report)
    for url in (LIST, page(second)):
        shown = page_text(desk, url)
        assert "strikes: 1" in shown
    assert "reported before" in page_text(desk, LIST)
    assert f'href="{page(report)}"' in page_text(desk, page(second))


def test_reports_of_people_and_groups_are_described(desk: Client, group: Group) -> None:
    User.objects.filter(pk=BOB).update(nickname="Bobby")
    person = filing.file_report(ALICE, f"u:{BOB}", "abuse", "")
    of_group = filing.file_report(BOB, f"g:{group.pk}", "illegal", "")
    listed = page_text(desk, LIST)
    assert "The person Bobby" in listed
    assert f"The group {group.name}" in listed
    assert f'href="/admin/groups/{group.pk}/"' in page_text(desk, page(of_group))
    assert "The last messages to the reporter" in page_text(desk, page(person))


def test_report_of_group_can_mute_or_dissolve_it(desk: Client, group: Group) -> None:
    report = filing.file_report(BOB, f"g:{group.pk}", "illegal", "")
    shown = page_text(desk, page(report))
    assert 'value="dissolve"' in shown
    assert 'value="warn"' not in shown
    do(desk, page(report), action="resolve", outcome="dissolve")
    assert Group.objects.get(pk=group.pk).dissolved_at


def test_reporters_are_visible_to_administrators_only(desk: Client, report: Report) -> None:
    def seen(client: Client) -> str:
        return page_text(client, page(report)).partition('id="complaints"')[2]

    assert ALICE not in seen(desk)
    assert "Only administrators see the reporters" in seen(desk)
    assert ALICE in seen(enter("administrator"))


def test_report_page_names_the_reporting_rule(desk: Client, report: Report) -> None:
    filing.file_by_rule(7, int(report.target[2:]))
    assert "by the rule 7" in page_text(desk, page(report))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"reason": ""}, "This field is required."),
        ({"outcome": []}, "This field is required."),
        ({"outcome": ["dismiss", "warn"]}, "Dismiss it, or do something about it: not both."),
        ({"outcome": "dissolve"}, "Select a valid choice."),
        (
            {"outcome": "mute", "lasts": AT_A_TIME, "until": "2001-01-01T00:00"},
            "Give a time that is yet to come.",
        ),
    ],
)
def test_invalid_resolution_shows_error(
    desk: Client, report: Report, fields: dict[str, Any], complaint: str
) -> None:
    sent = {"action": "resolve", "outcome": "warn", "lasts": str(DAY), "reason": "because", **fields}
    assert complaint in unescape(text_of(desk.post(page(report), sent)))
    assert state(report) == (OPEN, "", "")


def test_end_time_is_used_only_for_mutes_and_bans(desk: Client, report: Report) -> None:
    do(desk, page(report), action="resolve", outcome="warn", lasts=AT_A_TIME, until="2001-01-01T00:00")
    assert state(report)[0] == RESOLVED


def test_claim_by_another_moderator_conflicts(desk: Client, report: Report) -> None:
    another = enter("moderator", "another")
    do(another, page(report), action="claim")
    assert "Another has claimed this report." in do(desk, page(report), action="claim")
    assert "Another has claimed this report." in do(
        desk, page(report), action="resolve", outcome="ban", lasts="3600"
    )
    assert 'name="outcome"' not in page_text(desk, page(report))
    assert state(report) == (CLAIMED, "another", "")
    do(desk, page(report), action="release")
    assert state(report) == (OPEN, "", "")


def test_missing_report_has_no_page(desk: Client) -> None:
    assert desk.get(f"{LIST}999999/").status_code == 404


def test_auditor_can_read_but_not_handle_reports(report: Report) -> None:
    auditor = enter("auditor")
    shown = page_text(auditor, page(report))
    assert 'value="claim"' not in shown
    assert 'name="outcome"' not in shown
    assert auditor.post(page(report), {"action": "claim"}).status_code == 403
    assert entries() == [("refused", f"r:{report.pk}")]
    assert state(report) == (OPEN, "", "")


def test_user_text_is_escaped_in_reports(desk: Client, group: Group) -> None:
    User.objects.filter(pk=BOB).update(nickname="<b>Bob</b>")
    message = write(BOB, group.pk, "<script>alert(1)</script>")
    report = filing.file_report(ALICE, f"m:{message}", "spam", "<i>note</i>")
    for url in (LIST, page(report)):
        shown = text_of(desk.get(url))
        for part in ("<b>Bob", "<script>alert", "<i>note"):
            assert part not in shown


def test_report_pages_have_constant_query_count(desk: Client, group: Group) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as stored:
            page_text(desk, url)
        return len(stored)

    report = filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    few = queries(LIST), queries(page(report))
    people = [f"user{number}" for number in range(20)]
    for userid in people:
        User.objects.create_user(userid)
        filing.file_report(userid, f"u:{BOB}", "spam", "")
        filing.file_report(userid, f"u:{ALICE}", "spam", "")
    assert (queries(LIST), queries(page(report))) == few
    assert max(few) <= 17


SEVERAL = f"{LIST}several/"


def test_each_outcome_of_a_report_has_an_undo_link(desk: Client, report: Report) -> None:
    sent = {"action": "resolve", "outcome": ["recall", "mute"], "lasts": "21600", "reason": REASON}
    response = unescape(text_of(desk.post(page(report), sent, follow=True)))
    message = int(report.target[2:])
    assert message in recalls_of([message])
    assert silent_of([BOB]) == {BOB: False}
    for action in ("message.recall", "person.mute"):
        entry = AuditEntry.objects.get(action=action)
        assert f'href="/admin/audit/{entry.pk}/undo/"' in response
    for url in (f"{LIST}?state=resolved", page(report)):
        assert "Message recalled, Muted" in page_text(desk, url)


class TestFilters:
    def test_report_queue_filters_persist_across_pages(self, desk: Client, report: Report) -> None:
        other = filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", "")
        assert rows(desk, category="spam") == [report.pk]
        assert rows(desk, about=CHARLIE) == [other.pk]
        assert rows(desk, group=report.snapshot["conversation"][2:]) == [report.pk]
        assert rows(desk, category="abuse", about=BOB) == []
        listed = page_text(desk, LIST, category="spam", about=BOB)
        assert f'href="{page(report)}?category=spam&about={BOB}"' in listed
        assert f"?category=spam&about={BOB}&state=resolved" in listed
        assert f'action="{SEVERAL}?category=spam&about={BOB}"' in listed
        assert 'value="spam" selected' in listed

    def test_invalid_report_filters_are_ignored(self, desk: Client, report: Report) -> None:
        assert rows(desk, category="nonsense", group="x", about=" ", after="y", state="z") == [report.pk]

    def test_report_action_returns_to_filtered_queue(self, desk: Client, report: Report) -> None:
        sent = {"action": "resolve", "outcome": "warn", "lasts": str(DAY), "reason": REASON}
        done = desk.post(f"{page(report)}?category=spam&next=//evil.example", sent)
        assert done["Location"] == f"{LIST}?category=spam"
        again_ = again(report)
        claimed = desk.post(f"{page(again_)}?category=spam", {"action": "claim"})
        assert claimed["Location"] == f"{page(again_)}?category=spam"

    def test_filter_by_reporter_needs_the_permission_at_the_desk(self, desk: Client, report: Report) -> None:
        filing.file_report(BOB, f"u:{CHARLIE}", "abuse", "")
        assert rows(enter("administrator"), reporter=ALICE) == [report.pk]
        assert "Reported by" not in page_text(desk, LIST)
        assert desk.get(LIST, {"reporter": ALICE}).status_code == 403


class TestSeveral:
    @pytest.fixture
    def reports(self, group: Group) -> list[Report]:
        return [filing.file_report(ALICE, f"u:{userid}", "spam", "") for userid in (BOB, CHARLIE)]

    def test_bulk_resolve_asks_first_with_names(self, desk: Client, reports: list[Report]) -> None:
        User.objects.filter(pk=BOB).update(nickname="Bobby")
        message = write(BOB, ALICE, "a secret")
        private = filing.file_report(ALICE, f"m:{message}", "spam", "")
        chosen = [*(report.pk for report in reports), private.pk]
        params = unescape(text_of(desk.post(SEVERAL, {"act": "resolve", "chosen": chosen})))
        assert f"{private.pk} · A message by Bobby" in params
        assert "a secret" not in params
        assert "This will be done to 3 reports about 2 people" in params
        assert 'value="warn"' in params
        assert 'value="recall"' not in params  # people cannot be recalled
        assert entries() == []

    def test_bulk_resolve_audits_each_report(self, desk: Client, reports: list[Report]) -> None:
        sent: dict[str, Any] = {"act": "resolve", "chosen": [one.pk for one in reports], "confirmed": "yes"}
        response = desk.post(
            f"{SEVERAL}?category=spam",
            {**sent, "outcome": ["warn", "mute"], "lasts": "3600", "reason": REASON},
            follow=True,
        )
        assert response.redirect_chain == [(f"{LIST}?category=spam", 302)]
        assert "Resolve: done to 2 reports about 2 people." in text_of(response)
        resolved = [target for action, target in entries() if action == "report.resolve"]
        assert resolved == [f"r:{one.pk}" for one in reports]
        assert silent_of([BOB, CHARLIE]) == {BOB: False, CHARLIE: False}

    def test_bulk_resolve_names_failed_reports_with_reason(self, desk: Client, reports: list[Report]) -> None:
        outcomes.claim(MODERATOR._replace(name="another"), reports[0].pk)
        sent: dict[str, Any] = {"act": "resolve", "chosen": [one.pk for one in reports], "confirmed": "yes"}
        response = do(desk, SEVERAL, **sent, outcome="warn", lasts="3600")
        assert "Resolve: done to 1 report about 1 person." in response
        assert f"Another has claimed this report. ({reports[0].pk} · The person bob)" in response
        assert state(reports[0])[0] == CLAIMED

    def test_bulk_success_before_refusal_is_shown(self, group: Group, reports: list[Report]) -> None:
        """A role that may act on people, not on groups."""
        of_group = filing.file_report(BOB, f"g:{group.pk}", "spam", "")
        client = enter("moderator")
        role = User.objects.get(pk="moderator").groups.get()
        role.permissions.remove(role.permissions.get(codename="act_on_groups"))
        chosen = [reports[0].pk, of_group.pk]
        sent: dict[str, Any] = {"act": "resolve", "chosen": chosen, "confirmed": "yes"}
        response = do(client, SEVERAL, **sent, outcome="mute", lasts="3600")
        assert "Resolve: done to 1 report about 1 person." in response
        assert "This needs another role." in response

    def test_selected_reports_are_claimed_in_bulk(self, desk: Client, reports: list[Report]) -> None:
        sent: dict[str, Any] = {"act": "claim", "chosen": [one.pk for one in reports], "confirmed": "yes"}
        assert "Claim: done to 2 reports about 2 people." in do(desk, SEVERAL, **sent)
        assert [state(one)[:2] for one in reports] == [(CLAIMED, "moderator")] * 2

    def test_resolved_reports_cannot_be_chosen(self, desk: Client, report: Report) -> None:
        do(desk, page(report), action="resolve", outcome="dismiss", lasts=str(DAY))
        assert 'name="chosen"' not in page_text(desk, LIST, state=RESOLVED)

    def test_auditor_cannot_select_reports(self, reports: list[Report]) -> None:
        auditor = enter("auditor")
        assert 'name="chosen"' not in page_text(auditor, LIST)
        assert auditor.post(SEVERAL, {"act": "claim", "chosen": [1]}).status_code == 403


class TestNotes:
    def test_report_note_is_visible_to_other_moderators(self, desk: Client, report: Report) -> None:
        assert "Noted." in do(desk, page(report), action="note", note="seen before <b>")
        shown = page_text(enter("auditor"), page(report))
        assert "seen before <b>" in shown
        assert 'name="note"' not in shown
        assert (
            enter("auditor", "second").post(page(report), {"action": "note", "note": "x"}).status_code == 403
        )

    def test_empty_report_note_is_rejected(self, desk: Client, report: Report) -> None:
        response = do(desk, page(report), action="note", note=" ")
        assert "This field is required." in response
        assert not report.notes.exists()

    def test_report_notes_are_hidden_from_people_concerned(self, report: Report) -> None:
        do(enter("moderator"), page(report), action="note", note="seen before")
        User.objects.filter(pk=BOB).update(is_staff=True, is_superuser=True)
        client = Client()
        client.force_login(User.objects.get(pk=BOB))
        shown = page_text(client, page(report))
        assert "seen before" not in shown
        assert "Notes of moderators" not in shown


def test_report_page_of_an_erased_message_opens(desk: Client, report: Report) -> None:
    do(desk, f"/admin/messages/{report.target[2:]}/erase/")
    assert "buy gold" not in page_text(desk, page(report))
    sent = {"action": "resolve", "outcome": ["recall", "warn"], "lasts": str(DAY), "reason": REASON}
    assert "Resolved" in unescape(text_of(desk.post(page(report), sent, follow=True)))


def test_permanent_ban_by_report_asks_for_confirmation(desk: Client, report: Report) -> None:
    sent: dict[str, Any] = {"act": "resolve", "chosen": report.pk, "confirmed": "yes"}
    sent |= {"outcome": "ban", "lasts": "ever", "reason": REASON}
    params = text_of(desk.post(SEVERAL, sent))
    assert "No login is taken from bob until a moderator unbans them." in params
    assert User.objects.get(pk=BOB).is_active
    desk.post(SEVERAL, {**sent, "for_good": "on"})
    assert not User.objects.get(pk=BOB).is_active


class TestNext:
    @pytest.fixture
    def reports(self, group: Group) -> list[Report]:
        """Of Bob's messages the first and the last."""
        return [
            filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'one')}", "spam", ""),
            filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", ""),
            filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'two')}", "spam", ""),
        ]

    def test_report_list_groups_reports_by_person(self, desk: Client, reports: list[Report]) -> None:
        assert rows(desk) == [reports[0].pk, reports[2].pk, reports[1].pk]

    def test_next_report_follows_the_order_of_the_list(self, desk: Client, reports: list[Report]) -> None:
        following = [desk.get(page(report)).context["following"] for report in reports]
        assert following == [page(reports[2]), page(reports[0]), page(reports[1])]
        assert desk.get(f"{page(reports[0])}?category=abuse").context["following"] == (
            f"{page(reports[1])}?category=abuse"
        )

    def test_resolving_can_open_next_report(self, desk: Client, reports: list[Report]) -> None:
        sent = {"action": "resolve", "outcome": "dismiss", "lasts": str(DAY), "reason": REASON}
        assert desk.post(page(reports[0]), {**sent, "next": "yes"})["Location"] == page(reports[2])
        assert desk.post(page(reports[2]), sent)["Location"] == LIST
