"""Writes a conversation into an archive, page by page, as HTML and as JSON."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from chat.reading.clearing import own_conversation
from chat.reading.pages import CurrentMessage
from keeping.backups.progress import Advance
from keeping.exporting import machine, rendering, shapes
from keeping.exporting.archive import Archive
from keeping.exporting.files import Attached, Files
from keeping.exporting.lines import transcript_line, userids_in
from keeping.exporting.messages import ExportedItem, character_count, messages_of
from keeping.exporting.portions import names_of
from keeping.exporting.talks import Talk
from log.models import Conversation
from log.rows import LogId, conversation_name

# A page ends when it reaches one of these limits.
MAX_ROWS, MAX_CHARACTERS = 1000, 2_000_000

Row = tuple[ExportedItem, Attached | None]


class Sheet(NamedTuple):
    """A page. `number` starts at 1."""

    number: int
    rows: list[Row]
    is_last: bool


class Sheets:
    """Writes the conversations of the person `userid`."""

    def __init__(self, userid: str, archive: Archive) -> None:
        self._userid = userid
        self._archive = archive
        self.files = Files(archive)

    def write(self, talk: Talk, advance: Advance) -> shapes.Conversation:
        """Write the conversation. Call `advance` with the number of newly written rows. Raises OSError and
        DatabaseError."""
        written = _Written(talk)
        for sheet in self._sheets(talk):
            written.begin(sheet)
            self._add(talk, sheet, written)
            advance(len(sheet.rows))
        return written.described(self._userid)

    def _sheets(self, talk: Talk) -> Iterator[Sheet]:
        items = messages_of(self._userid, talk.peer)
        number, exported = 1, next(items, None)
        while exported:
            rows: list[Row] = []
            characters_left = MAX_CHARACTERS
            while exported and len(rows) < MAX_ROWS and characters_left > 0:
                rows.append((exported, self._attach(exported)))
                characters_left -= character_count(exported)
                exported = next(items, None)
            yield Sheet(number, rows, exported is None)
            number += 1

    def _attach(self, exported: ExportedItem) -> Attached | None:
        return self.files.attach(exported.item.entry) if isinstance(exported.item, CurrentMessage) else None

    def _add(self, talk: Talk, sheet: Sheet, written: "_Written") -> None:
        content = machine.page(talk, sheet.number, sheet.rows, self._userid)
        self._archive.add(_json_path(talk, sheet.number), content)
        names = names_of({userid for exported, _ in sheet.rows for userid in userids_in(exported)})
        lines = [
            transcript_line(exported, names, file, self._userid, written.link)
            for exported, file in sheet.rows
        ]
        page = rendering.conversation(talk, sheet.number, lines, is_last=sheet.is_last)
        self._archive.add(_page_path(talk, sheet.number), page)


class _Written:
    """Collects what was written of a conversation."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._messages = 0
        self._last: int | None = None
        # The id of the first row of each page.
        self._starts: list[LogId] = []

    def begin(self, sheet: Sheet) -> None:
        messages = [
            exported.item.entry for exported, _ in sheet.rows if isinstance(exported.item, CurrentMessage)
        ]
        first = sheet.rows[0][0].item
        self._starts.append(first.entry.id if isinstance(first, CurrentMessage) else first.id)
        self._messages += len(messages)
        self._last = messages[-1].time if messages else self._last

    def link(self, id_: LogId) -> str:
        """Return the URL of an earlier message; empty if it precedes the first page."""
        page = bisect_right(self._starts, id_)
        return f"{page}.html#m{id_}" if page else ""

    def described(self, userid: str) -> shapes.Conversation:
        talk, pages = self._talk, range(1, len(self._starts) + 1)
        conversation = own_conversation(userid, talk.peer).first() or Conversation()
        return shapes.Conversation(
            talk.number,
            conversation_name(talk.peer),
            talk.title,
            self._messages,
            self._last,
            conversation.read_id,
            conversation.muted,
            conversation.pinned,
            conversation.archived,
            conversation.remark,
            conversation.draft,
            [_json_path(talk, page) for page in pages],
            [_page_path(talk, page) for page in pages],
        )


def _json_path(talk: Talk, page: int) -> str:
    return f"messages/{talk.number}-{page}.json"


def _page_path(talk: Talk, page: int) -> str:
    return f"conversations/{talk.number}/{page}.html"
