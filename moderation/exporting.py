"""The audit log as CSV, for spreadsheets."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from io import StringIO

from accounts.compact import compact_text
from moderation.audit import EVERYTHING, Filter, portions
from moderation.models import AuditEntry

COLUMNS = ("id", "time", "actor", "action", "target", "reason", "address", "log", "details", "acted_for")
# Without it, some spreadsheets take UTF-8 for something else.
_MARK = "\ufeff"
# How many entries are in a piece.
_MAX_AT_ONCE = 200
# What a spreadsheet takes for the beginning of a formula, where a cell begins; in Chinese, the wide forms
# too. Many spreadsheets split lines at semicolons and tabs instead of commas.
_FORMULA = re.compile(r"(\A(?=[\t\r\n])|(?:\A|[;\t\r\n]) *(?=[=+\-@＝＋－＠]))")


def csv_of(wanted: Filter = EVERYTHING) -> Iterator[str]:
    """The entries, latest first, in pieces: each of a few hundred lines, of which one is in memory at a time.
    No cell is a formula, whatever people have written into it."""
    yield _MARK + _lines([COLUMNS])
    for entries in portions(wanted, _MAX_AT_ONCE):
        yield _lines(map(_cells, entries))


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
    return tuple(map(_safe, cells))


def _safe(cell: str) -> str:
    return _FORMULA.sub(r"\1'", cell)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
