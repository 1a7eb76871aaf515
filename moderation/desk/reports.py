"""The queue of reports, and one report: what was reported, by whom, and what comes of it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from accounts.selectors import names_of
from moderation.actions.acting import of_report
from moderation.desk.acting import EXPECTED, said_by
from moderation.desk.paging import ROWS, Portion, number, with_key
from moderation.desk.private import is_seen, see
from moderation.desk.report_forms import ResolveForm
from moderation.desk.site import Page, register, show
from moderation.desk.site import refused as refuse
from moderation.models import AuditEntry, Complaint, Report
from moderation.models.reports import CLAIMED, OPEN, STATES
from moderation.moderators import HANDLE_REPORTS, READ_DESK, SEE_REPORTERS, Moderator, NotAllowed
from moderation.reports import outcomes, queue, targets
from moderation.reports.errors import UnknownReport
from moderation.reports.snapshots import is_private as is_private_snapshot
from moderation.reports.snapshots import reason_to_read as report_reason
from moderation.reports.targets import GROUP, MESSAGE, PERSON

# So much of a message stands in the queue.
EXCERPT = 200

_PAGES = {MESSAGE: "admin:desk_message", PERSON: "admin:desk_person", GROUP: "admin:desk_group"}


class Row(NamedTuple):
    """A report as the queue shows it. `title`: what was reported; `excerpt`: of a message; `is_private`: that
    is between two people, and not shown; `strikes`: of the person whom it concerns."""

    report: Report
    title: str
    excerpt: str
    is_private: bool
    strikes: int


class Tab(NamedTuple):
    url: str
    title: str
    is_current: bool


class Reporter(NamedTuple):
    """One complaint. `name`: who has reported; empty for whoever may not see that."""

    complaint: Complaint
    name: str


def list_reports(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Those in one state: `state`. `after`: the last one of the page before."""
    state = request.GET.get("state", OPEN)
    if state not in dict(STATES):
        state = OPEN
    after = number(request.GET.get("after"))
    found = queue.page(state, after, ROWS)
    further = with_key(request.GET, "after", found.items[-1].pk) if found.more else ""
    first = with_key(request.GET, "after", None) if after else ""
    return show(
        request,
        "admin/desk/reports.html",
        gettext("Reports"),
        state=state,
        tabs=list(_tabs(state)),
        portion=Portion(_rows(request, found.items), further, first),
    )


def report_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    try:
        report = queue.get(id)
    except UnknownReport as error:
        raise Http404(str(error)) from None
    form = ResolveForm(report, request.POST if request.POST.get("action") == "resolve" else None)
    if request.method == "POST" and (done := _handled(request, moderator, report, form)):
        return done
    return _shown(request, moderator, report, form)


def _tabs(current: str) -> Iterator[Tab]:
    for state, title in STATES:
        yield Tab(f"?state={state}", gettext(title), state == current)


def _rows(request: HttpRequest, reports: list[Report]) -> list[Row]:
    strikes = queue.strikes_of({report.about for report in reports})
    return [_row(one, strikes.get(one.about, 0), is_seen(request, of_report(one.pk))) for one in reports]


def _row(report: Report, strikes: int, is_seen: bool) -> Row:
    is_private = is_private_snapshot(report.snapshot) and not is_seen
    return Row(report, title_of(report), "" if is_private else _excerpt(report), is_private, strikes)


def title_of(report: Report) -> str:
    """What was reported, in words, by the names of that time."""
    snapshot = report.snapshot
    if not snapshot:
        return report.target  # it was forgotten
    if "group" in snapshot:
        return gettext("The group %(name)s") % {"name": snapshot["group"]["name"]}
    if "person" in snapshot:
        person = snapshot["person"]
        return gettext("The person %(name)s") % {"name": person["nickname"] or person["userid"]}
    return gettext("A message by %(name)s") % {"name": _reported(report).get("name", report.about)}


def _reported(report: Report) -> dict[str, Any]:
    """The message that was reported, as it was then."""
    found = (one for one in report.snapshot.get("messages", []) if one.get("reported"))
    return next(found, {})


def _excerpt(report: Report) -> str:
    content = str(_reported(report).get("content", ""))
    return content if len(content) <= EXCERPT else f"{content[:EXCERPT]}…"


def _shown(request: HttpRequest, moderator: Moderator, report: Report, form: ResolveForm) -> HttpResponse:
    if is_private_snapshot(report.snapshot):
        see(request, moderator, of_report(report.pk), report_reason(report))
    may_handle = HANDLE_REPORTS in moderator.may
    is_own = report.state == CLAIMED and report.claimed_by == moderator.person
    return show(
        request,
        "admin/desk/report.html",
        title_of(report),
        report=report,
        now=_now(report),
        strikes=queue.strikes_of({report.about}).get(report.about, 0),
        complaints=_complaints(report, sees=SEE_REPORTERS in moderator.may),
        sees=SEE_REPORTERS in moderator.may,
        others=queue.beside(report),
        form=form if may_handle and (report.state == OPEN or is_own) else None,
        may_claim=may_handle and report.state == OPEN,
        may_release=may_handle and report.state == CLAIMED,
    )


def _now(report: Report) -> str:
    """Where what was reported is shown as it is now."""
    target = targets.parse(report.target)
    assert target is not None
    return reverse(_PAGES[target.kind], args=[target.id])


def _complaints(report: Report, *, sees: bool) -> list[Reporter]:
    found = queue.complaints_of(report)
    names = names_of({one.reporter_id for one in found if one.reporter_id}) if sees else {}
    return [Reporter(one, names.get(one.reporter_id or "", ("", ""))[0]) for one in found]


def _handled(
    request: HttpRequest, moderator: Moderator, report: Report, form: ResolveForm
) -> HttpResponse | None:
    """None if the page is to be shown again, with what is wrong."""
    back = request.path
    if form.is_bound:
        if not form.is_valid():
            return None
        values = form.cleaned_data
        do: Callable[[], AuditEntry] = partial(
            outcomes.resolve, moderator, report.pk, values["outcome"], values["reason"], values["until"]
        )
        back = reverse("admin:desk_reports")
    else:
        act = outcomes.release if request.POST.get("action") == "release" else outcomes.claim
        do = partial(act, moderator, report.pk)
    try:
        entry = do()
    except NotAllowed as error:
        return refuse(request, error.permission)
    except EXPECTED as error:
        messages.error(request, said_by(error))
        return HttpResponseRedirect(request.path)
    messages.success(request, _said(report, entry))
    return HttpResponseRedirect(back)


def _said(report: Report, entry: AuditEntry) -> str:
    if entry.action == "report.claim":
        return gettext("You have claimed this report.")
    if entry.action == "report.release":
        return gettext("This report is open again.")
    said = gettext("Resolved: %(title)s.") % {"title": title_of(report)}
    if "entry" not in entry.details:
        return said
    url = reverse("admin:desk_undo", args=[entry.details["entry"]])
    return format_html('{} <a href="{}">{}</a>', said, url, gettext("Undo what was done"))


register(
    Page("reports/", list_reports, "reports", READ_DESK, gettext_lazy("Reports")),
    Page("reports/<int:id>/", report_page, "report", READ_DESK),
)
