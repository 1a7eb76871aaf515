"""Paging through history by seconds, of which some hold more messages than a page."""

import pytest

from accounts.services import ensure_users
from chat.models import Message
from chat.protocol.commands import QueryRecords
from chat.protocol.rows import Entry
from chat.reading import history
from chat.reading.history import PAGE_ENTRIES, PageCursor

pytestmark = pytest.mark.django_db

# Three seconds: a quiet one, one with more than two pages, a quiet one.
QUIET, BUSY, LAST = 1_000, 1_001, 1_002
COUNTS = {QUIET: 150, BUSY: 450, LAST: 20}


@pytest.fixture(autouse=True)
def conversation() -> None:
    ensure_users(["alice", "bob"])
    Message.objects.bulk_create(
        Message(
            kind="text", sender_id="alice", recipient_id="bob", content=f"{second} {number}", timet=second
        )
        for second, count in COUNTS.items()
        for number in range(count)
    )


def ask(since: int, place: PageCursor | None) -> tuple[list[Entry], bool, PageCursor | None]:
    records, place = history.page("bob", QueryRecords(since, "alice"), place)
    return records.entries, records.more, place


@pytest.mark.promise("records-7", "records-12")
def test_asking_on_from_the_last_time_finds_all() -> None:
    found: dict[int, str] = {}
    since, more, place, pages = 0, True, None, 0
    while more:
        entries, more, place = ask(since, place)
        assert len(entries) <= PAGE_ENTRIES
        assert {entry.id for entry in entries} - set(found), "a page with nothing new"
        found.update((entry.id, entry.content) for entry in entries)
        since, pages = entries[-1].time, pages + 1
    assert pages == 4
    assert list(found.values()) == [
        f"{second} {number}" for second, count in COUNTS.items() for number in range(count)
    ]


@pytest.mark.promise("records-10")
def test_a_page_begins_with_what_is_known_of_its_second() -> None:
    first, _, place = ask(0, None)
    assert first[-1].time == BUSY
    # Within a second that no page could finish, it goes on instead of repeating.
    second, _, place = ask(BUSY, place)
    assert second[0].id == first[-1].id + 1
    Message.objects.filter(timet=BUSY, id__gt=second[-1].id).delete()
    third, more, _ = ask(LAST, place)
    assert (third[0].content, more) == (f"{LAST} 0", False)


@pytest.mark.promise("records-9")
def test_small_seconds_are_repeated() -> None:
    Message.objects.filter(timet=BUSY).delete()
    Message.objects.filter(timet=LAST).update(timet=BUSY)
    Message.objects.bulk_create(
        Message(kind="text", sender_id="bob", recipient_id="alice", content="later", timet=LAST)
        for _ in range(100)
    )
    first, more, place = ask(0, None)
    assert (first[-1].time, more) == (LAST, True)
    second, more, _ = ask(LAST, place)
    assert {entry.id for entry in first} & {entry.id for entry in second}
    assert not more


@pytest.mark.promise("records-11")
def test_another_question_in_between_begins_the_second_anew() -> None:
    first, _, place = ask(BUSY, None)
    went_on, _, _ = ask(BUSY, place)
    assert went_on[0].id == first[-1].id + 1
    _, elsewhere = history.page("bob", QueryRecords(BUSY, "charlie"), place)
    anew, _, _ = ask(BUSY, elsewhere)
    assert anew == first
