"""Reads reports: the queue, page by page, and related reports and strikes. The number of rows that a query
reads or counts is limited, however many reports there are."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.figures import ALONE, Figure, MetricKind, Values
from accounts.models import User
from moderation.models import Complaint, Report
from moderation.models.reports import DISMISS, OPEN, RESOLVED
from moderation.reports.errors import UnknownReport

# Open reports are counted up to this number.
MAX_COUNTED = 1000
# A filtered page examines at most this many reports.
MAX_EXAMINED = 2000
# How many complaints, and related reports, are shown with a report.
MAX_RELATED = 50
# The next report is searched for among this many open reports.
MAX_NEXT_EXAMINED = 50
MAX_STRIKES = 100

# Raw SQL, because Django cannot limit a count for each row. The conditions are written as in the partial
# index.
_COUNT_STRIKES = f"""
    SELECT userid, (
        SELECT COUNT(*) FROM (
            SELECT 1 FROM {Report._meta.db_table}
            WHERE about = userid AND state = '{RESOLVED}' AND NOT outcome = '{DISMISS}' AND NOT about = ''
                AND resolved_with_id IS NULL
            LIMIT {MAX_STRIKES}
        ) AS strikes
    ) FROM {User._meta.db_table} WHERE userid IN
"""


class Filters(NamedTuple):
    """Filters of reports; an empty or None field matches all. `category`: the report's most frequent one.
    `group`: the group that was reported, or in which the message was. `about`: the person concerned.
    `reporter`: only for moderators who may see reporters."""

    category: str = ""
    group: int | None = None
    about: str = ""
    reporter: str = ""


NO_FILTERS = Filters()


class ReportPage(NamedTuple):
    """A page of reports. `has_more`: there are further reports. `next_cursor`: the id of the report after
    which the next page begins; None if it is that of the last item."""

    items: list[Report]
    has_more: bool
    next_cursor: int | None = None


class OpenReports(NamedTuple):
    """The open reports. `oldest`: when the oldest one was opened; None if there are none."""

    number: int
    is_more: bool
    oldest: datetime | None


def report_page(
    state: str, after: int | None, limit: int, only: Filters = NO_FILTERS, *, with_snapshots: bool = True
) -> ReportPage:
    """Return a page of the reports in this state: the oldest first, resolved ones by latest resolution.

    `after`: id of the last report of the previous page, which may have left the state meanwhile. A filtered
    page examines the next MAX_EXAMINED reports only, so it may be short or empty.
    """
    if state == RESOLVED:
        reports = _resolved(after)
    else:
        reports = Report.objects.filter(state=state, id__gt=after or 0).order_by("id")
    if only != NO_FILTERS:
        return _filtered_page(reports, only, limit)
    items = list((reports if with_snapshots else reports.defer("snapshot"))[: limit + 1])
    return ReportPage(items[:limit], len(items) > limit)


def together_by_person(reports: Iterable[Report]) -> list[Report]:
    """Return the reports with those about one person together, at the position of the first of them."""
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(report.about or report.target, []).append(report)
    return [report for group in groups.values() for report in group]


def next_open_report(report: Report, only: Filters = NO_FILTERS) -> int | None:
    """Return the id of the next open report, in the grouped order of the queue; None if there is none."""
    open_page = report_page(OPEN, None, MAX_NEXT_EXAMINED, only, with_snapshots=False)
    ids = [open_report.pk for open_report in together_by_person(open_page.items)]
    place = ids.index(report.pk) if report.pk in ids else -1
    # The last report is followed by the first.
    return next(iter([*ids[place + 1 :], *ids[: max(place, 0)]]), None)


def _filtered_page(reports: QuerySet[Report], only: Filters, limit: int) -> ReportPage:
    if only.about:
        reports = reports.filter(about=only.about)
    if only.reporter:
        reports = reports.filter(pk__in=Complaint.objects.filter(reporter=only.reporter).values("report"))
    rows = Report.objects.filter(pk__in=reports.values("pk")[:MAX_EXAMINED]).order_by(*reports.query.order_by)
    if only.category:
        rows = rows.filter(category=only.category)
    if only.group is not None:
        name = f"g:{only.group}"
        rows = rows.filter(Q(target=name) | Q(snapshot__conversation=name))
    items = list(rows[: limit + 1])
    if len(items) > limit:
        return ReportPage(items[:limit], True)
    # The id of the last examined report, if there are further ones after it.
    ends = list(reports.values_list("pk", flat=True)[MAX_EXAMINED - 1 : MAX_EXAMINED + 1])
    return ReportPage(items, True, ends[0]) if len(ends) > 1 else ReportPage(items, False)


def get_report(report_id: int) -> Report:
    """Return the report. Raises UnknownReport."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise UnknownReport
    return report


def open_reports() -> OpenReports:
    return OpenReports(*count_open(), _oldest())


def count_open() -> tuple[int, bool]:
    """Return the number of open reports, at most MAX_COUNTED, and whether there are more."""
    number = len(_open().values_list("id")[: MAX_COUNTED + 1])
    return min(number, MAX_COUNTED), number > MAX_COUNTED


def _oldest() -> datetime | None:
    return _open().values_list("opened_at", flat=True).first()


def _open() -> QuerySet[Report]:
    return Report.objects.filter(state=OPEN).order_by("id")


def strikes_of(people: Collection[str]) -> dict[str, int]:
    """Return the strikes of each person: resolved, not dismissed reports, at most MAX_STRIKES. Reports
    resolved together count once. People without strikes are left out."""
    if not people:
        return {}
    marks = ", ".join(["%s"] * len(people))
    with connection.cursor() as cursor:
        cursor.execute(f"{_COUNT_STRIKES} ({marks})", list(people))
        return {userid: count for userid, count in cursor.fetchall() if count}


def related_to(report: Report) -> list[Report]:
    """Return other reports of the same target or about the same person, latest first."""
    # Two queries: for both conditions at once, a database would sort all matches.
    related = reports_of_target(report.target) + (reports_about(report.about) if report.about else [])
    others = {other.pk: other for other in related if other.pk != report.pk}
    return sorted(others.values(), key=lambda other: -other.pk)[:MAX_RELATED]


def reports_about(userid: str) -> list[Report]:
    """Return the last reports about the person, latest first, without snapshots."""
    return _latest(Report.objects.filter(about=userid))


def reports_of_target(target: str) -> list[Report]:
    """Return the last reports of the target, latest first, without snapshots."""
    return _latest(Report.objects.filter(target=target))


def complaints_of(report: Report) -> list[Complaint]:
    """Return the last complaints. Only moderators with SEE_REPORTERS may see who made them."""
    return list(report.complaints.order_by("-id")[:MAX_RELATED])


def _resolved(after: int | None) -> QuerySet[Report]:
    # Not filtered by state: a database might read all resolved reports then.
    rows = Report.objects.filter(resolved_at__isnull=False).order_by("-resolved_at", "-id")
    if after is None:
        return rows
    at = Report.objects.filter(pk=after).values_list("resolved_at", flat=True).first()
    if at is None:
        return rows.none()
    return rows.filter(resolved_at__lte=at).exclude(resolved_at=at, id__gte=after)


def _latest(rows: QuerySet[Report]) -> list[Report]:
    return list(rows.defer("snapshot").order_by("-id")[:MAX_RELATED])


def _oldest_seconds() -> Values:
    oldest = _oldest()
    return {ALONE: 0.0 if oldest is None else max(0.0, (timezone.now() - oldest).total_seconds())}


FIGURES = (
    Figure(
        MetricKind.GAUGE,
        "reports_open",
        "Unclaimed reports, counted up to 1000. Every process says the same.",
        lambda: {ALONE: float(count_open()[0])},
        asks_database=True,
    ),
    Figure(
        MetricKind.GAUGE,
        "reports_oldest_seconds",
        "Age of the oldest unclaimed report. Every process says the same.",
        _oldest_seconds,
        asks_database=True,
    ),
)
