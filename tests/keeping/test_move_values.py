"""Values moved from SQLite to PostgreSQL: which are accepted, which are refused and which compare equal."""

from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from chat.delivery.cluster import installation
from keeping.moving.columns import Column, InvalidValue, make_column
from keeping.moving.tables import tables


def _column(type_: str) -> Column:
    return make_column("c", type_, is_key=False)


VALID: list[tuple[str, Any, str]] = [
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


@pytest.mark.parametrize(("type_", "value", "text"), VALID)
def test_valid_value_is_moved_unchanged(type_: str, value: Any, text: str) -> None:
    assert _column(type_).validate(value) == text


INVALID: list[tuple[str, Any, str, str | None]] = [
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


@pytest.mark.parametrize(("type_", "value", "reason", "replacement"), INVALID)
def test_invalid_value_is_refused_with_reason(
    type_: str, value: Any, reason: str, replacement: str | None
) -> None:
    with pytest.raises(InvalidValue) as refused:
        _column(type_).validate(value)
    assert (str(refused.value), refused.value.replacement) == (reason, replacement)


SAME = [
    ("jsonb", '{"b": 1, "a": [1.0, 1e2]}', '{"a": [1, 100], "b": 1}'),
    ("inet", "::ffff:10.0.0.1", "::ffff:a00:1"),
    ("double precision", "1e+22", "10000000000000000000000"),
]


@pytest.mark.parametrize(("type_", "here", "there"), SAME)
def test_differently_written_values_compare_equal(type_: str, here: str, there: str) -> None:
    normalize = _column(type_).normalize
    assert normalize
    assert normalize(here) == normalize(there)


def test_every_table_comes_after_the_tables_it_references() -> None:
    """A column type without a validator raises KeyError."""
    settings = {**connections.settings["default"], "OPTIONS": {}}
    schema = tables(DatabaseWrapper(settings))
    names = [table.name for table in schema]
    assert names.index("accounts_user") < names.index("log_group") < names.index("log_message")
    assert [table.name for table in schema if table.references_itself] == ["moderation_report"]
    (log,) = (table for table in schema if table.name == "log_message")
    assert {each.name for each in log.columns if each.is_key} > {"id", "sender_id", "cid"}
    assert not {"content", "extension"} & {each.name for each in log.columns if each.is_key}


def test_moved_log_keeps_its_name_and_copied_log_does_not() -> None:
    stored = "ab" * 32
    before, after, copy = (
        installation.derive_key(stored, place) for place in ("SQLite", "PostgreSQL", "copy")
    )
    name = installation.log_name_for(before, "")
    assert installation.log_name_for(after, "") != name
    stored_name = installation.bind_log_name(name, after)
    assert installation.log_name_for(after, stored_name) == name
    assert installation.log_name_for(copy, stored_name) == installation.log_name_for(copy, "") != name
