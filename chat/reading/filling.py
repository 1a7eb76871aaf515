"""Filling a page with rows of the log.

A page is limited by size as well: it ends with the row that fills it. So it may have fewer rows than asked
for, but it is empty only if there are none.
"""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db import DatabaseError
from django.db.models import QuerySet
from django.db.models.functions import Substr

from log.models import Message
from log.rows import PAGE_CHARACTERS, LogId, Row
from log.stored_rows import ROW_FIELDS, as_row

# A page first reads at most this much of each text of a row, because a longer row may be past the page's end.
LIGHT_CHARACTERS = 2048
FIRST_ROWS = 16
_TEXT_FIELDS = ("content", "extension", "details")
# ROW_FIELDS, with one character more than that of each text.
OUTLINE = [Substr(field, 1, LIGHT_CHARACTERS + 1) if field in _TEXT_FIELDS else field for field in ROW_FIELDS]

Fields = tuple[Any, ...]
# `read(after, limit)`: the first rows with a greater id, of any id if that is None.
Read = Callable[[LogId | None, int], list[Fields]]
_id = itemgetter(ROW_FIELDS.index("id"))
_texts = itemgetter(*map(ROW_FIELDS.index, _TEXT_FIELDS))


def outlined(table: str) -> str:
    """OUTLINE in SQL."""
    return ", ".join(
        f"SUBSTR({table}.{field}, 1, {LIGHT_CHARACTERS + 1}) AS {field}"
        if field in _TEXT_FIELDS
        else f"{table}.{field}"
        for field in ROW_FIELDS
    )


def outlines(rows: QuerySet[Message], limit: int, *, newest_first: bool = False) -> Iterator[Fields]:
    """The fields of the rows in the order of their ids; of long texts only the beginning. The rows must be in
    that order."""
    return outlines_of(partial(_read, rows, newest_first), limit)


def outlines_of(read: Read, limit: int) -> Iterator[Fields]:
    """The outlines of at most so many rows."""
    # A database reads the whole row even for a beginning. So a few rows are read first, and the rest only if
    # they do not fill a page.
    first = read(None, min(limit, FIRST_ROWS))
    yield from first
    if FIRST_ROWS == len(first) < limit:
        yield from read(_id(first[-1]), limit - FIRST_ROWS)


def _read(rows: QuerySet[Message], newest_first: bool, after: LogId | None, limit: int) -> list[Fields]:
    if after is not None:
        rows = rows.filter(id__lt=after) if newest_first else rows.filter(id__gt=after)
    # Not as instances of the model: creating them costs more than reading the rows.
    return list(rows.values_list(*OUTLINE)[:limit])


def merged(sources: list[Iterator[Fields]], *, newest_first: bool = False) -> Iterator[Fields]:
    """All of `sources`, each of which is in the order of its ids, in that order."""
    return merge(*sources, key=_id, reverse=newest_first)


def fill_page(outlines: Iterator[Fields], limit: int) -> tuple[list[Row], bool]:
    """The first rows of `outlines`: as many as fill a page; and whether there are more."""
    page: list[Row] = []
    room = PAGE_CHARACTERS
    for outline in outlines:
        content, extension, details = _texts(outline)
        is_cut = max(len(content), len(extension), len(details or "")) > LIGHT_CHARACTERS
        fields = _read_whole(_id(outline)) if is_cut else outline
        page.append(as_row(*fields))
        room -= _characters(fields)
        if room < 0 or len(page) == limit:
            break
    return page, next(outlines, None) is not None


def _read_whole(id: int) -> Fields:
    fields: Fields | None = Message.objects.filter(pk=id).values_list(*ROW_FIELDS).first()
    if fields is None:
        raise DatabaseError("a row was removed while it was read")
    return fields


def _characters(fields: Fields) -> int:
    content, extension, details = _texts(fields)
    return len(content) + len(extension) + len(details or "")
