"""Pages of the log are bounded by what they weigh, and nothing is skipped for it."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.protocol.commands import QueryRecords
from chat.reading import history, selectors
from chat.reading.filling import FIRST_ROWS, LIGHT_CHARACTERS
from log.appending import Draft, append
from log.models import Group
from log.rows import PAGE_CHARACTERS, Entry, Served

LARGE = "x" * 200_000
# Light, one on each side of the edge, heavy, and heavy in the extension alone.
TEXTS = [
    ("light", ""),
    ("x" * LIGHT_CHARACTERS, "x" * LIGHT_CHARACTERS),
    ("x" * (LIGHT_CHARACTERS + 1), ""),
    (LARGE, ""),
    ("hi", LARGE),
    ("我" * 100_000, "😀" * 3000),
    ("light again", "with an extension"),
]


@pytest.fixture
def log(group: Group) -> list[Entry]:
    """What Bob has not seen: each text twice from Alice, to him and to the group."""
    drafts = [
        Draft("video", "alice", to, content, extension)
        for _ in range(2)
        for content, extension in TEXTS
        for to in ("bob", group.pk)
    ]
    return [entry for entry in append(drafts).batch.rows if isinstance(entry, Entry)]


def _messages(rows: Sequence[Served]) -> list[Entry]:
    return [row for row in rows if isinstance(row, Entry)]


def _weight(page: list[Entry]) -> int:
    return sum(len(entry.content) + len(entry.extension) for entry in page)


def test_a_backlog_comes_whole_in_pages_that_are_full_at_most(log: list[Entry]) -> None:
    results: list[Entry] = []
    after = log[0].id - 1
    while page := _messages(selectors.backlog("bob", after, log[-1].id, 200)[0]):
        assert _weight(page[:-1]) <= PAGE_CHARACTERS
        results += page
        after = page[-1].id
    assert results == log


def test_log_pages_for_the_hub_are_bounded_by_weight(log: list[Entry]) -> None:
    results: list[Entry] = []
    after = log[0].id - 1
    while page := _messages(selectors.rows_after(after, 1000)):
        assert _weight(page[:-1]) <= PAGE_CHARACTERS
        results += page
        after = page[-1].id
    assert results == log


@pytest.mark.parametrize("peer", ["bob", "group"])
def test_history_says_whether_there_is_more(log: list[Entry], group: Group, peer: str) -> None:
    to = group.pk if peer == "group" else peer
    query = QueryRecords(log[0].time, peer) if to == peer else QueryRecords(log[0].time, group=group.pk)
    place, result = None, list[int]()
    for _ in log:
        records, place = history.page("alice", query, place)
        result += [entry.id for entry in records.entries if entry.id not in result]
        if not records.more:
            break
    assert result == [entry.id for entry in log if entry.to == to]


def test_rows_past_the_page_are_read_as_outlines_only(log: list[Entry]) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = _messages(selectors.backlog("bob", log[0].id - 1, log[-1].id, 200)[0])
    # Where rows are in current periods and in ended ones, two reads of beginnings, one for each row of the
    # page that is not light, what became of them, and what their reader has cleared.
    heavy = [entry for entry in page if max(len(entry.content), len(entry.extension)) > LIGHT_CHARACTERS]
    reads = [query for query in queries if query["sql"].lstrip("(").startswith("SELECT")]
    assert len(reads) == 6 + len(heavy) < 6 + 10


def test_page_of_large_rows_reads_few_outlines(group: Group) -> None:
    append([Draft("text", "alice", "bob", LARGE, "") for _ in range(2 * FIRST_ROWS)])
    with CaptureQueriesContext(connection) as queries:
        page, more = selectors.unicast_history("bob", "alice", 0, 200)
    assert (len(page), more) == (2, True)
    outlines = [query["sql"] for query in queries if "SUBSTR" in query["sql"].upper()]
    assert len(outlines) == 2
    assert all(f"LIMIT {FIRST_ROWS}" in sql for sql in outlines)


@pytest.mark.parametrize("count", [FIRST_ROWS - 1, FIRST_ROWS, FIRST_ROWS + 1, 100])
def test_page_of_light_rows_is_full(group: Group, count: int) -> None:
    append([Draft("text", "alice", "bob", f"{number}", "") for number in range(count + 1)])
    page, more = selectors.unicast_history("bob", "alice", 0, count)
    assert ([entry.content for entry in page], more) == ([f"{number}" for number in range(count)], True)
    page, more = selectors.unicast_history("bob", "alice", 0, count + 1)
    assert (len(page), more) == (count + 1, False)
