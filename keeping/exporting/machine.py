"""Messages for programs: JSON, with the field names of the API."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chat.protocol.kinds import files, for_clients, kind_of
from chat.reading.pages import CurrentMessage
from chat.reading.shapes import shown_message, shown_notice
from keeping.exporting.files import Attached
from keeping.exporting.messages import ExportedItem
from keeping.exporting.talks import Talk
from log.rows import conversation_name

encode = msgspec.json.Encoder().encode


def page(talk: Talk, number: int, rows: Iterable[tuple[ExportedItem, Attached | None]], userid: str) -> bytes:
    """Return a page of the conversation as JSON, with each message on its own line."""
    head = {"conversation": conversation_name(talk.peer), "title": talk.title, "page": number}
    lines = b",\n".join(encode(_message(exported, attached, userid)) for exported, attached in rows)
    return encode(head)[:-1] + b',"messages":[\n' + lines + b"\n]}\n"


def _message(exported: ExportedItem, attached: Attached | None, userid: str) -> dict[str, Any]:
    item = exported.item
    if not isinstance(item, CurrentMessage):
        fields: dict[str, Any] = msgspec.to_builtins(shown_notice(item))
        return fields
    # Unlike in the API, the person's own recalled messages have their content.
    fields = msgspec.to_builtins(shown_message(item, userid)) | {
        "content": item.entry.content,
        "extension": item.entry.extension,
    }
    fields = for_clients(fields)
    # `_extra_fields` sets it to the path in the archive.
    fields.pop("file", None)
    if kind_of(item.entry.kind).is_document and (file := files.parse_file_content(item.entry.content)):
        fields |= {"content": file.path, "name": file.name, "size": file.size}
    # The head of the page has it.
    del fields["conversation"]
    return fields | dict(_extra_fields(exported, attached))


def _extra_fields(exported: ExportedItem, attached: Attached | None) -> Iterator[tuple[str, Any]]:
    """Yield the fields that the API does not have."""
    if exported.earlier:
        yield "earlier", [version._asdict() for version in exported.earlier]
    if attached and attached.path:
        yield "file", attached.path
    if attached and attached.poster:
        yield "poster", attached.poster
