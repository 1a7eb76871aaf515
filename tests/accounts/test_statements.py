"""Statements that are written by hand."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.services import ensure_users, raise_delivered
from accounts.statements import among, fetch, seconds_of, text_rows

pytestmark = pytest.mark.django_db

PEOPLE = {"alice": 7, "bob": 8, "老板": 2**62}


@pytest.fixture(autouse=True)
def people() -> None:
    ensure_users(PEOPLE)
    raise_delivered(PEOPLE)


def matching(column: str, values: Collection[Any]) -> set[str]:
    """The people of whom `column` is one of the values."""
    listed, params = among(values)
    statement = f"SELECT userid FROM {User._meta.db_table} WHERE {column} {listed}"
    return {userid for (userid,) in fetch(statement, *params)}


@pytest.mark.parametrize("kind", [list, set, tuple])
def test_among_clause_matches_many_values(kind: type[Collection[int]]) -> None:
    assert matching("delivered_id", kind([7, 8, 9])) == {"alice", "bob"}  # type: ignore[call-arg]


def test_among_matches_many_names() -> None:
    assert matching("userid", ["alice", "老板", "erwin's %s"]) == {"alice", "老板"}


def test_text_rows_keep_order() -> None:
    names, others = ["老板", "bob", "0", "erwin's %s", "null", '𠮷"\\'], list("abcdef")
    rows, params = text_rows(one=names, two=others)
    fetched = fetch(f"SELECT one, two FROM {rows} ORDER BY place", *params)
    assert fetched == list(zip(names, others, strict=True))


def test_among_of_empty_list_matches_none() -> None:
    assert matching("delivered_id", []) == matching("userid", []) == set()


def test_numbers_may_be_of_any_size() -> None:
    assert matching("delivered_id", [7, 2**15, 2**31, 2**62]) == {"alice", "老板"}


@pytest.mark.parametrize("microsecond", [0, 999_999])
def test_seconds_of_truncates_time(microsecond: int) -> None:
    moment = datetime(2038, 1, 19, 3, 14, 8, microsecond, UTC)
    User.objects.filter(pk="alice").update(muted_until=moment)
    statement = f"SELECT {seconds_of('muted_until')} FROM {User._meta.db_table} WHERE userid IN (%s, %s)"
    assert sorted(fetch(statement, "alice", "bob"), key=str) == [(2**31,), (None,)]
