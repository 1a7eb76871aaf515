"""A page is read as of one moment, whatever happens between its statements."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from chat.reading import selectors
from chat.reading.filling import FIRST_ROWS
from chat.reading.snapshot import snapshot
from groups.services import add_members, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group
from log.rows import Entry, Served

pytestmark = pytest.mark.django_db(transaction=True)

CONTENTS = [f"{number}" for number in range(2 * FIRST_ROWS)]


@pytest.fixture
def log(group: Group) -> int:
    """The id before what Alice wrote to the group."""
    return append([Draft("text", "alice", group.pk, content, "") for content in CONTENTS]).batch.previous


class Meanwhile:
    """Does something, on another connection, after so many statements that read messages."""

    def __init__(self, act: Callable[[], object], after: int) -> None:
        self.is_done = False
        self._act = act
        self._left = after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "log_message" in sql:
            self._left -= 1
            if self._left == 0:
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(self._run).result()
        return result

    def _run(self) -> None:
        self._act()
        self.is_done = True
        connection.close()


def contents(rows: Sequence[Served]) -> list[str]:
    return [row.content for row in rows if isinstance(row, Entry)]


@pytest.mark.parametrize("after", [1, 2, 3])
def test_member_leaving_during_the_read_gets_the_backlog_once(log: int, group: Group, after: int) -> None:
    leaving = Meanwhile(lambda: remove_members(group.pk, ["bob"]), after)
    end = positions.last_id()
    with connection.execute_wrapper(leaving):
        rows, more = selectors.backlog("bob", log, end, 200)
    assert leaving.is_done
    assert (contents(rows), more) == (CONTENTS, False)
    assert contents(selectors.backlog("bob", log, end, 200)[0]) == CONTENTS


@pytest.mark.parametrize("after", [1, 2])
def test_member_returning_during_the_read_gets_the_backlog_once(log: int, group: Group, after: int) -> None:
    remove_members(group.pk, ["bob"])
    coming = Meanwhile(lambda: add_members(group.pk, ["bob"]), after)
    end = positions.last_id()
    with connection.execute_wrapper(coming):
        rows, _ = selectors.backlog("bob", log, end, 200)
    assert coming.is_done
    assert contents(rows) == CONTENTS


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_history_is_whole_as_well(log: int, group: Group, after: int) -> None:
    leaving = Meanwhile(lambda: remove_members(group.pk, ["bob"]), after)
    with connection.execute_wrapper(leaving):
        entries, more = selectors.group_history("bob", group.pk, log, 200)
    assert leaving.is_done
    assert ([entry.content for entry in entries], more) == (CONTENTS, False)


def test_snapshot_leaves_no_open_transaction(log: int) -> None:
    with pytest.raises(ZeroDivisionError), snapshot():
        positions.last_id()
        _ = 1 / 0
    append([Draft("text", "alice", "bob", "the database takes writes", "")])
    with snapshot():
        assert contents(selectors.rows_after(log, 200))[-1] == "the database takes writes"


def test_a_transaction_sees_what_it_wrote(log: int) -> None:
    with transaction.atomic():
        append([Draft("text", "alice", "bob", "not committed yet", "")])
        with snapshot():
            assert contents(selectors.rows_after(log, 200))[-1] == "not committed yet"
