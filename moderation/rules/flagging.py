"""Reports messages that a rule flags. A reader of the log, so that no message waits for it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from chat.protocol.cards import all_said
from chat.protocol.kinds import TEXTS
from chat.protocol.rows import EDIT, Amendment, Entry, LogId, Recipient, Row
from chat.readers.reader import Reader, Write
from moderation.reports.errors import NotFound
from moderation.reports.filing import file_by_rule
from moderation.rules import registry


class Flags(Reader):
    """Each report is filed before the cursor moves: at least once, wherever a process ends. A rule that has
    reported a message changes nothing by reporting it again."""

    name = "rules"

    def prepare(self, rows: Sequence[Row]) -> Write:
        if not registry.current.is_read:
            registry.current.read()
        for message, to, content in _texts(rows):
            rules = registry.current.rules.flags(content, to)
            registry.current.count(rules)
            for rule in rules:
                _file(rule, message)
        return _nothing


def _texts(rows: Sequence[Row]) -> Iterator[tuple[LogId, Recipient, str]]:
    """Messages, and what they say from then on."""
    for row in rows:
        if isinstance(row, Entry) and row.kind in TEXTS:
            yield row.id, row.to, all_said(row.content, row.details)
        elif isinstance(row, Amendment) and row.kind == EDIT:
            yield row.target, row.to, all_said(row.content, row.details)


def _file(rule: int, message: LogId) -> None:
    with suppress(NotFound):  # it was erased meanwhile
        file_by_rule(rule, message)


def _nothing() -> None:
    """What is to be stored is stored already."""
