"""The audit log is read page by page, and exported."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation import audit
from moderation.audit import Filter
from moderation.desk.audit_log import COLUMNS, csv_of
from moderation.models import AuditEntry
from moderation.moderators import Moderator
from tests.support.moderators import MODERATOR, REASON, audit_log
from tests.support.planner import take_for_large

pytestmark = pytest.mark.django_db

ANOTHER = Moderator("another", "192.0.2.2")


@pytest.fixture
def moments(db: None, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When each of these was done: a minute after the one before."""
    began = timezone.now() - timedelta(hours=1)
    results = [began + timedelta(minutes=number) for number in range(4)]
    clock = iter(results)
    monkeypatch.setattr("django.utils.timezone.now", lambda: next(clock))
    audit.record(MODERATOR, "person.mute", "u:bob", "spam", 7)
    audit.record(ANOTHER, "person.ban", "u:bob")
    audit.record(MODERATOR, "group.mute", "g:10")
    audit.record(ANOTHER, "group.mute", "g:11")
    monkeypatch.undo()
    return results


def actions(criteria: Filter = audit.EVERYTHING, limit: int = 10) -> list[tuple[str, str]]:
    return [(entry.action, entry.target) for entry in audit.entries(criteria, limit=limit)]


def test_audit_entries_come_newest_first(moments: list[datetime]) -> None:
    assert actions() == [
        ("group.mute", "g:11"),
        ("group.mute", "g:10"),
        ("person.ban", "u:bob"),
        ("person.mute", "u:bob"),
    ]


def test_audit_pages_list_each_entry_once(moments: list[datetime]) -> None:
    first = audit.entries(limit=3)
    second = audit.entries(limit=3, before=first[-1].pk)
    assert [len(first), len(second)] == [3, 1]
    assert len({entry.pk for entry in first + second}) == 4


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (Filter(actor="moderator"), ["g:10", "u:bob"]),
        (Filter(action="group.mute"), ["g:11", "g:10"]),
        (Filter(action="person."), ["u:bob", "u:bob"]),
        (Filter(action="person"), []),
        (Filter(target="u:bob"), ["u:bob", "u:bob"]),
        (Filter(target="u:bob", actor="another", action="person.ban"), ["u:bob"]),
        (Filter(target="u:bo"), []),
    ],
)
def test_audit_entries_are_filtered(moments: list[datetime], criteria: Filter, expected: list[str]) -> None:
    assert [target for _, target in actions(criteria)] == expected


def test_audit_entries_are_filtered_by_time(moments: list[datetime]) -> None:
    _, second, third, last = moments
    assert [target for _, target in actions(Filter(since=second, until=last))] == ["g:10", "u:bob"]
    assert actions(Filter(since=last + timedelta(seconds=1))) == []
    assert len(actions(Filter(until=last + timedelta(seconds=1)))) == 4
    assert len(actions(Filter(since=third, actor="moderator"))) == 1


@pytest.fixture
def taken_for_large(db: None) -> None:
    audit.record(MODERATOR, "person.mute", "u:bob")
    take_for_large(AuditEntry._meta.db_table)


@pytest.mark.usefixtures("taken_for_large")
@pytest.mark.parametrize(
    "criteria",
    [
        Filter(),
        Filter(actor="moderator"),
        Filter(action="person.mute"),
        Filter(target="u:bob"),
        Filter(since=timezone.now()),
    ],
)
def test_audit_queries_use_indexes(criteria: Filter) -> None:
    with CaptureQueriesContext(connection) as queries:
        audit.entries(criteria, limit=10, before=5)
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for query in queries:
            cursor.execute(f"{explain} {query['sql']}")
            # An incremental sort is one of entries of the same moment.
            plan = str(cursor.fetchall()).replace("Incremental Sort", "")
            assert "TEMP B-TREE" not in plan, query
            assert "Sort  (" not in plan, query


def exported(criteria: Filter = audit.EVERYTHING) -> list[list[str]]:
    text = "".join(csv_of(criteria))
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))


def test_audit_export_has_a_line_per_entry(moments: list[datetime]) -> None:
    head, *lines = exported(Filter(target="u:bob"))
    assert tuple(head) == COLUMNS
    when = moments[0].isoformat(timespec="seconds")
    first = audit_log().get(action="person.mute")
    assert lines[1] == [
        str(first.pk),
        when,
        "moderator",
        "person.mute",
        "u:bob",
        "spam",
        "192.0.2.1",
        "7",
        "",
        "",
    ]
    assert len(lines) == 2


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_exported_cells_are_not_formulas(begins: str) -> None:
    reason = f"{begins}HYPERLINK(1)"
    audit.record(Moderator("-bob"), "person.mute", "u:=1+1", reason)
    _, (_, _, actor, _, target, logged, *_) = exported()
    assert (actor, target, logged) == ("'-bob", "u:=1+1", f"'{reason}")


@pytest.mark.parametrize("separator", [";", "; ", "\n", "\t"])
def test_exported_cells_are_not_formulas_after_semicolons_or_tabs(separator: str) -> None:
    audit.record(MODERATOR, "person.mute", "u:bob", f"spam{separator}=HYPERLINK(1); -; and more")
    _, line = exported()
    assert line[5] == f"spam{separator}'=HYPERLINK(1); '-; and more"


def test_csv_quotes_user_text() -> None:
    reason = 'he said "no", and\nleft,\r\nthen came 回来\U0001f44d'
    audit.record(MODERATOR, "person.mute", "u:bob", reason, details={"is": "x"})
    _, line = exported()
    assert line[5] == reason
    assert line[8] == '{"details":{"is":"x"}}'


def test_audit_export_streams_entries_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        audit.record(MODERATOR, "person.mute", "u:bob", REASON)
    monkeypatch.setattr("moderation.desk.audit_log._MAX_AT_ONCE", 2)
    pieces: Iterator[str] = csv_of()
    next(pieces)
    with CaptureQueriesContext(connection) as queries:
        assert next(pieces).count("\r\n") == 2
    assert len(queries) == 1
    assert [piece.count("\r\n") for piece in pieces] == [2, 1]
