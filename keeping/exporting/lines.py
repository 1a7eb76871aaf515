"""The lines that a page shows for messages, and the person's stars and stickers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.utils import timezone

from chat.emotions import active_language
from chat.protocol.kinds import FILES, VERBS, in_words, kind_of, preview
from chat.reading.pages import CurrentMessage
from chat.services import starring, stickers
from keeping.exporting import shapes, wording
from keeping.exporting.files import Attached, Files
from keeping.exporting.messages import ExportedItem
from log.cards import full_text
from log.details import decoded
from log.rows import Entry, GroupChange, LogId, MembershipNotice, conversation_name

# Returns the URL at which the message with this id is shown.
Link = Callable[[LogId], str]


class Earlier(NamedTuple):
    time: datetime
    content: str


class TranscriptLine(NamedTuple):
    """`kind`: the message's kind, or `notice`. `text`: the shown text; for a missing file, the content that
    was sent. `path`, `poster`: the paths of its file. `reply`: the URL of the message that it replies to."""

    id: LogId
    time: datetime
    kind: str
    text: str
    name: str = ""
    is_own: bool = False
    is_recalled: bool = False
    by_desk: bool = False
    is_edited: bool = False
    path: str = ""
    poster: str = ""
    file_name: str = ""
    reply: str = ""
    reactions: tuple[tuple[str, str], ...] = ()
    earlier: tuple[Earlier, ...] = ()

    @property
    def is_file(self) -> bool:
        return self.kind in FILES

    @property
    def day(self) -> date:
        return timezone.localtime(self.time).date()


def to_datetime(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def userids_in(exported: ExportedItem) -> Iterator[str]:
    """Yield the userids that the line mentions."""
    match exported.item:
        case CurrentMessage():
            yield exported.item.entry.sender
            for userids in exported.item.reactions.userids.values():
                yield from userids
        case MembershipNotice(_, _, joined, left, _, by):
            yield from (*joined, *left, *([by] if by else []))
        case GroupChange(_, _, by, changed, _):
            yield from (*changed.get("roles", ()), *changed.get("nicknames", ()), *([by] if by else []))


def transcript_line(
    exported: ExportedItem, names: Mapping[str, str], attached: Attached | None, userid: str, link: Link
) -> TranscriptLine:
    """Return the line that the page of the person `userid` shows for a message or a notice."""
    if not isinstance(exported.item, CurrentMessage):
        return TranscriptLine(
            exported.item.id,
            to_datetime(exported.item.time),
            "notice",
            wording.describe(exported.item, names),
        )
    message, entry = exported.item, exported.item.entry
    return TranscriptLine(
        entry.id,
        to_datetime(entry.time),
        entry.kind,
        text_of(entry),
        name=names.get(entry.sender, entry.sender),
        is_own=entry.sender == userid,
        is_recalled=message.recalled,
        by_desk=message.by_desk,
        is_edited=message.edited is not None,
        path=attached.path if attached else "",
        poster=attached.poster if attached else "",
        file_name=kind_of(entry.kind).file_name(entry.content),
        reply="" if entry.reply is None else link(entry.reply),
        reactions=(*_response_counts(message), *_reaction_names(message, names)),
        earlier=tuple(Earlier(to_datetime(version.time), version.content) for version in exported.earlier),
    )


def text_of(entry: Entry) -> str:
    if not entry.content:
        return ""
    if entry.kind not in VERBS:
        return full_text(in_words(entry.kind, entry.content, active_language()), entry.details)
    return wording.emotion(entry.content) if entry.kind == "emotion" else entry.content


def _reaction_names(message: CurrentMessage, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    userids_of, counts = message.reactions
    for emoji, userids in userids_of.items():
        people = wording.join_names([names.get(userid, userid) for userid in userids])
        yield emoji, f"{people} … ({counts[emoji]})" if emoji in counts else people


def _response_counts(message: CurrentMessage) -> Iterable[tuple[str, str]]:
    responding, kind = kind_of(message.entry.kind).responding, kind_of(message.entry.kind)
    part = decoded(message.entry.details).get(kind.part)
    return responding.lines(part, message.results) if responding and part and message.results else ()


_STARS_PAGE_SIZE = 200


def stars_of(userid: str) -> list[shapes.Star]:
    """Return the starred messages that the person may still read, newest first."""
    return [
        shapes.Star(entry.id, conversation_name(entry.peer_of(userid)), entry.time, _star_text(entry))
        for entry in _starred(userid)
    ]


def stickers_of(userid: str, files: Files) -> list[shapes.Sticker]:
    """Return the saved stickers, latest first. Raises OSError."""
    return [
        shapes.Sticker(
            sticker.kind, sticker.content, files.picture(sticker.content) if sticker.kind == "picture" else ""
        )
        for sticker in stickers.stickers_of(userid)
    ]


def _starred(userid: str) -> Iterator[Entry]:
    page = starring.starred_by(userid, None, _STARS_PAGE_SIZE)
    yield from (message.entry for message in page.messages)
    while page.before is not None:
        page = starring.starred_by(userid, page.before, _STARS_PAGE_SIZE)
        yield from (message.entry for message in page.messages)


def _star_text(entry: Entry) -> str:
    if entry.kind in FILES:
        return preview(entry.kind, active_language())
    return text_of(entry)
