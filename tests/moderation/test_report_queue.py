"""The queue of reports: in what order, page by page, and what is known besides."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.figures import ALONE
from accounts.models import User
from log.models import Group
from moderation.models import Report
from moderation.models.reports import CLAIMED, DISMISS, OPEN, RESOLVED, WARN
from moderation.reports import filing, queue
from moderation.reports.errors import UnknownReport
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.reports import write

NOW = timezone.now()


def made(number: int, state: str = OPEN, **fields: Any) -> Report:
    """A report that is older the smaller its number is."""
    resolved_at = NOW + timedelta(seconds=number) if state == RESOLVED else None
    values = {"about": BOB, "category": "spam", "resolved_at": resolved_at, **fields}
    return Report.objects.create(target=f"m:{number}", state=state, **values)


def ids(reports: list[Report]) -> list[int]:
    return [report.pk for report in reports]


def pages_of(state: str, limit: int) -> list[int]:
    """All, page by page."""
    results: list[int] = []
    after = None
    while True:
        page = queue.report_page(state, after, limit)
        results += ids(page.items)
        if not page.has_more:
            return results
        assert len(page.items) == limit
        after = results[-1]


@pytest.mark.django_db
def test_open_reports_come_oldest_first() -> None:
    first, second = made(1), made(2)
    made(3, CLAIMED)
    assert queue.report_page(OPEN, None, 10) == queue.ReportPage([first, second], False)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [OPEN, CLAIMED])
def test_oldest_open_report_comes_first(state: str) -> None:
    expected = ids([made(number, state) for number in range(5)])
    for limit in (1, 2, 5, 6):
        assert pages_of(state, limit) == expected


@pytest.mark.django_db
def test_last_resolved_report_comes_first() -> None:
    reports = [made(number, RESOLVED) for number in (3, 1, 5, 2, 4)]
    same_time = [made(number, RESOLVED, resolved_at=NOW) for number in (6, 7)]
    expected = ids(sorted(reports, key=lambda report: -int(report.target[2:]))) + ids(same_time[::-1])
    for limit in (1, 2, 3, 7, 8):
        assert pages_of(RESOLVED, limit) == expected


@pytest.mark.django_db
def test_page_after_claimed_report_continues_behind_it() -> None:
    reports = [made(number) for number in range(3)]
    Report.objects.filter(pk=reports[1].pk).update(state=CLAIMED)
    assert queue.report_page(OPEN, reports[1].pk, 10).items == [reports[2]]


@pytest.mark.django_db
def test_page_after_missing_report_is_empty() -> None:
    made(1, RESOLVED)
    assert queue.report_page(RESOLVED, 999_999, 10) == queue.ReportPage([], False)
    with pytest.raises(UnknownReport):
        queue.get_report(999_999)


@pytest.mark.django_db
def test_open_reports_are_counted_with_oldest() -> None:
    assert queue.open_reports() == queue.OpenReports(0, False, None)
    oldest = made(1)
    made(2)
    made(3, CLAIMED)
    assert queue.open_reports() == queue.OpenReports(2, False, oldest.opened_at)


@pytest.mark.django_db
def test_report_metrics_give_number_and_age() -> None:
    count, age = (figure.read for figure in queue.FIGURES)
    assert (count(), age()) == ({ALONE: 0.0}, {ALONE: 0.0})
    made(1)
    Report.objects.update(opened_at=timezone.now() - timedelta(hours=1))
    assert count() == {ALONE: 1.0}
    (seconds,) = age().values()
    assert isinstance(seconds, float)
    assert 3600 <= seconds < 3700


@pytest.mark.django_db
def test_number_of_waiting_reports_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MAX_COUNTED", 3)
    for number in range(3):
        made(number)
    assert queue.open_reports()[:2] == (3, False)
    made(4)
    assert queue.open_reports()[:2] == (3, True)


@pytest.mark.django_db
def test_strikes_count_resolved_undismissed_reports() -> None:
    User.objects.create_user(BOB)
    for number, outcome in enumerate((WARN, WARN, DISMISS)):
        made(number, RESOLVED, outcome=outcome)
    made(10)
    made(11, RESOLVED, outcome=WARN, about="")
    assert queue.strikes_of([ALICE, BOB, ""]) == {BOB: 2}
    assert queue.strikes_of([]) == {}


@pytest.mark.django_db
def test_number_of_strikes_is_capped() -> None:
    User.objects.create_user(BOB)
    for number in range(queue.MAX_STRIKES + 3):
        made(number, RESOLVED, outcome=WARN)
    assert queue.strikes_of([BOB]) == {BOB: queue.MAX_STRIKES}


@pytest.mark.django_db
def test_related_reports_share_target_or_person() -> None:
    earlier = made(1, RESOLVED)
    same_person = made(2)
    made(3, about=CHARLIE)
    report = made(1)
    assert queue.related_to(report) == [same_person, earlier]
    of_group = Report.objects.create(target="g:1", category="spam")
    assert queue.related_to(of_group) == []


def test_complaints_list_reporters(group: Group) -> None:
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    report = filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", "rude")
    filing.file_report(BOB, f"u:{CHARLIE}", "abuse", "")
    assert [one.reporter_id for one in queue.complaints_of(report)] == [BOB, ALICE]


@pytest.mark.django_db
def test_report_queries_use_indexes() -> None:
    """As SQLite says it, and not by sorting."""
    if connection.vendor != "sqlite":
        pytest.skip("this is what SQLite says of it")
    report = made(1, RESOLVED)
    with CaptureQueriesContext(connection) as queries:
        queue.report_page(OPEN, 7, 50)
        queue.report_page(RESOLVED, report.pk, 50)
        queue.open_reports()
        queue.strikes_of([BOB, CHARLIE])
        queue.related_to(report)
        queue.complaints_of(report)
    assert len(queries) == 9
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}".replace("%", "%%"))
            plan = [row[-1] for row in cursor.fetchall()]
        aside = ("CORRELATED SCALAR SUBQUERY", "CO-ROUTINE strikes", "SCAN strikes")
        assert all(step.startswith(("SEARCH", *aside)) for step in plan), (query["sql"], plan)
        assert "AS strikes" not in query["sql"] or any("report_strikes" in step for step in plan), plan


@pytest.mark.django_db
class TestOnly:
    """Some reports of a state."""

    def test_queue_filters_by_category_person_and_reporter(self, group: Group) -> None:
        bob = filing.file_report(ALICE, f"u:{BOB}", "spam", "")
        charlie = filing.file_report(BOB, f"u:{CHARLIE}", "abuse", "")
        filing.file_report(ALICE, f"u:{CHARLIE}", "abuse", "")
        expected = {
            queue.Filters(category="abuse"): [charlie],
            queue.Filters(about=BOB): [bob],
            queue.Filters(reporter=ALICE): [bob, charlie],
            queue.Filters(reporter=ALICE, about=CHARLIE): [charlie],
            queue.Filters(category="spam", about=CHARLIE): [],
        }
        assert {only: queue.report_page(OPEN, None, 10, only).items for only in expected} == expected

    def test_queue_filter_by_group_includes_its_messages(self, group: Group) -> None:
        of_group = filing.file_report(BOB, f"g:{group.pk}", "spam", "")
        in_it = filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'gold')}", "spam", "")
        filing.file_report(ALICE, f"m:{write(BOB, ALICE, 'gold')}", "spam", "")
        assert queue.report_page(OPEN, None, 10, queue.Filters(group=group.pk)).items == [of_group, in_it]
        assert queue.report_page(OPEN, None, 10, queue.Filters(group=group.pk + 1)).items == []

    @pytest.mark.parametrize("state", [OPEN, RESOLVED])
    def test_report_pages_list_each_report_once(self, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queue, "MAX_EXAMINED", 4)
        rare = [made(number, state, category="abuse" if number % 5 == 0 else "spam") for number in range(13)]
        expected = [report.pk for report in rare if report.category == "abuse"]
        results: list[int] = []
        page = queue.report_page(state, None, 2, queue.Filters(category="abuse"))
        for _ in range(20):
            results += ids(page.items)
            if not page.has_more:
                break
            after = page.next_cursor or results[-1]
            page = queue.report_page(state, after, 2, queue.Filters(category="abuse"))
        assert results == (expected if state == OPEN else expected[::-1])

    def test_filtered_page_is_bounded_and_gives_next_cursor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queue, "MAX_EXAMINED", 4)
        reports = [made(number) for number in range(6)]
        page = queue.report_page(OPEN, None, 10, queue.Filters(category="abuse"))
        assert page == queue.ReportPage([], True, reports[3].pk)
        assert queue.report_page(
            OPEN, reports[3].pk, 10, queue.Filters(category="abuse")
        ) == queue.ReportPage([], False)
