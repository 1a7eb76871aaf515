"""The values by which the messages of a conversation are found: plain ones among what programs attach.
Written under the log's lock."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.compact import compact_text
from log.details import CUSTOM, custom_in
from log.models import CustomValue
from log.rows import EDIT, LogId, Recipient, Written

MAX_CHARACTERS = 100


def place_of(sender: str, to: Recipient) -> str:
    """The same for both people of a conversation."""
    return f"g:{to}" if isinstance(to, int) else "/".join(sorted((sender, to)))


def searchable(custom: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and values of an object by which it is found."""
    for name, value in custom.items():
        text = value if isinstance(value, str) else compact_text(value)
        if not isinstance(value, dict | list) and len(text) <= MAX_CHARACTERS:
            yield name, text


def note(rows: Iterable[object]) -> None:
    """Note what is attached to these new rows. An edit says what is attached from now on."""
    latest = {
        row.shows: row
        for row in rows
        if isinstance(row, Written) and (CUSTOM in row.details or row.kind == EDIT)
    }
    if edited := [id_ for id_, row in latest.items() if row.kind == EDIT]:
        forget(edited)
    values = [
        CustomValue(place=place_of(row.sender, row.to), name=name, value=value, message_id=id_)
        for id_, row in latest.items()
        for name, value in searchable(custom_in(row.details))
    ]
    if values:
        CustomValue.objects.bulk_create(values, batch_size=100)


def forget(ids: Iterable[LogId]) -> None:
    """These messages are found by nothing."""
    CustomValue.objects.filter(message_id__in=list(ids)).delete()


def newest(place: str, name: str, value: str, before: LogId, limit: int) -> list[LogId]:
    """The last messages of the conversation before that id which have this attached."""
    rows = CustomValue.objects.filter(place=place, name=name, value=value, message_id__lt=before)
    return list(rows.order_by("-message_id").values_list("message_id", flat=True)[:limit])
