"""Pages of lists by key, without counting: a page costs no more than the rows that it shows."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from django.http import QueryDict

T = TypeVar("T")

ROWS = 50


class ListPage(NamedTuple, Generic[T]):
    """One page of a list. `further`: query string of the next page, empty on the last page; `first`: that of
    the first page, empty on the first page."""

    rows: Sequence[T]
    further: str
    first: str


def list_page(
    rows: Sequence[T], params: QueryDict, name: str, here: object, key_of: Callable[[T], object]
) -> ListPage[T]:
    """Make a page of at most ROWS rows; one more row means that there is a next page. `name`: the key's query
    parameter; `here`: this page's key, falsy on the first page; `key_of(row)`: key of the page after it."""
    further = with_key(params, name, key_of(rows[ROWS - 1])) if len(rows) > ROWS else ""
    return ListPage(rows[:ROWS], further, with_key(params, name, None) if here else "")


def with_key(params: QueryDict, name: str, key: object | None) -> str:
    """Return the query string with this page key, or without one if `key` is None."""
    changed = params.copy()
    changed.pop(name, None)
    if key is not None:
        changed[name] = str(key)
    return f"?{changed.urlencode()}"
