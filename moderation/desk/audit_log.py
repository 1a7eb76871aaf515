"""The pages of the audit log: the list, the export, and the undo of an entry."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.api.fields import id_in
from accounts.compact import compact_text
from moderation import audit, times
from moderation.actions import undoing
from moderation.actions.acting import Action, person_target
from moderation.actions.people import PEOPLE
from moderation.audit import EVERYTHING, Filter, portions
from moderation.desk import audit_lines
from moderation.desk.acting import action_page
from moderation.desk.paging import ROWS, ListPage, list_page, with_key
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import AuditEntry
from moderation.moderators import EXPORT_AUDIT, VIEW_AUDIT, Moderator

COLUMNS = ("id", "time", "actor", "action", "target", "reason", "address", "log", "details", "acted_for")
# A byte order mark: without it, some spreadsheets do not recognise UTF-8.
_MARK = "\ufeff"
# Entries per chunk of the export.
_MAX_AT_ONCE = 200
# What a spreadsheet reads as the beginning of a formula at the beginning of a cell, including the wide forms
# used in Chinese. Many spreadsheets split lines at semicolons and tabs, not at commas.
_FORMULA = re.compile(r"(\A(?=[\t\r\n])|(?:\A|[;\t\r\n]) *(?=[=+\-@＝＋－＠]))")


def csv_of(criteria: Filter = EVERYTHING) -> Iterator[str]:
    """Yield the entries as CSV, latest first, in chunks of _MAX_AT_ONCE lines; one chunk is in memory at a
    time. Cells that spreadsheets would read as formulas are escaped."""
    yield _MARK + _csv_lines([COLUMNS])
    for entries in portions(criteria, _MAX_AT_ONCE):
        yield _csv_lines(map(_cells, entries))


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    cells = (
        str(entry.pk),
        entry.time.astimezone(UTC).isoformat(timespec="seconds"),
        entry.actor,
        entry.action,
        entry.target,
        entry.reason,
        entry.address,
        "" if entry.log_id is None else str(entry.log_id),
        compact_text(entry.details) if entry.details else "",
        entry.acted_for or "",
    )
    return tuple(_FORMULA.sub(r"\1'", cell) for cell in cells)


def _csv_lines(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


def list_entries(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List entries, latest first. `before`: the last entry of the previous page."""
    portion = find_entries(request.GET)
    return render_page(
        request,
        "admin/desk/audit.html",
        gettext("Audit log"),
        portion=portion,
        entries=audit_lines.audit_lines_of(portion.rows, moderator),
        params=request.GET,
        actions=audit_lines.TITLES.items(),
        export=reverse("admin:desk_audit_export") + with_key(request.GET, "before", None)
        if EXPORT_AUDIT in moderator.may
        else "",
    )


def export_entries(request: HttpRequest, moderator: Moderator) -> StreamingHttpResponse:
    """Return all entries that the filters match as a CSV file."""
    audit.record(moderator, "audit.export", "", asked=request.GET.urlencode()[:500])
    lines = csv_of(filter_from(request.GET))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"audit-{timezone.now():%Y-%m-%d-%H%M%S}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def undo_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    """Ask for a reason, and undo the entry's action."""
    entry = AuditEntry.objects.filter(pk=id).first()
    if entry is None or not undoing.has_undo(entry):
        raise Http404(gettext("This cannot be undone."))
    (line,) = audit_lines.audit_lines_of([entry], moderator)
    about = f"{line.title}, {line.target}"
    back = line.url or reverse("admin:desk_audit")
    action = UNDO._replace(notifies=undoing.UNDOABLE[entry.action] in PEOPLE)
    return action_page(request, moderator, action, id, about=about, back=back, entries=[line])


def filter_from(params: QueryDict) -> Filter:
    """Return the filters of the page's form."""
    return Filter(
        actor=params.get("actor", "").strip(),
        action=params.get("action", ""),
        target=_audit_target(params.get("target", "").strip()),
        since=parse_desk_time(params.get("since", "")),
        until=parse_desk_time(params.get("until", "")),
        acted_for=params.get("acted_for", "").strip(),
    )


def _audit_target(text: str) -> str:
    """Return an audit target: a text without a colon is a userid."""
    return person_target(text) if text and ":" not in text else text


def find_entries(params: QueryDict) -> ListPage[AuditEntry]:
    """Return the requested page of entries."""
    before = id_in(params.get("before"))
    rows = audit.entries(filter_from(params), limit=ROWS + 1, before=before)
    return list_page(rows, params, "before", before, lambda entry: entry.pk)


def parse_desk_time(text: str) -> datetime | None:
    """Parse a time in the desk's time zone. Return None if it is not valid."""
    for form in TIME_FORMATS:
        try:
            return times.in_desk_zone(datetime.strptime(text, form))
        except ValueError:
            continue
    return None


UNDO = Action(
    undoing.UNDO_ACTION,
    undoing.undo,
    VIEW_AUDIT,
    title=gettext_lazy("Undo"),
    warning=gettext_lazy("This takes the action back."),
)

register(
    DeskPage("audit/", list_entries, "audit", VIEW_AUDIT, gettext_lazy("Audit log")),
    DeskPage("audit/export/", export_entries, "audit_export", EXPORT_AUDIT),
    DeskPage("audit/<int:id>/undo/", undo_page, "undo", VIEW_AUDIT),
)
