"""Messages as staff see them: as they were sent, with their edits and recalls."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from chat.emotions import active_language
from chat.naming import names_of
from chat.protocol.kinds import kind_of, link
from chat.reading.filling import LIGHT_CHARACTERS, OUTLINE
from log.amendments import Recall, edits_of, recalls_of
from log.cards import full_text, picture_of
from log.models import Message
from log.rows import Entry, LogId, Recipient
from log.stored_rows import as_row
from moderation.actions.acting import message_target
from moderation.models import Report
from uploads.selectors import moderator_url

IsOpen = Callable[[str, str], bool]


class RenderedMessage(NamedTuple):
    """`sender_name`, `to_name`: display names. `edited`: the content after the last edit; None without edits.
    `is_private`: its content is not shown. `url`: the file that it refers to. `is_of_bot`: the sender is a
    bot."""

    entry: Entry
    sender_name: str
    to_name: str
    recall: Recall | None
    edited: str | None
    report: Report | None
    is_private: bool
    is_cut: bool
    url: str
    is_of_bot: bool

    @property
    def group(self) -> int | None:
        return self.entry.to if isinstance(self.entry.to, int) else None


def render_messages(ids: Collection[LogId], is_open: IsOpen) -> list[RenderedMessage]:
    """Return the messages, latest first. `is_open(a, b)`: whether the conversation of the two may be read.
    The number of queries does not depend on the number of messages."""
    rows = Message.objects.filter(pk__in=ids).order_by("-id").values_list(*OUTLINE)
    entries = [entry for entry in (as_row(*fields) for fields in rows) if isinstance(entry, Entry)]
    known = _MessageContext(entries)
    return [known.show(entry, is_open) for entry in entries]


def text_and_url(kind: str, content: str, details: str) -> tuple[str, str]:
    """Return the text that moderators read, and the URL of the file or picture, empty if there is none."""
    if not content:
        return "", ""
    known = kind_of(kind)
    words = content if known.is_text or not known.in_words else known.in_words(content, active_language())
    address = content if known.media else link(kind, content) or content
    return full_text(words, details), _file_url(picture_of(details) if known.is_text else address)


class _MessageContext:
    """The recalls, edits, reports and names that belong to these messages."""

    def __init__(self, entries: Collection[Entry]) -> None:
        ids = [entry.id for entry in entries]
        self.recalls = recalls_of(ids)
        self.edits = edits_of(ids)
        reports = Report.objects.filter(target__in=list(map(message_target, ids))).order_by("pk")
        self.reports = {report.target: report for report in reports}
        self.names = names_of({party for entry in entries for party in (entry.sender, entry.to)})

    def show(self, entry: Entry, is_open: IsOpen) -> RenderedMessage:
        is_private = isinstance(entry.to, str) and not is_open(entry.sender, entry.to)
        content = "" if is_private else entry.content
        edited = self.edits.get(entry.id)
        content, address = text_and_url(entry.kind, content, entry.details)
        return RenderedMessage(
            entry._replace(content=content[:LIGHT_CHARACTERS], extension=""),
            self._name_of(entry.sender),
            self._name_of(entry.to),
            self.recalls.get(entry.id),
            None if edited is None or is_private else edited[:LIGHT_CHARACTERS],
            self.reports.get(message_target(entry.id)),
            is_private,
            len(content) > LIGHT_CHARACTERS,
            address,
            entry.sender in self.names and self.names[entry.sender].is_bot,
        )

    def _name_of(self, who: Recipient) -> str:
        return self.names[who].name if who in self.names else str(who)


def _file_url(address: str) -> str:
    return moderator_url(address) if address.startswith(("http://", "https://", "/")) else ""
