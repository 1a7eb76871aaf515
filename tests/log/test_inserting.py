"""Rows are inserted in statements of a bounded size, and each name of a sender once."""

import pytest

from accounts.services import ensure_users
from log.inserting import COLUMNS, insert, portions
from log.models import Message

pytestmark = pytest.mark.django_db


def row(content: str = "hi", cid: str | None = None) -> tuple[object, ...]:
    """A text from Alice to Bob."""
    values = {"kind": "text", "sender_id": "alice", "recipient_id": "bob", "content": content, "cid": cid}
    values |= {"extension": "", "timet": 1}  # type: ignore[dict-item]
    return tuple(values.get(name) for name in COLUMNS)


@pytest.fixture(autouse=True)
def people() -> None:
    ensure_users(["alice", "bob"])


def test_rows_are_inserted_in_order() -> None:
    ids = insert([row(f"{number}") for number in range(250)])
    assert ids == sorted(ids)
    assert list(Message.objects.order_by("id").values_list("id", "content")) == [
        (id_, f"{number}") for number, id_ in enumerate(ids)
    ]


def test_any_text_is_stored_as_it_is() -> None:
    texts = ["""'"\\ %s {} [] $1 :x""", r"\u0000 \n", "line\nline\ttab\x7f", "😀中文\u2028", "", "null"]
    insert([row(text, text) for text in texts])
    assert list(Message.objects.order_by("id").values_list("content", "cid")) == [
        (text, text) for text in texts
    ]


def test_values_of_all_columns_are_stored() -> None:
    given = ("edit", "alice", "bob", None, "new", "{}", 2**40, 2**60, "a" * 64, '{"a": [null, 1]}')
    insert([given])
    assert list(Message.objects.values_list(*COLUMNS)) == [given]


def test_a_name_that_is_there_is_left_out() -> None:
    (first,) = insert([row("one", "a")])
    (second,) = insert([row("again", "a"), row("two", "b")])
    assert list(Message.objects.order_by("id").values_list("id", "content")) == [
        (first, "one"),
        (second, "two"),
    ]


def test_inserting_no_rows_returns_no_ids() -> None:
    assert insert([]) == []


def test_a_statement_has_a_hundred_rows_at_most() -> None:
    assert [len(some) for some in portions([row()] * 250)] == [100, 100, 50]


def test_insert_portion_is_bounded_in_characters_with_at_least_one_row() -> None:
    half, full = row("x" * 40_000), row("x" * 100_000)
    assert [len(some) for some in portions([half, half, full, row(), row()])] == [1, 1, 1, 2]
