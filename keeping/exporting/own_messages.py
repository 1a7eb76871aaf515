"""What a person has starred and saved of messages."""

from collections.abc import Iterator

from chat.emotions import active_language
from chat.protocol import kinds
from chat.protocol.rows import Entry, conversation_name
from chat.services import starring, stickers
from keeping.exporting import shapes
from keeping.exporting.files import Files
from keeping.exporting.lines import text_of

_PORTION = 200


def stars_of(userid: str) -> list[shapes.Star]:
    """Those that the person may still read, newest first."""
    return [
        shapes.Star(entry.id, conversation_name(_peer(entry, userid)), entry.time, _said(entry))
        for entry in _starred(userid)
    ]


def stickers_of(userid: str, files: Files) -> list[shapes.Sticker]:
    """Saved last first. Raises OSError."""
    return [
        shapes.Sticker(one.kind, one.content, files.picture(one.content) if one.kind == "picture" else "")
        for one in stickers.stickers_of(userid)
    ]


def _starred(userid: str) -> Iterator[Entry]:
    found = starring.starred_by(userid, None, _PORTION)
    yield from (shown.entry for shown in found.messages)
    while found.before is not None:
        found = starring.starred_by(userid, found.before, _PORTION)
        yield from (shown.entry for shown in found.messages)


def _peer(entry: Entry, userid: str) -> str | int:
    return entry.sender if entry.to == userid else entry.to


def _said(entry: Entry) -> str:
    if entry.kind in kinds.FILES:
        return kinds.preview(entry.kind, active_language())
    return text_of(entry)
