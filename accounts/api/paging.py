"""Pagination of lists with cursors."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from rest_framework import serializers

from accounts.api.fields import LARGEST_ID, TextField
from accounts.api.shapes import listed, name_of

T = TypeVar("T")

MAX_ITEMS = 200
# The sort key of an item: ids, other numbers, or parts of names.
Key = tuple[int | str, ...]


class CursorField(TextField):
    """A cursor in a query: the `next` of the page before. `types`: the types of the key's values."""

    default_error_messages = {"cursor": "Not the `next` of a page."}

    def __init__(self, *types: type[int] | type[str], **options: Any) -> None:
        super().__init__(
            required=False, help_text="The `next` of the page before.", max_length=2000, **options
        )
        self.types = types

    def to_internal_value(self, data: Any) -> Key:  # type: ignore[override]
        try:
            values = json.loads(urlsafe_b64decode(super().to_internal_value(data)))
        except (ValueError, RecursionError):
            self.fail("cursor")
        if not isinstance(values, list) or [type(value) for value in values] != list(self.types):
            self.fail("cursor")
        if any(abs(value) > LARGEST_ID if isinstance(value, int) else "\0" in value for value in values):
            self.fail("cursor")
        return tuple(values)


class PageQuery(serializers.Serializer[Any]):
    """The page size in a query. Subclasses add the cursor `after`."""

    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_ITEMS,
        help_text=f"How many a page has at most. Without it: {MAX_ITEMS}.",
    )


def cursor(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode()


def page(items: Iterable[Any], next_: Key | None) -> dict[str, Any]:
    return {**listed(items, more=next_ is not None), "next": None if next_ is None else cursor(next_)}


def first(rows: Sequence[T], limit: int, key: Callable[[T], Key]) -> tuple[Sequence[T], Key | None]:
    """Return the first `limit` rows, and the key of the last of these if there are more rows."""
    return rows[:limit], key(rows[limit - 1]) if len(rows) > limit else None


@cache
def page_of(item: type[serializers.Serializer[Any]], **more: Any) -> type[serializers.Serializer[Any]]:
    """Return the serializer of a page for the OpenAPI document. `more`: additional fields."""
    fields = {
        "items": item(many=True),
        "more": serializers.BooleanField(help_text="There are more."),
        "next": serializers.CharField(allow_null=True, help_text="What to ask for as `after` to go on."),
        **more,
    }
    return type(f"{name_of(item)}Page", (serializers.Serializer,), fields)
