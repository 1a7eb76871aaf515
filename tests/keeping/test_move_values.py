"""Values of SQLite on their way to PostgreSQL: what is taken, what is refused, and what is the same."""

from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from chat.delivery.cluster import installation
from keeping.moving.columns import Column, Unfit, column
from keeping.moving.tables import tables


def _column(type_: str) -> Column:
    return column("c", type_, is_key=False)


TAKEN: list[tuple[str, Any, str]] = [
    ("text", "é\t\\N".encode(), "é\t\\N"),
    ("text", 5, "5"),
    ("varchar(2)", "李雷".encode(), "李雷"),
    ("boolean", 1, "true"),
    ("boolean", 0, "false"),
    ("smallint", -32768, "-32768"),
    ("bigint", 2**63 - 1, "9223372036854775807"),
    ("double precision", 1, "1.0"),
    ("double precision", 1e-7, "1e-07"),
    ("timestamp with time zone", b"2026-01-02 03:04:05", "2026-01-02 03:04:05+00"),
    ("timestamp with time zone", b"2026-01-02 03:04:05.120000", "2026-01-02 03:04:05.12+00"),
    ("date", b"2026-01-02", "2026-01-02"),
    ("inet", b"2001:DB8::0", "2001:db8::"),
    ("jsonb", rb'{"b": "\\u0000", "a": 1.50}', r'{"b": "\\u0000", "a": 1.50}'),
]


@pytest.mark.parametrize(("type_", "value", "text"), TAKEN)
def test_fitting_value_moves_unchanged(type_: str, value: Any, text: str) -> None:
    assert _column(type_).fit(value) == text


REFUSED: list[tuple[str, Any, str, str | None]] = [
    ("text", b"a\0b", "has a NUL character", "a\ufffdb"),
    ("text", b"a\xffb", "is not valid UTF-8", "a\ufffdb"),
    ("text", "\ud800".encode("utf-8", "surrogatepass"), "is not valid UTF-8", "\ufffd\ufffd\ufffd"),
    ("varchar(2)", "李雷和".encode(), "has 3 characters, of 2 at most", "李雷"),
    ("varchar(2)", b"\0bc", "has a NUL character", "\ufffdb"),
    ("boolean", 2, "is neither true nor false", None),
    ("integer", 2**31, "is 2147483648, and must be -2147483648 to 2147483647", None),
    ("integer", b"word", "is not a whole number", None),
    ("bigint", 1.5, "is not a whole number", None),
    ("double precision", b"word", "is not a number", None),
    ("timestamp with time zone", b"yesterday", "is not a time", None),
    ("timestamp with time zone", 5, "is not a time", None),
    ("date", b"2026-13-01", "is not a date", None),
    ("inet", b"localhost", "is not an address", None),
    ("jsonb", b"{", "is not JSON that PostgreSQL takes", None),
    ("jsonb", b"NaN", "is not JSON that PostgreSQL takes", None),
    ("jsonb", rb'"\ud800"', "is not JSON that PostgreSQL takes", None),
    ("jsonb", rb'["\u0000", "\\\u0000"]', "has a NUL character", '["\ufffd", "\\\\\ufffd"]'),
]


@pytest.mark.parametrize(("type_", "value", "why", "mended"), REFUSED)
def test_unfit_value_is_refused_with_reason(type_: str, value: Any, why: str, mended: str | None) -> None:
    with pytest.raises(Unfit) as refused:
        _column(type_).fit(value)
    assert (str(refused.value), refused.value.mended) == (why, mended)


SAME = [
    ("jsonb", '{"b": 1, "a": [1.0, 1e2]}', '{"a": [1, 100], "b": 1}'),
    ("inet", "::ffff:10.0.0.1", "::ffff:a00:1"),
    ("double precision", "1e+22", "10000000000000000000000"),
]


@pytest.mark.parametrize(("type_", "here", "there"), SAME)
def test_differently_written_values_compare_equal(type_: str, here: str, there: str) -> None:
    same = _column(type_).same
    assert same
    assert same(here) == same(there)


def test_every_table_comes_after_those_that_it_refers_to() -> None:
    """Types of columns that nobody knows how to move raise KeyError."""
    settings = {**connections.settings["default"], "OPTIONS": {}}
    schema = tables(DatabaseWrapper(settings))
    names = [table.name for table in schema]
    assert names.index("accounts_user") < names.index("log_group") < names.index("log_message")
    assert [table.name for table in schema if table.refers_to_itself] == ["moderation_report"]
    (log,) = (table for table in schema if table.name == "log_message")
    assert {each.name for each in log.columns if each.is_key} > {"id", "sender_id", "cid"}
    assert not {"content", "extension"} & {each.name for each in log.columns if each.is_key}


def test_a_moved_log_keeps_its_name_and_a_copy_of_it_does_not() -> None:
    stored = "ab" * 32
    before, after, copy = (
        installation.derive_key(stored, place) for place in ("SQLite", "PostgreSQL", "copy")
    )
    name = installation.log_name_for(before, "")
    assert installation.log_name_for(after, "") != name
    stored_name = installation.bind_log_name(name, after)
    assert installation.log_name_for(after, stored_name) == name
    assert installation.log_name_for(copy, stored_name) == installation.log_name_for(copy, "") != name
