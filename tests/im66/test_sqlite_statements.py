"""On SQLite a statement is translated once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from im66.sqlite import base
from im66.sqlite.base import MAX_CACHED

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes them as they are"),
]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    base._converted.clear()
    yield
    base._converted.clear()


def ask(statement: str, params: Any = None) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()


def test_sqlite_statement_is_converted_once() -> None:
    for value in ("a", "b"):
        assert ask("SELECT %s, '%%s'", [value]) == (value, "%s")
    assert base._converted == {"SELECT %s, '%%s'": "SELECT ?, '%s'"}


def test_statement_with_named_parameters_is_converted_each_time() -> None:
    statement = "SELECT %(one)s"
    assert ask(statement, {"one": 1}) == (1,)
    assert ask(statement, {"one": 2, "two": 3}) == (2,)
    assert base._converted == {}


def test_statement_without_parameters_is_not_converted() -> None:
    assert ask("SELECT '%s'") == ("%s",)


def test_executemany_uses_the_cached_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE numbers (number integer)")
        cursor.executemany("INSERT INTO numbers VALUES (%s)", [(1,), (2,)])
        cursor.execute("DROP TABLE numbers")
    assert "INSERT INTO numbers VALUES (%s)" in base._converted


def test_statement_cache_is_bounded() -> None:
    for number in range(MAX_CACHED + 10):
        assert ask(f"SELECT %s + {number}", [1]) == (number + 1,)
    assert len(base._converted) <= MAX_CACHED
