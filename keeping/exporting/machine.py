"""Messages as programs read them: JSON, with the names that the API has for things."""

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
    """A page of the conversation, with each message on a line of its own."""
    head = {"conversation": conversation_name(talk.peer), "title": talk.title, "page": number}
    lines = b",\n".join(encode(_message(exported, attached, userid)) for exported, attached in rows)
    return encode(head)[:-1] + b',"messages":[\n' + lines + b"\n]}\n"


def _message(exported: ExportedItem, attached: Attached | None, userid: str) -> dict[str, Any]:
    item = exported.item
    if not isinstance(item, CurrentMessage):
        happened: dict[str, Any] = msgspec.to_builtins(shown_notice(item))
        return happened
    # What was recalled has content here, as far as it is one's own.
    fields = msgspec.to_builtins(shown_message(item, userid)) | {
        "content": item.entry.content,
        "extension": item.entry.extension,
    }
    fields = for_clients(fields)
    # Here it says where the file is in the archive.
    fields.pop("file", None)
    if kind_of(item.entry.kind).is_document and (file := files.parse_file_content(item.entry.content)):
        fields |= {"content": file.path, "name": file.name, "size": file.size}
    # All of a page is from one.
    del fields["conversation"]
    return fields | dict(_extra_fields(exported, attached))


def _extra_fields(exported: ExportedItem, attached: Attached | None) -> Iterator[tuple[str, Any]]:
    """What the API does not give."""
    if exported.earlier:
        yield "earlier", [one._asdict() for one in exported.earlier]
    if attached and attached.path:
        yield "file", attached.path
    if attached and attached.poster:
        yield "poster", attached.poster
