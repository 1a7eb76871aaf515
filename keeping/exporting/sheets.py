"""Writes a conversation into an archive, page by page: for reading, and for programs."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from chat.reading.clearing import own_conversation
from chat.reading.pages import CurrentMessage
from keeping.backups.progress import Advance
from keeping.exporting import machine, rendering, shapes
from keeping.exporting.archive import Archive
from keeping.exporting.files import Attached, Files
from keeping.exporting.lines import line, people_in
from keeping.exporting.messages import ExportedItem, messages_of, weight
from keeping.exporting.portions import names_of
from keeping.exporting.talks import Talk
from log.models import Conversation
from log.rows import LogId, conversation_name

# A page ends with the row that brings it to so many, or over so many characters.
ROWS, CHARACTERS = 1000, 2_000_000

Row = tuple[ExportedItem, Attached | None]


class Sheet(NamedTuple):
    """A page. `number`: from 1 on."""

    number: int
    rows: list[Row]
    is_last: bool


class Sheets:
    """Writes what `userid` may read."""

    def __init__(self, userid: str, archive: Archive) -> None:
        self._userid = userid
        self._archive = archive
        self.files = Files(archive)

    def write(self, talk: Talk, advance: Advance) -> shapes.Conversation:
        """Write all of the conversation. `advance` is called with how many rows were written since the last
        call. Raises OSError and DatabaseError."""
        written = _Written(talk)
        for sheet in self._sheets(talk):
            written.begin(sheet)
            self._add(talk, sheet, written)
            advance(len(sheet.rows))
        return written.described(self._userid)

    def _sheets(self, talk: Talk) -> Iterator[Sheet]:
        rest = messages_of(self._userid, talk.peer)
        number, exported = 1, next(rest, None)
        while exported:
            rows: list[Row] = []
            room = CHARACTERS
            while exported and len(rows) < ROWS and room > 0:
                rows.append((exported, self._attach(exported)))
                room -= weight(exported)
                exported = next(rest, None)
            yield Sheet(number, rows, exported is None)
            number += 1

    def _attach(self, exported: ExportedItem) -> Attached | None:
        return self.files.attach(exported.item.entry) if isinstance(exported.item, CurrentMessage) else None

    def _add(self, talk: Talk, sheet: Sheet, written: "_Written") -> None:
        content = machine.page(talk, sheet.number, sheet.rows, self._userid)
        self._archive.add(_json(talk, sheet.number), content)
        names = names_of({userid for exported, _ in sheet.rows for userid in people_in(exported)})
        lines = [line(exported, names, file, self._userid, written.link) for exported, file in sheet.rows]
        page = rendering.conversation(talk, sheet.number, lines, is_last=sheet.is_last)
        self._archive.add(_page(talk, sheet.number), page)


class _Written:
    """What was written of a conversation."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._messages = 0
        self._last: int | None = None
        # The first row of each page.
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
        """Where on these pages the earlier message is; empty if it is from before the first one."""
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
            [_json(talk, page) for page in pages],
            [_page(talk, page) for page in pages],
        )


def _json(talk: Talk, page: int) -> str:
    return f"messages/{talk.number}-{page}.json"


def _page(talk: Talk, page: int) -> str:
    return f"conversations/{talk.number}/{page}.html"
