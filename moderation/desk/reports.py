"""The queue of reports, and the page of one report."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext

from accounts.api.fields import id_in
from accounts.selectors import names_of
from accounts.wording import in_words
from moderation.actions.acting import EACH, TOGETHER, Action, person_target, report_target
from moderation.actions.undoing import has_undo
from moderation.desk import audit_lines
from moderation.desk.acting import (
    EXPECTED,
    bulk_action_page,
    chosen_action,
    failure_text,
    offered_bulk_actions,
)
from moderation.desk.called import target_labels
from moderation.desk.paging import ROWS, ListPage, with_key
from moderation.desk.people import counted_people
from moderation.desk.private import is_target_open, record_private_view
from moderation.desk.report_forms import NoteForm, ResolveForm
from moderation.desk.site import DeskPage, register, render_page
from moderation.desk.site import refusal_page as refuse
from moderation.models import AuditEntry, Complaint, Report
from moderation.models.reports import CATEGORIES, CLAIMED, OPEN, OUTCOMES, RESOLVED, STATES
from moderation.moderators import HANDLE_REPORTS, READ_DESK, SEE_REPORTERS, Moderator, RoleMissing
from moderation.reports import notes, outcomes, queue, targets
from moderation.reports.errors import UnknownReport
from moderation.reports.snapshots import is_private as is_private_snapshot
from moderation.reports.snapshots import reason_to_read as report_reason
from moderation.reports.targets import GROUP, MESSAGE, PERSON

# Characters of a message that the queue shows.
EXCERPT = 200

_PAGES = {MESSAGE: "admin:desk_message", PERSON: "admin:desk_person", GROUP: "admin:desk_group"}


class QueueRow(NamedTuple):
    """A report in the queue. `about`: name of the person concerned, empty for a group; `title`: what was
    reported; `excerpt`: of the message; `is_private`: the message is between two people and not shown;
    `strikes`: of the person."""

    report: Report
    about: str
    title: str
    excerpt: str
    is_private: bool
    strikes: int

    @property
    def came_of_it(self) -> str:
        return outcomes_text(self.report)


class Tab(NamedTuple):
    url: str
    title: str
    is_current: bool


class Reporter(NamedTuple):
    """A complaint. `name`: the reporter; empty if the moderator may not see reporters."""

    complaint: Complaint
    name: str


def list_reports(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List the reports in one state. `category`, `group`, `about`, `reporter`: filters. `after`: the last
    report of the previous page."""
    params = valid_params(request)
    state = params.get("state", OPEN)
    after, only = id_in(params.get("after")), _filters_from(params)
    if only.reporter:
        try:
            moderator.require(SEE_REPORTERS, "report.read")
        except RoleMissing as error:
            return refuse(request, error.permission)
    page = queue.report_page(state, after, ROWS, only)
    last = page.next_cursor or (page.items[-1].pk if page.items else 0)
    return render_page(
        request,
        "admin/desk/reports.html",
        gettext("Reports"),
        state=state,
        tabs=list(_tabs(params, state)),
        params=params,
        query=_query_string(params),
        categories=[(name, gettext(title)) for name, title in CATEGORIES],
        is_narrowed=only != queue.NO_FILTERS,
        looked_at=queue.MAX_EXAMINED if page.next_cursor else 0,
        actions=offered_bulk_actions(REPORTS, moderator) if state != RESOLVED else [],
        sees=SEE_REPORTERS in moderator.may,
        portion=ListPage(
            _rows(request, page.items if state == RESOLVED else queue.together_by_person(page.items)),
            with_key(params, "after", last) if page.has_more else "",
            with_key(params, "after", None) if after else "",
        ),
    )


def act_on_reports(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Confirm, then act on, the reports chosen in the list; then redirect to the filtered list."""
    back = _queue_address(request)
    action = chosen_action(request, REPORTS)
    chosen = [number for text in request.POST.getlist("chosen")[:ROWS] if (number := id_in(text)) is not None]
    reports = {report.pk: report for report in Report.objects.filter(pk__in=chosen)}
    # In the order of the list, without duplicates.
    ids = [id_ for id_ in dict.fromkeys(chosen) if id_ in reports]
    portions = outcomes.grouped_by_person(moderator, ids) if action is RESOLVE else [[id_] for id_ in ids]
    form_of = partial(ResolveForm, list(reports.values())) if action is RESOLVE else Form
    names = {id_: f"{id_} · {reported_title(report)}" for id_, report in reports.items()}
    return bulk_action_page(
        request,
        moderator,
        action,
        [id_ for portion in portions for id_ in portion],
        back=back,
        names=names,
        counted=lambda some: _count_text([reports[id_] for id_ in some]),
        portions=portions,
        form_of=form_of,
    )


def report_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    try:
        report = queue.get_report(id)
    except UnknownReport as error:
        raise Http404(in_words(error)) from None
    action = request.POST.get("action")
    is_resolving = action == "resolve" or "next" in request.POST
    form = ResolveForm([report], request.POST if is_resolving else None)
    note = NoteForm(request.POST if action == "note" else None)
    next_url = _next_report_url(request, report)
    if request.method == "POST" and (done := _handle_forms(request, moderator, report, form, note, next_url)):
        return done
    return _render(request, moderator, report, form, note, next_url)


def _count_text(reports: Sequence[Report]) -> str:
    """Return the number of reports and of people in words; reports about groups have no person."""
    people, count = {report.about for report in reports if report.about}, len(reports)
    values = {"count": count, "people": counted_people(people)}
    if not people:
        return ngettext("%(count)d report", "%(count)d reports", count) % values
    return ngettext("%(count)d report about %(people)s", "%(count)d reports about %(people)s", count) % values


def _next_report_url(request: HttpRequest, report: Report) -> str:
    """Return the URL of the next report; empty if there is none."""
    params = valid_params(request)
    id_ = queue.next_open_report(report, _filters_from(params))
    return f"{reverse('admin:desk_report', args=[id_])}{_query_string(params)}" if id_ else ""


def _query_string(params: QueryDict) -> str:
    return f"?{params.urlencode()}" if params else ""


def valid_params(request: HttpRequest) -> QueryDict:
    """Return the valid filters in the query string, of the list or of a page that leads back to it."""
    params = request.GET.copy()
    for name in set(params) - set(_VALID_PARAMS):
        del params[name]
    for name in list(params):
        value = params.get(name, "").strip()
        params[name] = value
        if not (value and _VALID_PARAMS[name](value)):
            del params[name]
    return params


_VALID_PARAMS: dict[str, Callable[[str], object]] = {
    "state": lambda text: text in dict(STATES),
    "category": lambda text: text in dict(CATEGORIES),
    "group": id_in,
    "about": bool,
    "reporter": bool,
    "after": id_in,
}


def _filters_from(params: QueryDict) -> queue.Filters:
    category, about, reporter = (params.get(name, "") for name in ("category", "about", "reporter"))
    return queue.Filters(category, id_in(params.get("group")), about, reporter)


def _queue_address(request: HttpRequest) -> str:
    """Return the URL of the list with the filters of this request."""
    return f"{reverse('admin:desk_reports')}{_query_string(valid_params(request))}"


def _tabs(params: QueryDict, current: str) -> Iterator[Tab]:
    """Yield a tab for each state, with the same filters."""
    same = params.copy()
    same.pop("after", None)
    for state, title in STATES:
        yield Tab(with_key(same, "state", state), gettext(title), state == current)


def _rows(request: HttpRequest, reports: list[Report]) -> list[QueueRow]:
    people = {report.about for report in reports if report.about}
    strikes, names = queue.strikes_of(people), names_of(people)
    rows = []
    for report in reports:
        is_open = is_target_open(request, report_target(report.pk))
        is_private = is_private_snapshot(report.snapshot) and not is_open
        about = names[report.about].name if report.about in names else report.about
        excerpt = "" if is_private else _excerpt(report)
        count = strikes.get(report.about, 0)
        rows.append(QueueRow(report, about, reported_title(report), excerpt, is_private, count))
    return rows


def reported_title(report: Report) -> str:
    """Return what was reported, with the names at that time."""
    snapshot = report.snapshot
    if not snapshot:
        return target_labels([report.target])[report.target]  # the snapshot was emptied
    if "group" in snapshot:
        return gettext("The group %(name)s") % {"name": snapshot["group"]["name"]}
    if "person" in snapshot:
        person = snapshot["person"]
        return gettext("The person %(name)s") % {"name": person["nickname"] or person["userid"]}
    return gettext("A message by %(name)s") % {"name": _reported_message(report).get("name", report.about)}


def outcomes_text(report: Report) -> str:
    """Return the outcomes in words; empty until the report is resolved."""
    titles = dict(OUTCOMES)
    return ", ".join(gettext(titles[name]) for name in report.came_of_it)


def _reported_message(report: Report) -> dict[str, Any]:
    """Return the reported message from the snapshot; empty if there is none."""
    reported = (message for message in report.snapshot.get("messages", []) if message.get("reported"))
    return next(reported, {})


def _excerpt(report: Report) -> str:
    content = str(_reported_message(report).get("content", ""))
    return content if len(content) <= EXCERPT else f"{content[:EXCERPT]}…"


def _render(
    request: HttpRequest,
    moderator: Moderator,
    report: Report,
    form: ResolveForm,
    note: NoteForm,
    next_url: str,
) -> HttpResponse:
    if is_private_snapshot(report.snapshot):
        record_private_view(request, moderator, report_target(report.pk), report_reason(report))
    target = targets.parse(report.target)
    assert target is not None
    may_handle = HANDLE_REPORTS in moderator.may
    names = target_labels({report.target, person_target(report.about)})
    is_own = report.state == CLAIMED and report.claimed_by == moderator.person
    return render_page(
        request,
        "admin/desk/report.html",
        reported_title(report),
        report=report,
        now=reverse(_PAGES[target.kind], args=[target.id]),
        target=names[report.target],
        about=names[person_target(report.about)],
        strikes=queue.strikes_of({report.about}).get(report.about, 0),
        complaints=_reporters(report, sees=SEE_REPORTERS in moderator.may),
        sees=SEE_REPORTERS in moderator.may,
        others=queue.related_to(report),
        came_of_it=outcomes_text(report),
        notes=notes.visible_to(moderator, report),
        note_form=note if may_handle else None,
        back=_queue_address(request),
        following=next_url,
        form=form if may_handle and (report.state == OPEN or is_own) else None,
        may_claim=may_handle and report.state == OPEN,
        may_release=may_handle and report.state == CLAIMED,
    )


def _reporters(report: Report, *, sees: bool) -> list[Reporter]:
    complaints = queue.complaints_of(report)
    userids = {complaint.reporter_id for complaint in complaints if complaint.reporter_id}
    names = names_of(userids) if sees else {}
    return [
        Reporter(complaint, names[complaint.reporter_id].name if complaint.reporter_id in names else "")
        for complaint in complaints
    ]


def _handle_forms(
    request: HttpRequest,
    moderator: Moderator,
    report: Report,
    form: ResolveForm,
    note: NoteForm,
    next_url: str,
) -> HttpResponse | None:
    """Return the redirect after a form is handled; None if the page must show its errors."""
    if any(submitted.is_bound and not submitted.is_valid() for submitted in (form, note)):
        return None
    here = request.get_full_path()
    values = (form.cleaned_data if form.is_bound else {}) | (note.cleaned_data if note.is_bound else {})
    try:
        action = "resolve" if form.is_bound else request.POST.get("action", "")
        entry = _do_action(action, moderator, report, values)
    except RoleMissing as error:
        return refuse(request, error.permission)
    except EXPECTED as error:
        messages.error(request, failure_text(error))
        return HttpResponseRedirect(here)
    messages.success(request, _success_message(report, entry))
    after = next_url if next_url and "next" in request.POST else _queue_address(request)
    return HttpResponseRedirect(after if form.is_bound else here)


def _do_action(action: str, moderator: Moderator, report: Report, values: dict[str, Any]) -> AuditEntry:
    match action:
        case "resolve":
            return _resolve(moderator, [report.pk], **values)
        case "note":
            return notes.add_note(moderator, report.pk, values["note"])
        case "release":
            return outcomes.release(moderator, report.pk)
    return outcomes.claim(moderator, report.pk)


def _resolve(
    moderator: Moderator, ids: list[int], outcome: list[str], reason: str, until: int | None = None
) -> AuditEntry:
    return outcomes.resolve_together(moderator, ids, outcome, reason, until)[0]


RESOLVE = Action(
    "report.resolve",
    _resolve,
    HANDLE_REPORTS,
    title=gettext_lazy("Resolve"),
    key="r",
    warning=gettext_lazy(
        "It takes effect at once, and once for each person, however many reports there are. "
        "Reporters are told that it was dealt with, not what was done."
    ),
    bulk=TOGETHER,
)
CLAIM = Action(
    "report.claim",
    outcomes.claim,
    HANDLE_REPORTS,
    title=gettext_lazy("Claim"),
    key="c",
    warning=gettext_lazy("Only you can resolve them then."),
    bulk=EACH,
)
# What can be done to several reports at once.
REPORTS = (RESOLVE, CLAIM)


def _success_message(report: Report, entry: AuditEntry) -> str:
    if entry.action in _SUCCESS_TEXTS:
        return gettext(_SUCCESS_TEXTS[entry.action])
    text = gettext("Resolved: %(title)s.") % {"title": reported_title(report)}
    entries = AuditEntry.objects.filter(pk__in=entry.details.get("entries", ())).order_by("pk")
    undoable = [row for row in entries if has_undo(row)]
    if not undoable:
        return text
    links = [(reverse("admin:desk_undo", args=[row.pk]), audit_lines.TITLES[row.action]) for row in undoable]
    if len(links) == 1:
        return format_html('{} <a href="{}">{}</a>', text, links[0][0], gettext("Undo what was done"))
    undo = format_html_join(", ", '<a href="{}">{}</a>', links)
    return format_html("{} {}: {}", text, gettext("Undo what was done"), undo)


_SUCCESS_TEXTS = {
    "report.claim": gettext_noop("You have claimed this report."),
    "report.release": gettext_noop("This report is open again."),
    notes.ACTION: gettext_noop("Noted."),
}


register(
    DeskPage("reports/", list_reports, "reports", READ_DESK, gettext_lazy("Reports")),
    DeskPage("reports/several/", act_on_reports, "reports_several", HANDLE_REPORTS),
    DeskPage("reports/<int:id>/", report_page, "report", READ_DESK),
)
