"""What was written with somebody, page by page."""

import pytest

from accounts.codes import Name
from chat.failures import CommandRefused
from chat.protocol.commands import QueryRecords
from chat.reading import history
from chat.reading.history import PageCursor, page
from groups.services import create_group
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import Entry, Recipient

LATE = 10**10


def write(to: Recipient, *contents: str, second: int) -> None:
    """By Alice, all in one second."""
    rows = append([Draft("text", "alice", to, content, "") for content in contents]).batch.rows
    Message.objects.filter(pk__in=[row.id for row in rows]).update(timet=second)


def contents(entries: list[Entry]) -> list[str]:
    return [entry.content for entry in entries]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_ENTRIES", 2)


def test_a_page_has_what_was_written_with_one_person(group: Group) -> None:
    write("bob", "1", "2", second=LATE)
    records, place = page("bob", QueryRecords(0, user="alice"), None)
    assert (records.peer, contents(records.entries), records.more) == ("alice", ["1", "2"], False)
    assert place is None


def test_history_begins_at_the_requested_second(group: Group) -> None:
    write("bob", "1", second=LATE)
    write("bob", "2", second=LATE + 1)
    for since, result in ((LATE, ["1", "2"]), (LATE + 1, ["2"]), (LATE + 2, [])):
        assert contents(page("bob", QueryRecords(since, user="alice"), None)[0].entries) == result


@pytest.mark.promise("records-9")
def test_the_next_page_repeats_the_second_that_this_one_ended_in(group: Group, short_pages: None) -> None:
    write("bob", "1", second=LATE)
    write("bob", "2", second=LATE + 1)
    write("bob", "3", second=LATE + 2)
    records, place = page("bob", QueryRecords(LATE, user="alice"), None)
    assert (contents(records.entries), records.more) == (["1", "2"], True)
    records, place = page("bob", QueryRecords(LATE + 1, user="alice"), place)
    assert (contents(records.entries), records.more) == (["2", "3"], False)


@pytest.mark.promise("records-10")
def test_a_second_that_fills_a_page_is_gone_on_with(group: Group, short_pages: None) -> None:
    write("bob", *"12345", second=LATE)
    query, place, result = QueryRecords(LATE, user="alice"), None, list[list[str]]()
    for _ in range(3):
        records, place = page("bob", query, place)
        result.append(contents(records.entries))
    assert result == [["1", "2"], ["3", "4"], ["5"]]
    assert place is None


@pytest.mark.promise("records-11")
def test_the_place_in_another_history_is_none_in_this(group: Group, short_pages: None) -> None:
    write("bob", *"123", second=LATE)
    elsewhere = PageCursor("charlie", LATE, 10**9)
    assert contents(page("bob", QueryRecords(LATE, user="alice"), elsewhere)[0].entries) == ["1", "2"]


class TestWithWhom:
    def test_a_number_is_a_group_one_is_in_else_a_person(self, group: Group) -> None:
        write(group.pk, "to all", second=LATE)
        query = QueryRecords(LATE, user=str(group.pk), group=group.pk)
        assert contents(page("bob", query, None)[0].entries) == ["to all"]
        assert contents(page("charlie", query, None)[0].entries) == []

    def test_a_person_may_have_the_number_of_a_group(self, group: Group) -> None:
        write(str(group.pk), "to a person", second=LATE)
        write(group.pk, "to all", second=LATE)
        query = QueryRecords(LATE, user=str(group.pk))
        assert contents(page("alice", query, None)[0].entries) == ["to a person"]

    def test_group_history_needs_membership(self, group: Group) -> None:
        other = create_group("charlie", [], "另一个")
        with pytest.raises(CommandRefused) as refused:
            page("bob", QueryRecords(0, group=other.pk), None)
        assert refused.value.failure.name is Name.NOT_ALLOWED


def test_a_second_is_gone_on_with_however_few_fit_into_a_reply(group: Group) -> None:
    write("bob", *"1234567", second=LATE)
    query, place, result = QueryRecords(LATE, user="alice"), None, list[list[str]]()
    for _ in range(4):
        records, place = page("bob", query, place, lambda peer, entries: min(2, len(entries)))
        result.append(contents(records.entries))
    assert (result, records.more, place) == ([["1", "2"], ["3", "4"], ["5", "6"], ["7"]], False, None)


def test_empty_history_is_not_counted(group: Group) -> None:
    def fail(peer: Recipient, entries: object) -> int:
        raise AssertionError

    write("charlie", "x", second=LATE)
    assert page("bob", QueryRecords(0, user="alice"), None, fail)[0].entries == []
