"""Pages of lists, by key: nothing is ever counted, and each page costs what it shows."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from django.http import QueryDict

T = TypeVar("T")

ROWS = 50


class ListPage(NamedTuple, Generic[T]):
    """What one page shows. `further`: the query of the page after it, empty if it is the last; `first`: that
    of the first page, empty if this is it."""

    rows: Sequence[T]
    further: str
    first: str


def cut(
    rows: Sequence[T], params: QueryDict, name: str, here: object, key_of: Callable[[T], object]
) -> ListPage[T]:
    """The page of these rows, of which there is one more than ROWS if there is a page after it. `name`: of
    the key in the query; `here`: that of this page, nothing for the first one; `key_of(row)`: that of the
    page after a row."""
    further = with_key(params, name, key_of(rows[ROWS - 1])) if len(rows) > ROWS else ""
    return ListPage(rows[:ROWS], further, with_key(params, name, None) if here else "")


def with_key(params: QueryDict, name: str, key: object | None) -> str:
    """The query, with another key of the page; None: without one."""
    changed = params.copy()
    changed.pop(name, None)
    if key is not None:
        changed[name] = str(key)
    return f"?{changed.urlencode()}"
